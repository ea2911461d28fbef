/* Settings of the kernel that decide what the numbers mean. */
#ifndef PROBE_HOST_H
#define PROBE_HOST_H

#include "json.h"

/* Adds kernel, machine, thp, ksmRun, ksmPagesShared and swapBytes to the open object; null where not readable. */
void host_write(struct json *json);

#endif
