/* The PAGEMAP_SCAN request of /proc/PID/pagemap (Linux 6.7).
   Documentation/admin-guide/mm/pagemap.rst, "Pagemap Scan IOCTL"; include/uapi/linux/fs.h. */
#ifndef PROBE_PAGEMAP_SCAN_H
#define PROBE_PAGEMAP_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether this kernel has the request. */
bool scan_works(void);

/* The first page in [first, end) with memory behind it, `end` where there is none.
   `first` itself where the kernel cannot tell. */
uint64_t scan_populated(int fd, uint64_t first, uint64_t end);

/* Sets ENTRY_ZERO in the entries that map the zero frame; nothing where the kernel cannot tell. */
void scan_mark_zero(int fd, uint64_t first, size_t count, uint64_t *entries);

#endif
