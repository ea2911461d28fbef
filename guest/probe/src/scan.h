/* Reads the page tables of a fleet: its frames, and what it has at the addresses of the preloaded pages. */
#ifndef PROBE_SCAN_H
#define PROBE_SCAN_H

#include <stdbool.h>
#include <stdint.h>

#include "fault.h"
#include "frames.h"
#include "method.h"
#include "p0.h"
#include "process.h"
#include "states.h"

struct scan {
    const struct method *method;
    const struct p0 *p0; /* pages of it are looked at; empty where nothing was recorded */
    struct frames frames;
    struct frames swapped;
    struct states states;
    struct maps maps;
    uint64_t zero_entries; /* page table entries that map a zero page */
    size_t stretches;      /* parts of a map of the preloaded pages, of about equal number; 0: no map is made */
    uint32_t *fresh;       /* for each process and stretch: pages of its own that lie there */
    uint32_t *gone;        /* the same: preloaded pages that it has no more, be they replaced or absent */
};

/* The stretch that preloaded page number `page`, or what lies before it, belongs to. */
static inline size_t
scan_stretch(const struct scan *scan, size_t page)
{
    size_t stretch = scan->p0->count == 0 ? 0 : page * scan->stretches / scan->p0->count;
    return stretch < scan->stretches ? stretch : scan->stretches - 1;
}

/* Scans every process. Those that end meanwhile are taken out of the fleet, and leave no trace in the counts.
   Returns false with the fault filled, also where the master (item 0) has ended. */
bool scan_fleet(struct scan *scan, struct fleet *fleet, struct fault *fault);
void scan_free(struct scan *scan);

#endif
