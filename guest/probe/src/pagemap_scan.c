#include "pagemap_scan.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "pagemap.h"

/* Own names: system headers before 6.7 lack the request, later ones have it. */
#define SCAN_PRESENT ((uint64_t)1 << 3)
#define SCAN_SWAPPED ((uint64_t)1 << 4)
#define SCAN_ZERO ((uint64_t)1 << 5)

struct scan_region {
    uint64_t start;
    uint64_t end;
    uint64_t categories;
};

struct scan_request {
    uint64_t size;
    uint64_t flags;
    uint64_t start;
    uint64_t end;
    uint64_t walk_end;
    uint64_t vec;
    uint64_t vec_len;
    uint64_t max_pages;
    uint64_t category_inverted;
    uint64_t category_mask;
    uint64_t category_anyof_mask;
    uint64_t return_mask;
};

#define SCAN_REQUEST _IOWR('f', 16, struct scan_request)

/* Regions with any of the categories. Returns their number, -1 where the kernel cannot tell. */
static int
scan(int fd, struct scan_request *request, uint64_t categories, struct scan_region *regions, size_t room)
{
    request->size = sizeof *request;
    request->vec = (uint64_t)(uintptr_t)regions;
    request->vec_len = room;
    request->category_anyof_mask = categories;
    request->return_mask = categories;
    return ioctl(fd, SCAN_REQUEST, request);
}

bool
scan_works(void)
{
    char here;
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    uint64_t start = (uint64_t)(uintptr_t)&here / page * page;
    struct scan_region region;
    struct scan_request request = {.start = start, .end = start + page};
    int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    bool works = fd >= 0 && scan(fd, &request, SCAN_PRESENT, &region, 1) >= 0;
    if (fd >= 0) {
        close(fd);
    }
    return works;
}

uint64_t
scan_populated(int fd, uint64_t first, uint64_t end)
{
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    struct scan_region region;
    struct scan_request request = {.start = first * page, .end = end * page, .max_pages = 1};
    int found = scan(fd, &request, SCAN_PRESENT | SCAN_SWAPPED, &region, 1);
    if (found < 0) {
        return first;
    }
    return found == 0 ? end : region.start / page;
}

void
scan_mark_zero(int fd, uint64_t first, size_t count, uint64_t *entries)
{
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    uint64_t end = (first + count) * page;
    struct scan_region regions[128];
    for (uint64_t start = first * page; start < end;) {
        struct scan_request request = {.start = start, .end = end};
        int found = scan(fd, &request, SCAN_ZERO, regions, sizeof regions / sizeof *regions);
        for (int i = 0; i < found; i++) {
            for (uint64_t at = regions[i].start; at < regions[i].end; at += page) {
                entries[at / page - first] |= ENTRY_ZERO;
            }
        }
        if (found < 0 || request.walk_end <= start) {
            return;
        }
        start = request.walk_end;
    }
}
