#include "method.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "pagemap_scan.h"

const char *const METHOD_NAMES[3] = {"pfn", "exclusive", "smaps"};

#define HUGE_BYTES ((size_t)2 << 20)

static void *
map(size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

/* What the kernel says about a page that was just written. Sets the reason where it is not a frame number. */
static enum method_kind
probe_page(struct method *method)
{
    uint64_t entry = 0;
    size_t size = (size_t)sysconf(_SC_PAGESIZE);
    volatile char *page = map(size);
    if (page == NULL) {
        snprintf(method->reason, sizeof method->reason, "no memory to try with: %s", strerror(errno));
        return METHOD_SMAPS;
    }
    *page = 1;
    bool read = pagemap_own_entry((const void *)page, &entry);
    int number = errno;
    munmap((void *)page, size);
    if (!read) {
        snprintf(method->reason, sizeof method->reason, "/proc/self/pagemap: %s", strerror(number));
        return METHOD_SMAPS;
    }
    if ((entry & ENTRY_PRESENT) != 0 && (entry & ENTRY_FRAME) != 0) {
        return METHOD_PFN;
    }
    bool exclusive = (entry & ENTRY_PRESENT) != 0 && (entry & ENTRY_EXCLUSIVE) != 0;
    snprintf(method->reason, sizeof method->reason,
             exclusive ? "frame numbers are zero: no CAP_SYS_ADMIN in the first user namespace"
                       : "pagemap shows neither frame numbers nor the exclusive bit");
    return exclusive ? METHOD_EXCLUSIVE : METHOD_SMAPS;
}

/* A read fault on fresh memory maps the zero page (mm/memory.c, do_anonymous_page). Kernels with several (MIPS,
   s390) are not covered. The page stays mapped. */
static uint64_t
find_zero_frame(void)
{
    uint64_t entry;
    size_t size = (size_t)sysconf(_SC_PAGESIZE);
    volatile const char *page = map(size);
    if (page == NULL) {
        return 0;
    }
    madvise((void *)(uintptr_t)page, size, MADV_NOHUGEPAGE);
    (void)*page;
    return pagemap_own_entry((const void *)page, &entry) && (entry & ENTRY_PRESENT) != 0 ? entry & ENTRY_FRAME : 0;
}

/* The same for the huge zero page (mm/huge_memory.c). It stays mapped: the kernel may otherwise free it and make
   another one. */
static uint64_t
find_huge_zero_frame(void)
{
    uint64_t entry;
    char *memory = map(2 * HUGE_BYTES);
    if (memory == NULL) {
        return 0;
    }
    uintptr_t aligned = ((uintptr_t)memory + HUGE_BYTES - 1) & ~(HUGE_BYTES - 1);
    volatile const char *page = (volatile const char *)aligned;
    madvise((void *)aligned, HUGE_BYTES, MADV_HUGEPAGE);
    (void)*page;
    if (!pagemap_own_entry((const void *)page, &entry) || (entry & ENTRY_PRESENT) == 0) {
        return 0;
    }
    /* Without huge pages this is the small zero page. */
    return (entry & ENTRY_FRAME) % 512 == 0 ? entry & ENTRY_FRAME : 0;
}

bool
method_detect(struct method *method, const char *forced)
{
    *method = (struct method){0};
    /* A program that gets its capabilities from its file has its own /proc/self closed to it unless it asks
       (prctl(2), PR_SET_DUMPABLE). Processes without the same capabilities stay locked out (ptrace(2)). */
    prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
    enum method_kind best = probe_page(method);
    method->kind = best;
    for (int kind = METHOD_PFN; forced != NULL; kind++) {
        if (kind > METHOD_SMAPS) {
            return false;
        }
        if (strcmp(forced, METHOD_NAMES[kind]) == 0) {
            method->kind = (enum method_kind)kind;
            break;
        }
    }
    if (method->kind != METHOD_PFN && best == METHOD_PFN) {
        snprintf(method->reason, sizeof method->reason, "--method %s", METHOD_NAMES[method->kind]);
    }
    /* A better method never needs more than a worse one. */
    method->usable = method->kind >= best;
    if (method->kind == METHOD_PFN && method->usable) {
        method->zero = find_zero_frame();
        method->huge_zero = find_huge_zero_frame();
        method->huge_zero = method->huge_zero == method->zero ? 0 : method->huge_zero;
    }
    method->zero_known = method->zero != 0 || (method->kind == METHOD_EXCLUSIVE && scan_works());
    return true;
}
