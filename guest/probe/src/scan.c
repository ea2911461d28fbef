#include "scan.h"

#include <stdlib.h>

#include "pagemap.h"

/* The scan of one process. */
struct visit {
    struct scan *scan;
    struct process *process;
    uint32_t index; /* of the process in the fleet */
    struct walk walk;
    size_t page;    /* first index in p0->pages at or behind the walk */
    size_t segment; /* the segment that holds it */
};

/* Whether a resident page is memory of this process alone: neither a file's nor shared memory, and mapped once. */
static inline bool
is_own(uint64_t entry)
{
    bool once = (entry & ENTRY_PRESENT) == 0 || (entry & ENTRY_EXCLUSIVE) != 0;
    return once && (entry & ENTRY_FILE) == 0;
}

/* Counts the frame of a resident page. Returns whether it was met for the first time. */
static inline bool
count_frame(struct scan *scan, uint64_t entry)
{
    /* A frame number of zero never counts: it means hidden. */
    if ((entry & ENTRY_FRAME) == 0) {
        return false;
    }
    return frames_add((entry & ENTRY_PRESENT) != 0 ? &scan->frames : &scan->swapped, entry & ENTRY_FRAME);
}

/* A resident page at the address of a preloaded one, in its mapping. */
static inline void
count_preloaded(struct visit *visit, uint64_t entry)
{
    struct scan *scan = visit->scan;
    struct process *process = visit->process;
    if (scan->method->kind == METHOD_PFN) {
        /* A frame that the column knows was counted with its first user. Leaving the bitmap alone is what keeps a
           sample cheap: frames lie scattered, and most of the time would go into cache misses. */
        uint64_t key = entry & ENTRY_KEY;
        if (states_match(scan->states.keys, visit->page, key)) {
            process->shared++;
        }
        else {
            states_differ(&scan->states, process, visit->index, visit->page, key, count_frame(scan, entry));
        }
    }
    else if ((entry & ENTRY_PRESENT) != 0) {
        /* Without frame numbers a swapped page cannot be told: it is in no state. */
        process->lost += is_own(entry);
        process->shared += !is_own(entry);
        if (visit->index == 0 && (entry & ENTRY_FILE) != 0) {
            states_keep_file(&scan->states, visit->page); /* for count_nothing() */
        }
    }
}

/* A page of the process's own that is not preloaded. */
static inline void
count_fresh(struct visit *visit)
{
    struct scan *scan = visit->scan;
    visit->process->fresh++;
    if (scan->stretches > 0) {
        scan->fresh[visit->index * scan->stretches + scan_stretch(scan, visit->page)]++;
    }
}

/* Preloaded pages [first, end) that the process has no more. */
static void
map_gone(const struct visit *visit, size_t first, size_t end)
{
    const struct scan *scan = visit->scan;
    for (size_t page = first; scan->stretches > 0 && page < end; page++) {
        scan->gone[visit->index * scan->stretches + scan_stretch(scan, page)]++;
    }
}

/* Pages [start, end) of the chunk, none of which is preloaded. */
static void
count_others(struct visit *visit, size_t start, size_t end)
{
    struct scan *scan = visit->scan;
    for (size_t i = start; i < end; i++) {
        uint64_t entry = visit->walk.entries[i];
        if (!entry_resident(entry)) {
            continue;
        }
        if (method_is_zero(scan->method, entry)) {
            scan->zero_entries++;
            continue;
        }
        count_frame(scan, entry);
        if (is_own(entry)) {
            count_fresh(visit);
        }
    }
}

/* Preloaded page number visit->page, of which the process has nothing, though it has the mapping. Where the master has
   the page of the file, that is what a read would give: fork() copies page tables only of mappings that somebody has
   written to, so whether it is there already says nothing about sharing. */
static inline void
count_nothing(struct visit *visit)
{
    struct process *process = visit->process;
    struct states *states = &visit->scan->states;
    uint64_t key = states->keys[visit->page];
    if (visit->index == 0 || (key & ENTRY_FILE) == 0 || states->owners[visit->page] != 0) {
        process->absent++;
        map_gone(visit, visit->page, visit->page + 1);
        return;
    }
    process->shared++;
    process->unread++;
    states->keys[visit->page] = key | KEY_SHARED;
}

/* The page of the chunk that is preloaded page number visit->page, in its mapping. */
static inline void
count_same(struct visit *visit, uint64_t entry)
{
    struct scan *scan = visit->scan;
    if (!entry_resident(entry)) {
        count_nothing(visit);
    }
    else if (method_is_zero(scan->method, entry)) {
        scan->zero_entries++;
    }
    else {
        count_preloaded(visit, entry);
    }
}

/* The first preloaded page at or behind `page`. Pages are visited in order, mostly one after the other. */
static size_t
seek(const struct p0 *p0, size_t index, uint64_t page)
{
    size_t end = p0->count;
    if (index < end && p0->pages[index] < page) {
        while (index < end) {
            size_t middle = index + (end - index) / 2;
            if (p0->pages[middle] < page) {
                index = middle + 1;
            }
            else {
                end = middle;
            }
        }
    }
    return index;
}

/* Preloaded pages before `end` that follow one another from `at` on in the chunk, each with the frame that its column
   knows. These are nearly all of a fleet, hence a loop of their own. Returns where it stopped. */
