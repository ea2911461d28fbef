/* One sample: what a fleet costs now, and what is left of its sharing. */
#ifndef PROBE_SAMPLE_H
#define PROBE_SAMPLE_H

#include <stdbool.h>

#include "fault.h"
#include "json.h"
#include "method.h"
#include "p0.h"
#include "scan.h"

struct sample_options {
    bool rollup;      /* reads smaps_rollup too, which costs more than all else */
    size_t stretches; /* adds maps of the preloaded pages in so many parts; 0: none */
};

/* Takes a sample of the fleet of `master` and adds its fields to the open object. `scan` keeps its memory from sample
   to sample. Returns false with the fault filled. */
bool sample_take(struct scan *scan, int master, struct sample_options options, struct json *json,
                 struct fault *fault);

#endif
