#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "p0.h"

/* The mapping that a heading of smaps begins; NULL where maps did not have it. `*index` only goes forward. */
static const struct vma *
find_mapping(const struct maps *maps, size_t *index, const struct vma *heading)
{
    while (*index < maps->count && maps->items[*index].start < heading->start) {
        (*index)++;
    }
    const struct vma *vma = *index < maps->count ? &maps->items[*index] : NULL;
    return vma != NULL && vma->start == heading->start ? vma : NULL;
}

/* Adds the pages of a line "Rss:  12 kB" or "Swap:  4 kB" (proc(5)); Rss leaves the zero page out. */
static bool
add_line(struct p0 *p0, const struct vma *vma, const char *line)
{
    bool counts = strncmp(line, "Rss:", 4) == 0 || strncmp(line, "Swap:", 5) == 0;
    if (!counts || vma == NULL || !vma_is_preloadable(vma)) {
        return true;
    }
    uint64_t pages = strtoull(strchr(line, ':') + 1, NULL, 10) * 1024 / (uint64_t)sysconf(_SC_PAGESIZE);
    struct segment *segment = pages > 0 ? p0_segment(p0, vma) : NULL;
    if (segment == NULL) {
        return pages == 0;
    }
    segment->count += pages;
    p0->total += pages;
    return true;
}

static bool
add_all(struct p0 *p0, char *text)
{
    size_t index = 0;
    const struct vma *vma = NULL;
    for (char *line = text; *line != '\0';) {
        struct vma heading;
        const char *name;
        char *newline = strchr(line, '\n');
        if (newline != NULL) {
            *newline = '\0';
        }
        if (maps_parse_line(&heading, line, &name)) {
            vma = find_mapping(&p0->maps, &index, &heading);
        }
        else if (!add_line(p0, vma, line)) {
            return false;
        }
        line = newline == NULL ? line + strlen(line) : newline + 1;
    }
    return true;
}

bool
p0_record_smaps(struct p0 *p0, int pid, struct fault *fault)
{
    char path[64];
    struct text text = {0};
    snprintf(path, sizeof path, "/proc/%d/smaps", pid);
    bool read = file_read(&text, path);
    bool done = read ? add_all(p0, text.data) || fault_memory(fault) : fault_errno(fault, path, errno);
    free(text.data);
    return done;
}
