/* The protocol: one command a line, one JSON object as its answer. README.md lists them. */
#ifndef PROBE_COMMANDS_H
#define PROBE_COMMANDS_H

#include <stdbool.h>

#include "contents.h"
#include "fault.h"
#include "json.h"
#include "losses.h"
#include "method.h"
#include "p0.h"
#include "scan.h"

struct probe {
    struct method method;
    struct p0 p0;
    struct scan scan;
    struct contents contents;
    struct losses losses;
    bool quit;
};

/* Runs one command and adds its fields to the open object. `line` is cut into words. Returns false with the fault
   filled; what was added by then must be dropped. */
bool command_run(struct probe *probe, char *line, struct json *json, struct fault *fault);

#endif
