/* What went wrong and where: the two texts of a failed answer. */
#ifndef PROBE_FAULT_H
#define PROBE_FAULT_H

#include <stdbool.h>

struct fault {
    char error[192];
    char where[512];
};

/* Fills the fault. Returns false, so that a function can end with it. */
bool fault_set(struct fault *fault, const char *where, const char *error);

/* The same with the text of an errno value. */
bool fault_errno(struct fault *fault, const char *where, int number);

/* The same for memory that malloc refused. */
bool fault_memory(struct fault *fault);

#endif
