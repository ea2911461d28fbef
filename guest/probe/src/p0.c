#include "p0.h"

#include <stdio.h>
#include <stdlib.h>

#include "pagemap.h"
#include "process.h"

/* Room for one more chunk of pages. */
static bool
reserve_pages(struct p0 *p0)
{
    if (p0->count + CHUNK_PAGES <= p0->capacity) {
        return true;
    }
    size_t capacity = p0->capacity * 2 + 4 * CHUNK_PAGES;
    uint64_t *pages = realloc(p0->pages, capacity * sizeof *pages);
    if (pages == NULL) {
        return false;
    }
    p0->pages = pages;
    p0->capacity = capacity;
    return true;
}

struct segment *
p0_segment(struct p0 *p0, const struct vma *vma)
{
    struct segment *last = p0->segment_count > 0 ? &p0->segments[p0->segment_count - 1] : NULL;
    if (last != NULL && last->vma.start == vma->start) {
        return last;
    }
    if (p0->segment_count == p0->segment_capacity) {
        size_t capacity = p0->segment_capacity * 2 + 256;
        struct segment *segments = realloc(p0->segments, capacity * sizeof *segments);
        if (segments == NULL) {
            return NULL;
        }
        p0->segments = segments;
        p0->segment_capacity = capacity;
    }
    last = &p0->segments[p0->segment_count++];
    *last = (struct segment){.vma = *vma, .first = p0->count};
    return last;
}

static bool
add_chunk(struct p0 *p0, const struct walk *walk, const struct method *method)
{
    if (!reserve_pages(p0)) {
        return false;
    }
    size_t before = p0->count;
    size_t count = before;
    for (size_t i = 0; i < walk->count; i++) {
        p0->pages[count] = walk->first + i;
        count += entry_resident(walk->entries[i]) && !method_is_zero(method, walk->entries[i]);
    }
    if (count == before) {
        return true;
    }
    struct segment *segment = p0_segment(p0, &walk->maps->items[walk->index]);
    if (segment == NULL) {
        return false;
    }
    p0->count = count;
    p0->total = count;
    segment->count += count - before;
    return true;
}

static bool
record_pages(struct p0 *p0, int pid, const struct method *method, struct fault *fault)
{
    struct walk walk;
    enum walk_result result = walk_open(&walk, pid, &p0->maps, fault);
    if (result != WALK_CHUNK) {
        return false;
    }
    walk.preloadable_only = true;
    walk.mark_zero = method->kind == METHOD_EXCLUSIVE;
    while ((result = walk_next(&walk, fault)) == WALK_CHUNK) {
        if (!add_chunk(p0, &walk, method)) {
            fault_memory(fault);
            break;
        }
    }
    walk_close(&walk);
    if (result == WALK_GONE) {
        fault_set(fault, "pagemap", "the process ended");
    }
    return result == WALK_END;
}

bool
p0_record(struct p0 *p0, int pid, const struct method *method, struct fault *fault)
{
    char path[64];
    struct process process;
    snprintf(path, sizeof path, "/proc/%d", pid);
    p0->pid = 0;
    p0->total = 0;
    p0->count = 0;
    p0->segment_count = 0;
    if (!process_find(&process, pid)) {
        return fault_set(fault, path, "no such process");
    }
    enum maps_result maps = maps_read(&p0->maps, pid, fault);
    if (maps != MAPS_OK) {
        return maps == MAPS_GONE ? fault_set(fault, path, "the process ended") : false;
    }
    bool recorded = method->kind == METHOD_SMAPS ? p0_record_smaps(p0, pid, fault)
                                                 : record_pages(p0, pid, method, fault);
    if (!recorded) {
        return false;
    }
    p0->pid = pid;
    p0->start_time = process.start_time;
    return true;
}

void
p0_free(struct p0 *p0)
{
    free(p0->pages);
    free(p0->segments);
    maps_free(&p0->maps);
    *p0 = (struct p0){0};
}
