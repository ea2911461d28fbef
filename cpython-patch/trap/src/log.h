#ifndef MAJEK_TRAP_LOG_H
#define MAJEK_TRAP_LOG_H

#include <stdint.h>

#define FRAMES_MOST 30
#define RECORDS_MOST 65536
#define LOG_MAGIC UINT64_C(0x31706172746a616d) /* "majtrap1" */

/* The first write to a page.  `frames`: what wrote, then the calls that led there. */
struct record {
    uint64_t address;
    uint64_t depth;
    uint64_t frames[FRAMES_MOST];
};

/*
 * The file of a process, mapped: what was logged is there however the process
 * ends.  Read by logfile.py.
 */
struct log {
    uint64_t magic;
    uint64_t protected_pages;
    uint64_t stack_pages;
    uint64_t tls_pages;
    uint64_t own_pages;
    uint64_t failed_pages;
    uint64_t count; /* above RECORDS_MOST: so many are missing */
    uint64_t unused;
    struct record records[RECORDS_MOST];
};

#endif
