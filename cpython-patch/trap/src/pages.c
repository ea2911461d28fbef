/* Runs between fork() and whatever the process does: no malloc(), no stdio. */
#include "pages.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PAGE_ARMED ((uintptr_t)8)
#define PAGEMAP_PRESENT ((uint64_t)1 << 63)
#define PAGEMAP_SWAPPED ((uint64_t)1 << 62)

struct mapping {
    uintptr_t start;
    uintptr_t end;
    int prot;
    bool private;
    bool stack;
};

struct scan {
    struct pages *pages;
    const struct pages *armed;
    uintptr_t own;
    uintptr_t own_end;
    int pagemap;
};

/* The whole file: a mapping may not be read in two halves. */
static bool
read_maps(char *text)
{
    int file = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    size_t length = 0;
    long got = 0;
    while (file >= 0 && length < MAPS_BYTES - 1) {
        got = syscall(SYS_read, file, text + length, MAPS_BYTES - 1 - length);
        if (got <= 0) {
            break;
        }
        length += (size_t)got;
    }
    text[length] = '\0';
    close(file);
    return file >= 0 && got == 0;
}

/* "start-end rwxp offset device inode   name" */
static struct mapping
parse_line(const char *line, const char *end)
{
    static const char stack[] = "[stack]";
    size_t length = sizeof stack - 1;
    struct mapping mapping;
    char *rest;
    mapping.start = strtoul(line, &rest, 16);
    mapping.end = strtoul(rest + 1, &rest, 16);
    mapping.prot = rest[1] == 'r' ? PROT_READ : 0;
    mapping.prot |= rest[2] == 'w' ? PROT_WRITE : 0;
    mapping.prot |= rest[3] == 'x' ? PROT_EXEC : 0;
    mapping.private = rest[4] == 'p';
    mapping.stack = (size_t)(end - line) > length && memcmp(end - length, stack, length) == 0;
    return mapping;
}

/*
 * The kernel writes to the block of the thread pointer by itself (rseq, the
 * thread id that is cleared at exit), and kills a process where it cannot;
 * errno is just below.
 */
static bool
is_thread_block(uintptr_t page)
{
    uintptr_t self = (uintptr_t)__builtin_thread_pointer() & ~(PAGE_BYTES - 1);
    return page + PAGE_BYTES >= self && page <= self + PAGE_BYTES;
}

static void
add_page(struct scan *scan, uintptr_t page, const struct mapping *mapping)
{
    struct pages *pages = scan->pages;
    if (!(mapping->prot & PROT_WRITE) && !pages_armed(scan->armed, (void *)page)) {
        return;
    }
    if (mapping->stack) {
        pages->left_out[LEFT_STACK]++;
    }
    else if (is_thread_block(page)) {
        pages->left_out[LEFT_TLS]++;
    }
    else if (page >= scan->own && page < scan->own_end) {
        pages->left_out[LEFT_OWN]++;
    }
    else if (pages->count == PAGES_MOST) {
        pages->failed++;
    }
    else {
        pages->entries[pages->count++] = page | (uintptr_t)(mapping->prot | PROT_WRITE);
    }
}

static void
add_mapping(struct scan *scan, const struct mapping *mapping)
{
    uint64_t present[512];
    for (uintptr_t page = mapping->start; page < mapping->end;) {
        size_t wanted = (mapping->end - page) / PAGE_BYTES;
        wanted = wanted > 512 ? 512 : wanted;
        off_t offset = (off_t)(page / PAGE_BYTES * sizeof *present);
        long got = syscall(SYS_pread64, scan->pagemap, present, wanted * sizeof *present, offset);
        if (got <= 0) {
            scan->pages->failed += wanted;
            return;
        }
        for (size_t i = 0; i < (size_t)got / sizeof *present; i++, page += PAGE_BYTES) {
            if (present[i] & (PAGEMAP_PRESENT | PAGEMAP_SWAPPED)) {
                add_page(scan, page, mapping);
            }
        }
    }
}

bool
pages_read(struct pages *pages, const struct pages *armed, const void *own, size_t own_bytes)
{
    struct scan scan = {pages, armed, (uintptr_t)own, (uintptr_t)own + own_bytes, -1};
    pages->count = 0;
    pages->failed = 0;
    memset(pages->left_out, 0, sizeof pages->left_out);
    scan.pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    if (scan.pagemap < 0 || !read_maps(pages->maps)) {
        close(scan.pagemap);
        return false;
    }
    const char *end;
    for (const char *line = pages->maps; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        struct mapping mapping = parse_line(line, end);
        bool readable = mapping.prot & PROT_READ;
        if (mapping.private && readable && (armed->count > 0 || (mapping.prot & PROT_WRITE))) {
            add_mapping(&scan, &mapping);
        }
    }
    close(scan.pagemap);
    return true;
}

/* One call for pages that lie side by side: each call may make two mappings of one. */
void
pages_arm(struct pages *pages)
{
    for (size_t i = 0; i < pages->count;) {
        size_t next = i + 1;
        while (next < pages->count && pages->entries[next] == pages->entries[next - 1] + PAGE_BYTES) {
            next++;
        }
        uintptr_t page = pages->entries[i] & ~(PAGE_BYTES - 1);
        int prot = (int)(pages->entries[i] & (PROT_READ | PROT_EXEC));
        bool done = mprotect((void *)page, (next - i) * PAGE_BYTES, prot) == 0;
        pages->failed += done ? 0 : next - i;
        for (; i < next; i++) {
            pages->entries[i] |= done ? PAGE_ARMED : 0;
        }
    }
}

static const uintptr_t *
find(const struct pages *pages, const void *address)
{
    uintptr_t page = (uintptr_t)address & ~(PAGE_BYTES - 1);
    size_t low = 0;
    size_t high = pages->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if ((pages->entries[middle] & ~(PAGE_BYTES - 1)) < page) {
            low = middle + 1;
        }
        else {
            high = middle;
        }
    }
    bool found = low < pages->count && (pages->entries[low] & ~(PAGE_BYTES - 1)) == page;
    return found ? &pages->entries[low] : NULL;
}

bool
pages_armed(const struct pages *pages, const void *address)
{
    const uintptr_t *entry = find(pages, address);
    return entry != NULL && (*entry & PAGE_ARMED);
}

bool
pages_disarm(struct pages *pages, const void *address)
{
    const uintptr_t *entry = find(pages, address);
    if (entry == NULL || !(*entry & PAGE_ARMED)) {
        return false;
    }
    int prot = (int)(*entry & (PROT_READ | PROT_WRITE | PROT_EXEC));
    pages->entries[entry - pages->entries] &= ~PAGE_ARMED;
    return mprotect((void *)(*entry & ~(PAGE_BYTES - 1)), PAGE_BYTES, prot) == 0;
}