static inline size_t
count_matches(struct visit *visit, size_t at, size_t end)
{
    const struct walk *walk = &visit->walk;
    const uint64_t *pages = visit->scan->p0->pages;
    uint64_t *keys = visit->scan->states.keys;
    size_t page = visit->page;
    while (page < end && at < walk->count && pages[page] == walk->first + at
           && states_match(keys, page, walk->entries[at] & ENTRY_KEY)) {
        page++;
        at++;
    }
    visit->process->shared += page - visit->page;
    visit->page = page;
    return at;
}

/* The pages of the chunk from `done` on, up to the end of the current segment. Returns where it stopped. */
static size_t
count_segment(struct visit *visit, size_t done)
{
    const struct walk *walk = &visit->walk;
    const struct p0 *p0 = visit->scan->p0;
    const struct segment *segment = &p0->segments[visit->segment];
    bool same = vma_same_at(&walk->maps->items[walk->index], &segment->vma);
    bool matches = same && visit->scan->method->kind == METHOD_PFN;
    for (size_t end = segment->first + segment->count; visit->page < end; visit->page++) {
        if (matches) {
            done = count_matches(visit, done, end);
            if (visit->page == end) {
                break;
            }
        }
        size_t at = (size_t)(p0->pages[visit->page] - walk->first);
        if (at >= walk->count) {
            break;
        }
        count_others(visit, done, at);
        if (same) {
            count_same(visit, walk->entries[at]);
        }
        else {
            visit->process->replaced++;
            map_gone(visit, visit->page, visit->page + 1);
            count_others(visit, at, at + 1);
        }
        done = at + 1;
    }
    return done;
}

static void
count_chunk(struct visit *visit)
{
    const struct p0 *p0 = visit->scan->p0;
    const struct walk *walk = &visit->walk;
    size_t done = 0;
    size_t skipped = visit->page;
    visit->page = seek(p0, visit->page, walk->first);
    visit->process->absent += visit->page - skipped;
    map_gone(visit, skipped, visit->page);
    while (visit->page < p0->count && p0->pages[visit->page] < walk->first + walk->count) {
        while (visit->page >= p0->segments[visit->segment].first + p0->segments[visit->segment].count) {
            visit->segment++;
        }
        done = count_segment(visit, done);
    }
    count_others(visit, done, walk->count);
}

static enum walk_result
scan_process(struct scan *scan, struct process *process, uint32_t index, struct fault *fault)
{
    struct visit visit = {.scan = scan, .process = process, .index = index};
    enum maps_result maps = maps_read(&scan->maps, process->pid, fault);
    if (maps != MAPS_OK) {
        return maps == MAPS_GONE ? WALK_GONE : WALK_FAULT;
    }
    enum walk_result result = walk_open(&visit.walk, process->pid, &scan->maps, fault);
    if (result != WALK_CHUNK) {
        return result;
    }
    visit.walk.mark_zero = scan->method->kind == METHOD_EXCLUSIVE;
    process->shared = process->lost = process->replaced = process->absent = process->unread = process->fresh = 0;
    while ((result = walk_next(&visit.walk, fault)) == WALK_CHUNK) {
        count_chunk(&visit);
    }
    /* Addresses that no mapping covers any more. */
    process->absent += scan->p0->count - visit.page;
    map_gone(&visit, visit.page, scan->p0->count);
    walk_close(&visit.walk);
    return result;
}

/* One attempt: stops at the first process that has ended, and marks it. */
static enum walk_result
scan_all(struct scan *scan, struct fleet *fleet, struct fault *fault)
{
    size_t cells = fleet->count * scan->stretches + 1;
    free(scan->fresh);
    free(scan->gone);
    scan->fresh = calloc(cells, sizeof *scan->fresh);
    scan->gone = calloc(cells, sizeof *scan->gone);
    if (scan->fresh == NULL || scan->gone == NULL || !states_begin(&scan->states, scan->p0->count)) {
        fault_memory(fault);
        return WALK_FAULT;
    }
    frames_clear(&scan->frames);
    frames_clear(&scan->swapped);
    scan->zero_entries = 0;
    for (size_t i = 0; i < fleet->count; i++) {
        struct process *process = &fleet->items[i];
        enum walk_result result = scan_process(scan, process, (uint32_t)i, fault);
        if (result != WALK_END) {
            process->gone = result == WALK_GONE;
            return result;
        }
    }
    return WALK_END;
}

bool
scan_fleet(struct scan *scan, struct fleet *fleet, struct fault *fault)
{
    enum walk_result result;
    while ((result = scan_all(scan, fleet, fault)) == WALK_GONE) {
        /* What was counted of it cannot be taken back: start again without it. */
        if (!fleet_drop_gone(fleet, fault)) {
            return false;
        }
    }
    if (result != WALK_END) {
        return false;
    }
    return !scan->frames.failed && !scan->swapped.failed ? true : fault_memory(fault);
}

void
scan_free(struct scan *scan)
{
    free(scan->fresh);
    free(scan->gone);
    scan->fresh = scan->gone = NULL;
    frames_free(&scan->frames);
    frames_free(&scan->swapped);
    states_free(&scan->states);
    maps_free(&scan->maps);
}
