#include "losses.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WORDS (PAGE_BYTES / 8)

/* Most lost pages of one answer. */
#define MOST_PAGES 1024u

struct record {
    uint32_t column;
    uint32_t changed;
    uint64_t mask[WORDS / 64];
    uint64_t words[WORDS]; /* the first `changed` of them */
};

static void
write_processes(const struct losses *losses, const struct fleet *fleet, struct json *json)
{
    size_t at = 0;
    json_open(json, "processes", '[');
    for (size_t i = 0; i < fleet->count; i++) {
        size_t start = at;
        while (at < losses->count && losses->items[at].process == i) {
            at++;
        }
        json_open(json, NULL, '{');
        json_u64(json, "pid", (uint64_t)fleet->items[i].pid);
        json_u64(json, "lost", at - start);
        json_close(json, '}');
    }
    json_close(json, ']');
}

static bool
keep(struct losses *losses, const struct scan *scan, const struct fleet *fleet, struct fault *fault)
{
    losses->pids = malloc((fleet->count + 1) * sizeof *losses->pids);
    losses->items = states_losses(&scan->states, &losses->count);
    if (losses->pids == NULL || losses->items == NULL) {
        return fault_memory(fault);
    }
    for (size_t i = 0; i < fleet->count; i++) {
        losses->pids[i] = fleet->items[i].pid;
    }
    return true;
}

bool
losses_find(struct losses *losses, struct scan *scan, int master, struct json *json, struct fault *fault)
{
    struct fleet fleet = {0};
    losses_free(losses);
    if (scan->method->kind != METHOD_PFN) {
        return fault_set(fault, "lost", "lost pages are found by frame number only: the method must be pfn");
    }
    bool found = fleet_find(&fleet, master, fault) && scan_fleet(scan, &fleet, fault)
                 && keep(losses, scan, &fleet, fault);
    if (found) {
        write_processes(losses, &fleet, json);
    }
    else {
        losses_free(losses);
    }
    fleet_free(&fleet);
    return found;
}

void
losses_free(struct losses *losses)
{
    free(losses->items);
    free(losses->pids);
    *losses = (struct losses){0};
}

/* What differs between two pages. */
static void
compare(struct record *record, const uint64_t *before, const uint64_t *now)
{
    record->changed = 0;
    memset(record->mask, 0, sizeof record->mask);
    for (size_t i = 0; i < WORDS; i++) {
        if (before[i] != now[i]) {
            record->mask[i / 64] |= (uint64_t)1 << (i % 64);
            record->words[record->changed++] = now[i];
        }
    }
}

/* Records one behind the other; the memory grows as needed. */
struct buffer {
    unsigned char *bytes;
    size_t size;
    size_t capacity;
};

static bool
append(struct buffer *buffer, const struct record *record, struct fault *fault)
{
    size_t size = offsetof(struct record, words) + record->changed * sizeof *record->words;
    if (buffer->size + size > buffer->capacity) {
        size_t capacity = (buffer->size + size) * 2;
        unsigned char *bytes = realloc(buffer->bytes, capacity);
        if (bytes == NULL) {
            return fault_memory(fault);
        }
        buffer->bytes = bytes;
        buffer->capacity = capacity;
    }
    memcpy(buffer->bytes + buffer->size, record, size);
    buffer->size += size;
    return true;
}

static bool
compare_all(const struct losses *losses, const struct contents *contents, const struct p0 *p0, uint64_t first,
            uint64_t count, struct buffer *buffer, struct fault *fault)
{
    static struct record record;
    uint64_t now[WORDS];
    int fd = -1;
    bool done = true;
    for (uint64_t i = first; done && i < first + count; i++) {
        const struct loss *loss = &losses->items[i];
        if (i == first || loss->process != losses->items[i - 1].process) {
            if (fd >= 0) {
                close(fd);
            }
            fd = contents_open(losses->pids[loss->process], fault);
            if (fd < 0) {
                return false;
            }
        }
        if (pread(fd, now, sizeof now, (off_t)(p0->pages[loss->column] * PAGE_BYTES)) != (ssize_t)sizeof now) {
            done = fault_errno(fault, "mem", errno);
            break;
        }
        record.column = loss->column;
        compare(&record, (const uint64_t *)(const void *)(contents->bytes + loss->column * PAGE_BYTES), now);
        done = append(buffer, &record, fault);
    }
    if (fd >= 0) {
        close(fd);
    }
    return done;
}

bool
losses_write(const struct losses *losses, const struct contents *contents, const struct p0 *p0, uint64_t first,
             uint64_t count, struct json *json, struct fault *fault)
{
    struct buffer buffer = {0};
    if (contents->count == 0 || contents->count != p0->count) {
        return fault_set(fault, "changes", "no contents were saved: save, when p0 was recorded");
    }
    if (count > MOST_PAGES || first > losses->count || count > losses->count - first) {
        return fault_set(fault, "changes", "not so many pages are lost, or more than 1024 were asked for");
    }
    bool done = compare_all(losses, contents, p0, first, count, &buffer, fault);
    if (done) {
        json_base64(json, "data", buffer.bytes, buffer.size);
    }
    free(buffer.bytes);
    return done;
}
