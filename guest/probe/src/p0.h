/* P0: the pages resident in writable private mappings of the master at the fork point. */
#ifndef PROBE_P0_H
#define PROBE_P0_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fault.h"
#include "maps.h"
#include "method.h"

/* One mapping of the master, as it was. */
struct segment {
    struct vma vma; /* its name lives in p0.maps */
    size_t first;   /* index of its first page in p0.pages */
    size_t count;
};

struct p0 {
    int pid; /* 0: not recorded */
    uint64_t start_time;
    uint64_t total;  /* pages; with the method `smaps` there are only totals and no list */
    uint64_t *pages; /* page numbers, ascending */
    size_t count;
    size_t capacity;
    struct segment *segments; /* ascending; those with pages only */
    size_t segment_count;
    size_t segment_capacity;
    struct maps maps;
};

/* Records P0 of a process in place of what was recorded before. After a failure (returns false, fault filled)
   nothing is recorded. */
bool p0_record(struct p0 *p0, int pid, const struct method *method, struct fault *fault);
void p0_free(struct p0 *p0);

/* Within p0*.c. The segment of a mapping: the last one, or a new one behind it. NULL where malloc refuses. */
struct segment *p0_segment(struct p0 *p0, const struct vma *vma);

/* Within p0*.c. Fills the segments of p0->maps from smaps, which knows totals only. */
bool p0_record_smaps(struct p0 *p0, int pid, struct fault *fault);

#endif
