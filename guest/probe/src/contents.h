/* What was on the preloaded pages when they were recorded: blame compares with it, because a living master writes. */
#ifndef PROBE_CONTENTS_H
#define PROBE_CONTENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fault.h"
#include "json.h"
#include "p0.h"

#define PAGE_BYTES ((size_t)4096)

struct contents {
    unsigned char *bytes; /* PAGE_BYTES for each page of p0.pages, in their order */
    size_t count;         /* pages; 0: nothing was saved */
};

/* Saves the contents of all preloaded pages from /proc/PID/mem. Returns false with the fault filled. */
bool contents_save(struct contents *contents, const struct p0 *p0, struct fault *fault);
void contents_free(struct contents *contents);

/* Adds `segments`: the mappings of the preloaded pages, with the index of their first page and how many they have. */
void contents_write_segments(const struct p0 *p0, struct json *json);

/* Adds `pages` (page numbers) and `data` of the preloaded pages [first, first + count). Returns false with the fault
   filled. */
bool contents_write(const struct contents *contents, const struct p0 *p0, uint64_t first, uint64_t count,
                    struct json *json, struct fault *fault);

/* Opens /proc/PID/mem for reading. Returns -1 with the fault filled. */
int contents_open(int pid, struct fault *fault);

#endif
