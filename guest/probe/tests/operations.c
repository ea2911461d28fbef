/* What the fixture's processes can do to their memory. */
#include "operations.h"

#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#define MOVE_BYTES ((size_t)1 << 30)
#define GUARD_INSTALL 102 /* MADV_GUARD_INSTALL, Linux 6.13 */

int operations_file = -1;

int
operations_write(char *at, size_t pages)
{
    for (size_t i = 0; i < pages; i++) {
        ((volatile char *)at)[i * PAGE]++;
    }
    return 0;
}

int
operations_read(char *at, size_t pages)
{
    for (size_t i = 0; i < pages; i++) {
        (void)((volatile char *)at)[i * PAGE];
    }
    return 0;
}

static int
do_drop(char *at, size_t pages)
{
    return madvise(at, pages * PAGE, MADV_DONTNEED);
}

static int
do_unmap(char *at, size_t pages)
{
    return munmap(at, pages * PAGE);
}

static int
map_over(char *at, size_t pages, int flags, int fd)
{
    void *memory = mmap(at, pages * PAGE, PROT_READ | PROT_WRITE, flags | MAP_FIXED, fd, 0);
    return memory == MAP_FAILED ? -1 : operations_write(at, pages);
}

static int
do_map_anonymous(char *at, size_t pages)
{
    return map_over(at, pages, MAP_PRIVATE | MAP_ANONYMOUS, -1);
}

static int
do_map_shared(char *at, size_t pages)
{
    return map_over(at, pages, MAP_SHARED | MAP_ANONYMOUS, -1);
}

static int
do_map_file(char *at, size_t pages)
{
    return map_over(at, pages, MAP_PRIVATE, operations_file);
}

/* The file at a place that nobody writes to, so that fork() leaves its pages to whoever reads them. */
static int
do_load_file(char *at, size_t pages)
{
    void *memory = mmap(at, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, operations_file, 0);
    return memory == MAP_FAILED ? -1 : operations_read(at, pages);
}

/* The file again, shared: the same place, but another mapping. */
static int
do_share_file(char *at, size_t pages)
{
    void *memory = mmap(at, pages * PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, operations_file, 0);
    return memory == MAP_FAILED ? -1 : operations_read(at, pages);
}

static int
do_move(char *at, size_t pages)
{
    return mremap(at, pages * PAGE, pages * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, at + MOVE_BYTES) == MAP_FAILED;
}

static int
do_protect(char *at, size_t pages)
{
    return mprotect(at, pages * PAGE, PROT_READ);
}

static int
do_guard(char *at, size_t pages)
{
    return madvise(at, pages * PAGE, GUARD_INSTALL);
}

static int
do_merge(char *at, size_t pages)
{
    for (size_t i = 0; i < pages; i++) {
        memset(at + i * PAGE, 42, PAGE);
    }
    return madvise(at, pages * PAGE, MADV_MERGEABLE);
}

static int
do_huge(char *at, size_t pages)
{
    prctl(PR_SET_THP_DISABLE, 0, 0, 0, 0);
    void *memory = mmap(at, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    return memory == MAP_FAILED ? -1 : madvise(at, pages * PAGE, MADV_HUGEPAGE) | operations_read(at, 1);
}

/* A child of the worker that only waits; it has come to rest when this returns. */
static int
do_spawn(char *at, size_t pages)
{
    char byte;
    int ready[2];
    (void)at;
    (void)pages;
    if (pipe(ready) != 0) {
        return -1;
    }
    if (fork() == 0) {
        prctl(PR_SET_PDEATHSIG, 9, 0, 0, 0);
        while (write(ready[1], "r", 1) == 1) {
            pause();
        }
        _exit(1);
    }
    bool rests = read(ready[0], &byte, 1) == 1;
    close(ready[0]);
    close(ready[1]);
    return rests ? 0 : -1;
}

static int
do_exit(char *at, size_t pages)
{
    (void)at;
    (void)pages;
    _exit(0);
}

static const struct {
    const char *name;
    int (*run)(char *, size_t);
} OPERATIONS[] = {
    {"write", operations_write},         {"read", operations_read},     {"drop", do_drop},       {"unmap", do_unmap},
    {"anonymous", do_map_anonymous}, {"shared", do_map_shared}, {"file", do_map_file}, {"move", do_move},
    {"loadfile", do_load_file},
    {"protect", do_protect},     {"guard", do_guard},   {"merge", do_merge},     {"huge", do_huge},
    {"sharefile", do_share_file}, {"spawn", do_spawn},         {"exit", do_exit},
};

int
operations_find(const char *name)
{
    for (size_t i = 0; i < sizeof OPERATIONS / sizeof *OPERATIONS; i++) {
        if (strcmp(OPERATIONS[i].name, name) == 0) {
            return (int)i;
        }
    }
    return -1;
}

int
operations_run(int operation, char *at, size_t pages)
{
    return OPERATIONS[operation].run(at, pages);
}
