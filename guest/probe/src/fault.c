#include "fault.h"

#include <stdio.h>
#include <string.h>

bool
fault_set(struct fault *fault, const char *where, const char *error)
{
    snprintf(fault->error, sizeof fault->error, "%s", error);
    snprintf(fault->where, sizeof fault->where, "%s", where);
    return false;
}

bool
fault_errno(struct fault *fault, const char *where, int number)
{
    return fault_set(fault, where, strerror(number));
}

bool
fault_memory(struct fault *fault)
{
    return fault_set(fault, "majek-probe", "out of memory");
}
