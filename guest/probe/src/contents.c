#include "contents.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Most pages of one answer: 256 KiB before base64. */
#define MOST_PAGES 64u

int
contents_open(int pid, struct fault *fault)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/mem", pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        fault_errno(fault, path, errno);
    }
    return fd;
}

/* Reads `count` pages that follow each other. */
static bool
read_run(int fd, unsigned char *bytes, uint64_t page, size_t count, struct fault *fault)
{
    size_t size = count * PAGE_BYTES;
    while (size > 0) {
        ssize_t got = pread(fd, bytes, size, (off_t)(page * PAGE_BYTES + (count * PAGE_BYTES - size)));
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return got < 0 ? fault_errno(fault, "mem", errno) : fault_set(fault, "mem", "the process ended");
        }
        bytes += got;
        size -= (size_t)got;
    }
    return true;
}

static bool
read_all(int fd, const struct p0 *p0, unsigned char *bytes, struct fault *fault)
{
    size_t count;
    for (size_t first = 0; first < p0->count; first += count) {
        count = 1;
        while (first + count < p0->count && p0->pages[first + count] == p0->pages[first] + count) {
            count++;
        }
        if (!read_run(fd, bytes + first * PAGE_BYTES, p0->pages[first], count, fault)) {
            return false;
        }
    }
    return true;
}

bool
contents_save(struct contents *contents, const struct p0 *p0, struct fault *fault)
{
    contents_free(contents);
    if (p0->pid == 0 || p0->count == 0) {
        return fault_set(fault, "save", "no page is recorded: p0 PID first, with a method that lists pages");
    }
    if ((size_t)sysconf(_SC_PAGESIZE) != PAGE_BYTES) {
        return fault_set(fault, "save", "pages of another size than 4096 bytes are not compared");
    }
    int fd = contents_open(p0->pid, fault);
    if (fd < 0) {
        return false;
    }
    contents->bytes = malloc(p0->count * PAGE_BYTES);
    bool saved = contents->bytes != NULL ? read_all(fd, p0, contents->bytes, fault) : fault_memory(fault);
    close(fd);
    if (!saved) {
        contents_free(contents);
        return false;
    }
    contents->count = p0->count;
    return true;
}

void
contents_free(struct contents *contents)
{
    free(contents->bytes);
    *contents = (struct contents){0};
}

void
contents_write_segments(const struct p0 *p0, struct json *json)
{
    json_open(json, "segments", '[');
    for (size_t i = 0; i < p0->segment_count; i++) {
        const struct segment *segment = &p0->segments[i];
        json_open(json, NULL, '{');
        json_u64(json, "start", segment->vma.start);
        json_u64(json, "end", segment->vma.end);
        json_u64(json, "offset", segment->vma.offset);
        json_string(json, "name", segment->vma.name);
        json_u64(json, "first", segment->first);
        json_u64(json, "count", segment->count);
        json_close(json, '}');
    }
    json_close(json, ']');
}

bool
contents_write(const struct contents *contents, const struct p0 *p0, uint64_t first, uint64_t count,
               struct json *json, struct fault *fault)
{
    if (count > MOST_PAGES || first > contents->count || count > contents->count - first) {
        return fault_set(fault, "saved", "not so many pages are saved, or more than 64 were asked for");
    }
    json_open(json, "pages", '[');
    for (uint64_t i = first; i < first + count; i++) {
        json_u64(json, NULL, p0->pages[i]);
    }
    json_close(json, ']');
    json_base64(json, "data", contents->bytes + first * PAGE_BYTES, count * PAGE_BYTES);
    return true;
}
