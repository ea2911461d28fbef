/* P0 by kind of memory and library: the small table in the answer to `p0`. */
#ifndef PROBE_REGIONS_H
#define PROBE_REGIONS_H

#include <stdbool.h>

#include "json.h"
#include "p0.h"

/* Rows of the table; what does not fit is summed up in the last one. */
#define REGION_ROWS 64

/* Writes the array "regions", largest first. Returns false where malloc refuses. */
bool regions_write(const struct p0 *p0, struct json *json);

#endif
