/* Files of another process: paths are resolved inside its root (/proc/PID/root), symbolic links included. */
#ifndef PROBE_INROOT_H
#define PROBE_INROOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fault.h"

/* Writes one byte, `byte`, into a FIFO and so lets its reader go on. Waits up to 5 s for a reader. Returns false with the
   fault filled; a file that is no FIFO is never written to. */
bool inroot_release(int pid, const char *path, char byte, struct fault *fault);

/* Reads at most `size` bytes of a regular file from `offset` on; `*count` is 0 at its end. Returns false with the fault
   filled. */
bool inroot_read(int pid, const char *path, uint64_t offset, void *bytes, size_t size, size_t *count,
                 struct fault *fault);

/* Used and total bytes of the file system at `path` (statfs(2)). Returns false with the fault filled. */
bool inroot_statfs(int pid, const char *path, uint64_t *used, uint64_t *total, struct fault *fault);

#endif
