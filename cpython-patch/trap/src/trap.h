#ifndef MAJEK_TRAP_TRAP_H
#define MAJEK_TRAP_TRAP_H

#include <stddef.h>

/* Writes a byte of each armed page of a buffer, which the kernel is about to fill, to itself. */
void trap_touch(void *buffer, size_t length);

#endif
