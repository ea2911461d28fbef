/* One sample: what a fleet costs now, and what is left of its sharing. */
#ifndef PROBE_SAMPLE_H
#define PROBE_SAMPLE_H

#include <stdbool.h>

#include "fault.h"
#include "json.h"
#include "method.h"
#include "p0.h"
#include "scan.h"

/* Takes a sample of the fleet of `master` and adds its fields to the open object. `rollup` reads smaps_rollup too,
   which costs more than all else. `scan` keeps its memory from sample to sample. Returns false with the fault
   filled. */
bool sample_take(struct scan *scan, int master, bool rollup, struct json *json, struct fault *fault);

#endif
