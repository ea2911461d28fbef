#include "pagemap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "pagemap_scan.h"

static void
name_file(char *path, size_t size, int pid)
{
    snprintf(path, size, "/proc/%d/pagemap", pid);
}

static enum walk_result
failed(struct walk *walk, int number, struct fault *fault)
{
    char path[64];
    name_file(path, sizeof path, walk->pid);
    fault_errno(fault, path, number);
    return number == ENOENT || number == ESRCH ? WALK_GONE : WALK_FAULT;
}

enum walk_result
walk_open(struct walk *walk, int pid, const struct maps *maps, struct fault *fault)
{
    char path[64];
    name_file(path, sizeof path, pid);
    walk->pid = pid;
    walk->maps = maps;
    walk->preloadable_only = false;
    walk->mark_zero = false;
    walk->index = 0;
    walk->next = maps->count > 0 ? maps->items[0].start : 0;
    walk->count = 0;
    walk->fd = open(path, O_RDONLY | O_CLOEXEC);
    return walk->fd < 0 ? failed(walk, errno, fault) : WALK_CHUNK;
}

/* Goes to the mapping that holds walk->next, or to the next one that is wanted. Returns false at the end. */
static bool
settle(struct walk *walk)
{
    while (walk->index < walk->maps->count) {
        const struct vma *vma = &walk->maps->items[walk->index];
        if (walk->next < vma->start) {
            walk->next = vma->start;
        }
        if (walk->next < vma->end && (!walk->preloadable_only || vma_is_preloadable(vma))) {
            return true;
        }
        walk->index++;
    }
    return false;
}

/* Reads the entries of `count` pages. Returns 0, an errno value, or -1 where the process has ended. */
static int
read_entries(struct walk *walk, uint64_t first, size_t count)
{
    size_t wanted = count * sizeof *walk->entries;
    for (size_t done = 0; done < wanted;) {
        ssize_t got = pread(walk->fd, (char *)walk->entries + done, wanted - done,
                            (off_t)(first * sizeof *walk->entries + done));
        if (got < 0 && errno != EINTR) {
            return errno;
        }
        if (got == 0) {
            return -1;
        }
        done += got > 0 ? (size_t)got : 0;
    }
    return 0;
}

static bool
is_empty(const struct walk *walk)
{
    for (size_t i = 0; i < walk->count; i++) {
        if ((walk->entries[i] & (ENTRY_PRESENT | ENTRY_SWAPPED)) != 0) {
            return false;
        }
    }
    return true;
}

enum walk_result
walk_next(struct walk *walk, struct fault *fault)
{
    if (!settle(walk)) {
        return WALK_END;
    }
    const struct vma *vma = &walk->maps->items[walk->index];
    walk->first = walk->next;
    walk->count = vma->end - walk->next < CHUNK_PAGES ? (size_t)(vma->end - walk->next) : CHUNK_PAGES;
    int number = read_entries(walk, walk->first, walk->count);
    if (number != 0) {
        return number < 0 ? WALK_GONE : failed(walk, number, fault);
    }
    if (walk->mark_zero) {
        scan_mark_zero(walk->fd, walk->first, walk->count, walk->entries);
    }
    walk->next += walk->count;
    if (walk->next < vma->end && is_empty(walk)) {
        /* A reservation: the kernel finds its next page far faster than it writes out the empty entries. */
        walk->next = scan_populated(walk->fd, walk->next, vma->end);
    }
    return WALK_CHUNK;
}

void
walk_close(struct walk *walk)
{
    close(walk->fd);
}

bool
pagemap_own_entry(const void *address, uint64_t *entry)
{
    int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    uint64_t page = (uint64_t)(uintptr_t)address / (uint64_t)sysconf(_SC_PAGESIZE);
    ssize_t got = pread(fd, entry, sizeof *entry, (off_t)(page * sizeof *entry));
    int number = got < 0 ? errno : EIO;
    close(fd);
    errno = number;
    return got == (ssize_t)sizeof *entry;
}
