/* The mappings of a process: /proc/PID/maps, Documentation/filesystems/proc.rst. */
#ifndef PROBE_MAPS_H
#define PROBE_MAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fault.h"
#include "file.h"

/* One mapping. Addresses are page numbers. */
struct vma {
    uint64_t start;
    uint64_t end;
    uint64_t offset; /* of `start` in its file, in pages */
    uint64_t device; /* major << 32 | minor */
    uint64_t inode;  /* 0 for memory without a file */
    bool writable;
    bool private;
    const char *name; /* path, [heap], [stack], ... or empty; lives in maps.text */
};

struct maps {
    struct vma *items; /* by address */
    size_t count;
    size_t capacity;
    struct text text;
};

enum maps_result {
    MAPS_OK,
    MAPS_GONE, /* the process has ended */
    MAPS_FAULT,
};

/* Reads all mappings but [vsyscall], which lies outside of the process. The memory of `maps` is used again. */
enum maps_result maps_read(struct maps *maps, int pid, struct fault *fault);
void maps_free(struct maps *maps);

/* Reads one line of maps, or a heading of smaps. Returns false where the line is neither. The name is not set. */
bool maps_parse_line(struct vma *vma, const char *line, const char **name);

/* Whether `page` belongs to the same mapping in both: the same place of the same file, or memory of the same name.
   A mapping that was replaced by one without a file and with the same name cannot be told by the kernel's files. */
bool vma_same_at(const struct vma *a, const struct vma *b);

/* The mappings whose resident pages are preloaded pages. */
static inline bool
vma_is_preloadable(const struct vma *vma)
{
    return vma->writable && vma->private;
}

#endif
