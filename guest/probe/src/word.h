/* One word of memory in every process of a fleet, such as a counter of the interpreter. */
#ifndef PROBE_WORD_H
#define PROBE_WORD_H

#include <stdbool.h>
#include <stdint.h>

#include "fault.h"
#include "json.h"

/* Adds `values`: pid and the 8 bytes at `address` as a number, the master first. Processes that end meanwhile are left
   out. Reading /proc/PID/mem copies no page. Returns false with the fault filled. */
bool word_write(int master, uint64_t address, struct json *json, struct fault *fault);

#endif
