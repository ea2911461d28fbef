/* Page table entries of a process: /proc/PID/pagemap.
   Documentation/admin-guide/mm/pagemap.rst; fs/proc/task_mmu.c, above pagemap_read() and do_pagemap_scan(). */
#ifndef PROBE_PAGEMAP_H
#define PROBE_PAGEMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fault.h"
#include "maps.h"

#define ENTRY_FRAME (((uint64_t)1 << 55) - 1) /* frame number, or swap type (bits 0-4) and offset */
#define ENTRY_EXCLUSIVE ((uint64_t)1 << 56)   /* mapped by this process only (4.2) */
#define ENTRY_GUARD ((uint64_t)1 << 58)       /* MADV_GUARD_INSTALL (6.14): shows as swapped, holds nothing */
#define ENTRY_ZERO ((uint64_t)1 << 59)        /* set by us in the method `exclusive`; the kernel leaves it 0 */
#define ENTRY_FILE ((uint64_t)1 << 61)        /* page of a file or of shared memory (3.5) */
#define ENTRY_SWAPPED ((uint64_t)1 << 62)
#define ENTRY_PRESENT ((uint64_t)1 << 63)

/* What two processes have in common when they share a page: frame number or swap entry, never 0 together, and whether
   it is a file's. */
#define ENTRY_KEY (ENTRY_PRESENT | ENTRY_SWAPPED | ENTRY_FILE | ENTRY_FRAME)

/* Entries a read hands over. 64 KiB: stays in the cache between the kernel's writing and our reading. */
#define CHUNK_PAGES 8192

/* Whether there is a page behind the entry, in memory or swapped. */
static inline bool
entry_resident(uint64_t entry)
{
    if ((entry & ENTRY_PRESENT) != 0) {
        return true;
    }
    /* Guard regions and other markers are kept in swap entries; markers have the last swap type, 31
       (include/linux/swap.h: SWP_PTE_MARKER). */
    return (entry & ENTRY_SWAPPED) != 0 && (entry & ENTRY_GUARD) == 0 && (entry & 31) != 31;
}

enum walk_result {
    WALK_CHUNK,
    WALK_END,
    WALK_GONE, /* the process has ended */
    WALK_FAULT,
};

/* A walk over the mapped pages of one process, a chunk at a time. A chunk never crosses a mapping. */
struct walk {
    int fd;
    int pid;
    const struct maps *maps;
    bool preloadable_only; /* skip other mappings */
    bool mark_zero;        /* set ENTRY_ZERO, for callers who see no frame numbers */
    size_t index;          /* mapping of the chunk */
    uint64_t next;         /* first page not read yet */

    uint64_t first; /* the chunk: page number of entries[0] */
    size_t count;
    uint64_t entries[CHUNK_PAGES];
};

/* Opens pagemap. WALK_CHUNK means that walk_next can be called; walk_close is needed then. */
enum walk_result walk_open(struct walk *walk, int pid, const struct maps *maps, struct fault *fault);

/* Reads the next chunk. Whole empty stretches of a mapping may be left out. */
enum walk_result walk_next(struct walk *walk, struct fault *fault);
void walk_close(struct walk *walk);

/* The entry of one page of the probe itself. Returns false and sets errno. */
bool pagemap_own_entry(const void *address, uint64_t *entry);

#endif
