/* The lost pages of a fleet, and what of them differs from the saved contents. */
#ifndef PROBE_LOSSES_H
#define PROBE_LOSSES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "contents.h"
#include "fault.h"
#include "json.h"
#include "scan.h"
#include "states.h"

struct losses {
    struct loss *items; /* by process and address */
    size_t count;
    int *pids; /* of the processes of the fleet */
};

/* Finds the lost pages of the fleet of `master` and adds `processes` (pid, lost, in the order of the pages) to the open
   object. Returns false with the fault filled. */
bool losses_find(struct losses *losses, struct scan *scan, int master, struct json *json, struct fault *fault);
void losses_free(struct losses *losses);

/* Adds `data`: for each of the lost pages [first, first + count) of the fleet the index of the preloaded page (4 bytes),
   the number of changed words of 8 bytes (4), a bitmap of the page's 512 words (64, the first word lowest), and the
   changed words as they are now (8 each). Numbers are in the byte order of this machine. Returns false with the fault
   filled. */
bool losses_write(const struct losses *losses, const struct contents *contents, const struct p0 *p0, uint64_t first,
                  uint64_t count, struct json *json, struct fault *fault);

#endif
