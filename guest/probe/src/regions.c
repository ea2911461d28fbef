#include "regions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct region {
    const char *kind;
    const char *name;
    uint64_t pages;
};

/* .bss is `anon`: the kernel joins it with whatever other anonymous memory lies beside it. */
static struct region
describe(const struct segment *segment)
{
    const struct vma *vma = &segment->vma;
    if (vma->inode != 0) {
        return (struct region){"data", vma->name, segment->count};
    }
    if (strcmp(vma->name, "[heap]") == 0) {
        return (struct region){"heap", vma->name, segment->count};
    }
    if (strcmp(vma->name, "[stack]") == 0) {
        return (struct region){"stack", vma->name, segment->count};
    }
    return (struct region){"anon", vma->name, segment->count};
}

/* Adds to the row of the same kind and name. Returns the number of rows. */
static size_t
merge(struct region *rows, size_t count, struct region region)
{
    for (size_t i = 0; i < count; i++) {
        if (rows[i].kind == region.kind && strcmp(rows[i].name, region.name) == 0) {
            rows[i].pages += region.pages;
            return count;
        }
    }
    rows[count] = region;
    return count + 1;
}

static int
compare_pages(const void *a, const void *b)
{
    const struct region *left = a;
    const struct region *right = b;
    if (left->pages != right->pages) {
        return left->pages < right->pages ? 1 : -1;
    }
    int kinds = strcmp(left->kind, right->kind);
    return kinds != 0 ? kinds : strcmp(left->name, right->name);
}

static void
write_row(struct json *json, const struct region *region)
{
    json_open(json, NULL, '{');
    json_string(json, "kind", region->kind);
    json_string(json, "name", region->name);
    json_u64(json, "pages", region->pages);
    json_close(json, '}');
}

static void
write_rows(struct json *json, const struct region *rows, size_t count)
{
    size_t shown = count > REGION_ROWS ? REGION_ROWS - 1 : count;
    char name[48];
    struct region rest = {"other", name, 0};
    snprintf(name, sizeof name, "%zu more", count - shown);
    json_open(json, "regions", '[');
    for (size_t i = 0; i < count; i++) {
        if (i < shown) {
            write_row(json, &rows[i]);
        }
        rest.pages += i < shown ? 0 : rows[i].pages;
    }
    if (shown < count) {
        write_row(json, &rest);
    }
    json_close(json, ']');
}

bool
regions_write(const struct p0 *p0, struct json *json)
{
    struct region *rows = calloc(p0->segment_count + 1, sizeof *rows);
    size_t count = 0;
    if (rows == NULL) {
        return false;
    }
    for (size_t i = 0; i < p0->segment_count; i++) {
        count = merge(rows, count, describe(&p0->segments[i]));
    }
    qsort(rows, count, sizeof *rows, compare_pages);
    write_rows(json, rows, count);
    free(rows);
    return true;
}
