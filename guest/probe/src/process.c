#include "process.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"

bool
process_find(struct process *process, int pid)
{
    char path[64];
    char text[1024];
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    if (!file_read_small(text, sizeof text, path)) {
        return false;
    }
    /* Field 2 is the command in brackets and may itself hold brackets and blanks. */
    const char *rest = strrchr(text, ')');
    *process = (struct process){.pid = pid};
    unsigned long long start_time;
    if (rest == NULL
        || sscanf(rest, ") %*c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu",
                  &process->parent, &start_time)
               != 2) {
        return false;
    }
    process->start_time = start_time;
    return true;
}

bool
process_read_status(struct process *process)
{
    char path[64];
    char text[8192];
    snprintf(path, sizeof path, "/proc/%d/status", process->pid);
    uint64_t rss;
    uint64_t page_tables;
    if (!file_read_small(text, sizeof text, path) || !text_field(text, "VmRSS:", &rss)
        || !text_field(text, "VmPTE:", &page_tables)) {
        return false;
    }
    process->rss = rss * 1024;
    process->page_table_bytes = page_tables * 1024;
    return true;
}

bool
process_read_rollup(struct process *process, struct fault *fault)
{
    char path[64];
    char text[4096];
    snprintf(path, sizeof path, "/proc/%d/smaps_rollup", process->pid);
    uint64_t rss;
    uint64_t pss;
    if (!file_read_small(text, sizeof text, path)) {
        process->gone = errno == ENOENT || errno == ESRCH;
        return process->gone ? false : fault_errno(fault, path, errno);
    }
    if (!text_field(text, "Rss:", &rss) || !text_field(text, "Pss:", &pss)) {
        process->gone = true;
        return false;
    }
    process->rss = rss * 1024;
    process->pss = pss * 1024;
    process->pss_known = true;
    return true;
}

static bool
fleet_add(struct fleet *fleet, const struct process *process)
{
    if (fleet->count == fleet->capacity) {
        size_t capacity = fleet->capacity * 2 + 256;
        struct process *items = realloc(fleet->items, capacity * sizeof *items);
        if (items == NULL) {
            return false;
        }
        fleet->items = items;
        fleet->capacity = capacity;
    }
    fleet->items[fleet->count++] = *process;
    return true;
}

/* Every process that /proc shows. */
static bool
list_all(struct fleet *fleet, struct fault *fault)
{
    DIR *directory = opendir("/proc");
    if (directory == NULL) {
        return fault_errno(fault, "/proc", errno);
    }
    bool added = true;
    for (struct dirent *entry; added && (entry = readdir(directory)) != NULL;) {
        struct process process;
        if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9' && process_find(&process, atoi(entry->d_name))) {
            added = fleet_add(fleet, &process);
        }
    }
    closedir(directory);
    return added || fault_memory(fault);
}

static void
swap(struct process *a, struct process *b)
{
    struct process kept = *a;
    *a = *b;
    *b = kept;
}

static int
compare_pids(const void *a, const void *b)
{
    return ((const struct process *)a)->pid - ((const struct process *)b)->pid;
}

/* Moves the master and its descendants to the front and cuts off the others. Returns false without a master. */
static bool
keep_family(struct fleet *fleet, int master)
{
    size_t kept = 0;
    for (size_t i = 0; i < fleet->count && kept == 0; i++) {
        if (fleet->items[i].pid == master) {
            swap(&fleet->items[kept++], &fleet->items[i]);
        }
    }
    /* [0, kept) is the family; `parent` is the member whose children are looked for. */
    for (size_t parent = 0; parent < kept; parent++) {
        for (size_t i = kept; i < fleet->count; i++) {
            if (fleet->items[i].parent == fleet->items[parent].pid) {
                swap(&fleet->items[kept++], &fleet->items[i]);
            }
        }
    }
    fleet->count = kept;
    if (kept > 2) {
        qsort(fleet->items + 1, kept - 1, sizeof *fleet->items, compare_pids);
    }
    return kept > 0;
}

bool
fleet_find(struct fleet *fleet, int master, struct fault *fault)
{
    *fleet = (struct fleet){0};
    if (!list_all(fleet, fault)) {
        fleet_free(fleet);
        return false;
    }
    if (!keep_family(fleet, master)) {
        char where[64];
        snprintf(where, sizeof where, "/proc/%d", master);
        fleet_free(fleet);
        return fault_set(fault, where, "no such process");
    }
    return true;
}

bool
fleet_drop_gone(struct fleet *fleet, struct fault *fault)
{
    size_t kept = 0;
    if (fleet->items[0].gone) {
        return fault_set(fault, "/proc", "the master ended");
    }
    for (size_t i = 0; i < fleet->count; i++) {
        if (!fleet->items[i].gone) {
            fleet->items[kept++] = fleet->items[i];
        }
    }
    fleet->count = kept;
    return true;
}

void
fleet_free(struct fleet *fleet)
{
    free(fleet->items);
    *fleet = (struct fleet){0};
}
