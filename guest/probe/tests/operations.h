/* What the fixture's processes can do to their memory. All return 0, anything else where the kernel refuses. */
#ifndef FIXTURE_OPERATIONS_H
#define FIXTURE_OPERATIONS_H

#include <stddef.h>

#define PAGE ((size_t)4096)

/* The file that is mapped. */
extern int operations_file;

int operations_write(char *at, size_t pages);
int operations_read(char *at, size_t pages);

/* The number of an operation, -1 where there is none of that name. */
int operations_find(const char *name);
int operations_run(int operation, char *at, size_t pages);

#endif
