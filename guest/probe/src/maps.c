#include "maps.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A digit of a hexadecimal or decimal number, or 16. */
static unsigned
digit_value(char digit)
{
    if (digit >= '0' && digit <= '9') {
        return (unsigned)(digit - '0');
    }
    return digit >= 'a' && digit <= 'f' ? (unsigned)(digit - 'a') + 10 : 16;
}

/* Reads a number and goes behind it. By hand: a fleet has tens of thousands of lines, and sscanf would cost more than
   the page tables. */
static bool
take_number(const char **text, unsigned base, uint64_t *value)
{
    const char *start = *text;
    *value = 0;
    for (unsigned digit; (digit = digit_value(**text)) < base; (*text)++) {
        *value = *value * base + digit;
    }
    return *text > start;
}

static bool
take(const char **text, char expected)
{
    return **text == expected && (*text)++ != NULL;
}

static bool
take_permissions(const char **text, struct vma *vma)
{
    if (strnlen(*text, 5) < 5) {
        return false;
    }
    vma->writable = (*text)[1] == 'w';
    vma->private = (*text)[3] == 'p';
    *text += 4;
    return take(text, ' ');
}

/* start-end perms offset major:minor inode [blanks name] */
bool
maps_parse_line(struct vma *vma, const char *line, const char **name)
{
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    uint64_t major;
    uint64_t minor;
    if (!take_number(&line, 16, &vma->start) || !take(&line, '-') || !take_number(&line, 16, &vma->end)
        || !take(&line, ' ') || !take_permissions(&line, vma) || !take_number(&line, 16, &vma->offset)
        || !take(&line, ' ') || !take_number(&line, 16, &major) || !take(&line, ':')
        || !take_number(&line, 16, &minor) || !take(&line, ' ') || !take_number(&line, 10, &vma->inode)) {
        return false;
    }
    vma->device = major << 32 | minor;
    vma->start /= page;
    vma->end /= page;
    vma->offset /= page;
    *name = line + strspn(line, " ");
    return true;
}

static bool
add(struct maps *maps, const struct vma *vma)
{
    if (maps->count == maps->capacity) {
        size_t capacity = maps->capacity * 2 + 256;
        struct vma *items = realloc(maps->items, capacity * sizeof *items);
        if (items == NULL) {
            return false;
        }
        maps->items = items;
        maps->capacity = capacity;
    }
    maps->items[maps->count++] = *vma;
    return true;
}

static enum maps_result
parse(struct maps *maps, const char *path, struct fault *fault)
{
    maps->count = 0;
    for (char *line = maps->text.data; *line != '\0';) {
        char *newline = strchr(line, '\n');
        struct vma vma;
        if (newline != NULL) {
            *newline = '\0';
        }
        if (!maps_parse_line(&vma, line, &vma.name)) {
            fault_set(fault, path, "a line that is no mapping");
            return MAPS_FAULT;
        }
        if (strcmp(vma.name, "[vsyscall]") != 0 && !add(maps, &vma)) {
            fault_memory(fault);
            return MAPS_FAULT;
        }
        line = newline == NULL ? "" : newline + 1;
    }
    /* An ended process has an empty file. */
    return maps->count > 0 ? MAPS_OK : MAPS_GONE;
}

enum maps_result
maps_read(struct maps *maps, int pid, struct fault *fault)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/maps", pid);
    if (!file_read(&maps->text, path)) {
        int number = errno;
        fault_errno(fault, path, number);
        return number == ENOENT || number == ESRCH ? MAPS_GONE : MAPS_FAULT;
    }
    return parse(maps, path, fault);
}

void
maps_free(struct maps *maps)
{
    free(maps->items);
    free(maps->text.data);
    *maps = (struct maps){0};
}

bool
vma_same_at(const struct vma *a, const struct vma *b)
{
    if (a->private != b->private || a->device != b->device || a->inode != b->inode) {
        return false;
    }
    if (a->inode == 0) {
        return strcmp(a->name, b->name) == 0;
    }
    /* Both map the page whose number is the address plus this difference; it may wrap, in both alike. */
    return a->offset - a->start == b->offset - b->start;
}
