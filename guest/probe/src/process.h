/* What the kernel says about a process in /proc/PID/{stat,status,smaps_rollup} (proc(5)). */
#ifndef PROBE_PROCESS_H
#define PROBE_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fault.h"

struct process {
    int pid;
    int parent;
    uint64_t start_time; /* stat field 22, clock ticks since boot */
    bool gone;           /* ended while it was looked at */

    uint64_t rss;              /* VmRSS, bytes */
    uint64_t page_table_bytes; /* VmPTE */
    uint64_t pss;              /* Pss of smaps_rollup */
    bool pss_known;

    /* Preloaded pages by state, and pages of its own outside of them. */
    uint64_t shared;
    uint64_t lost;
    uint64_t replaced;
    uint64_t absent;
    uint64_t unread; /* of the shared ones: pages of files that it has not looked at yet */
    uint64_t fresh;
};

struct fleet {
    struct process *items; /* the master first, then its descendants by pid */
    size_t count;
    size_t capacity;
};

/* Reads stat. Returns false where the process does not exist. */
bool process_find(struct process *process, int pid);

/* Reads status. Returns false where the process has no memory (any more): zombies, kernel threads. */
bool process_read_status(struct process *process);

/* Reads smaps_rollup into pss and rss. Returns false with the fault filled, or with process->gone set. */
bool process_read_rollup(struct process *process, struct fault *fault);

/* The master and all processes below it. Returns false with the fault filled. */
bool fleet_find(struct fleet *fleet, int master, struct fault *fault);
void fleet_free(struct fleet *fleet);

/* Takes out the processes that are marked as gone. Returns false with the fault filled where the master is one. */
bool fleet_drop_gone(struct fleet *fleet, struct fault *fault);

#endif
