/* Pages merged by KSM. Documentation/admin-guide/mm/ksm.rst, and pagemap.rst for /proc/kpageflags. */
#ifndef PROBE_KSM_H
#define PROBE_KSM_H

#include <stdbool.h>
#include <stdint.h>

#include "frames.h"

/* Counts the frames of the set that KSM has merged. `frames` is NULL where frame numbers are hidden. Returns false
   where it cannot be told; where KSM has merged nothing on this machine, the answer is 0 without a look. */
bool ksm_count(const struct frames *frames, uint64_t *pages);

#endif
