#include "sample.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "ksm.h"

struct totals {
    uint64_t taken; /* ns since 1970 */
    uint64_t cpu;   /* ns */
    uint64_t page;  /* bytes */
    uint64_t extra; /* pages, see states_finish */
    bool frames_known;
    bool states_known;
    bool pss_known;
    uint32_t *lost; /* for each process and stretch: its lost pages; NULL without a map */
};

static uint64_t
now(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

/* Reads status, and where asked smaps_rollup, of all. Those that have ended are taken out. */
static bool
read_kernel_totals(struct fleet *fleet, bool rollup, struct fault *fault)
{
    for (size_t i = 0; i < fleet->count; i++) {
        struct process *process = &fleet->items[i];
        if (!process_read_status(process)) {
            process->gone = true;
        }
        else if (rollup && !process_read_rollup(process, fault) && !process->gone) {
            return false;
        }
    }
    return fleet_drop_gone(fleet, fault);
}

/* Lost pages by process and stretch. Returns false where malloc refuses. */
static bool
map_losses(const struct scan *scan, const struct fleet *fleet, struct totals *totals)
{
    size_t count = 0;
    struct loss *losses = states_losses(&scan->states, &count);
    totals->lost = calloc(fleet->count * scan->stretches + 1, sizeof *totals->lost);
    for (size_t i = 0; losses != NULL && totals->lost != NULL && i < count; i++) {
        totals->lost[losses[i].process * scan->stretches + scan_stretch(scan, losses[i].column)]++;
    }
    free(losses);
    return losses != NULL && totals->lost != NULL;
}

static bool
measure(struct scan *scan, struct fleet *fleet, bool rollup, struct totals *totals, struct fault *fault)
{
    enum method_kind kind = scan->method->kind;
    totals->page = (uint64_t)sysconf(_SC_PAGESIZE);
    totals->frames_known = kind == METHOD_PFN;
    totals->states_known = kind != METHOD_SMAPS;
    totals->pss_known = rollup || kind == METHOD_SMAPS;
    totals->extra = 0;
    if (!read_kernel_totals(fleet, totals->pss_known, fault)) {
        return false;
    }
    /* Nothing may leave the fleet behind the scan: its counts belong to these processes. */
    if (totals->states_known && !scan_fleet(scan, fleet, fault)) {
        return false;
    }
    if (totals->states_known && !states_finish(&scan->states, fleet, &totals->extra)) {
        return fault_memory(fault);
    }
    /* Which pages are lost is known by frame numbers only. */
    return !totals->frames_known || scan->stretches == 0 || map_losses(scan, fleet, totals) || fault_memory(fault);
}

static bool
has_fraction(const struct scan *scan, const struct totals *totals)
{
    return totals->states_known && scan->p0->count > 0;
}

static void
write_map(struct json *json, const char *key, const uint32_t *cells, size_t stretches)
{
    json_open(json, key, '[');
    for (size_t i = 0; i < stretches; i++) {
        json_u64(json, NULL, cells[i]);
    }
    json_close(json, ']');
}

static void
write_process(struct json *json, const char *key, const struct fleet *fleet, size_t index, const struct scan *scan,
              const struct totals *totals)
{
    const struct process *process = &fleet->items[index];
    json_open(json, key, '{');
    json_u64(json, "pid", (uint64_t)process->pid);
    json_u64(json, "startTime", process->start_time);
    json_u64_or_null(json, "shared", totals->states_known, process->shared);
    json_u64_or_null(json, "lost", totals->states_known, process->lost);
    json_u64_or_null(json, "replaced", totals->states_known, process->replaced);
    json_u64_or_null(json, "absent", totals->states_known, process->absent);
    json_u64_or_null(json, "unread", totals->states_known, process->unread);
    if (has_fraction(scan, totals)) {
        json_fraction(json, "sharedFraction", (double)process->shared / (double)scan->p0->count);
    }
    else {
        json_null(json, "sharedFraction");
    }
    json_u64_or_null(json, "newBytes", totals->states_known, process->fresh * totals->page);
    json_u64(json, "rss", process->rss);
    json_u64_or_null(json, "pss", process->pss_known, process->pss);
    json_u64(json, "pageTableBytes", process->page_table_bytes);
    if (totals->lost != NULL) {
        write_map(json, "lostMap", totals->lost + index * scan->stretches, scan->stretches);
        write_map(json, "goneMap", scan->gone + index * scan->stretches, scan->stretches);
        write_map(json, "newMap", scan->fresh + index * scan->stretches, scan->stretches);
    }
    json_close(json, '}');
}

/* Mean, least and greatest shared fraction of the workers; null without workers or without preloaded pages. */
static void
write_fractions(struct json *json, const struct fleet *fleet, const struct scan *scan, const struct totals *totals)
{
    if (!has_fraction(scan, totals) || fleet->count < 2) {
        json_null(json, "sharedFraction");
        return;
    }
    uint64_t sum = 0;
    uint64_t least = fleet->items[1].shared;
    uint64_t greatest = least;
    for (size_t i = 1; i < fleet->count; i++) {
        uint64_t shared = fleet->items[i].shared;
        sum += shared;
        least = shared < least ? shared : least;
        greatest = shared > greatest ? shared : greatest;
    }
    double pages = (double)scan->p0->count;
    json_open(json, "sharedFraction", '{');
    json_fraction(json, "mean", (double)sum / pages / (double)(fleet->count - 1));
    json_fraction(json, "min", (double)least / pages);
    json_fraction(json, "max", (double)greatest / pages);
    json_close(json, '}');
}

static void
write_fleet(struct json *json, const struct fleet *fleet, const struct scan *scan, const struct totals *totals)
{
    uint64_t bytes = (scan->frames.count + scan->swapped.count) * totals->page;
    uint64_t lost = totals->extra * totals->page;
    uint64_t merged;
    uint64_t pss = 0;
    uint64_t page_tables = 0;
    for (size_t i = 0; i < fleet->count; i++) {
        pss += fleet->items[i].pss;
        page_tables += fleet->items[i].page_table_bytes;
    }
    bool merged_known = ksm_count(totals->frames_known ? &scan->frames : NULL, &merged);
    json_u64_or_null(json, "fleetBytes", totals->frames_known, bytes);
    json_u64_or_null(json, "lostBytes", totals->frames_known, lost);
    /* Pages that KSM merged can be lost at many addresses and still be one frame. */
    json_u64_or_null(json, "idealBytes", totals->frames_known, bytes > lost ? bytes - lost : 0);
    json_u64_or_null(json, "kernelPss", totals->pss_known, pss);
    json_u64(json, "pageTableBytes", page_tables);
    json_u64(json, "masterRss", fleet->items[0].rss);
    json_u64_or_null(json, "zeroFrames", scan->method->zero_known, scan->zero_entries);
    json_u64_or_null(json, "ksmPages", merged_known, merged);
}

static void
write_sample(struct json *json, const struct fleet *fleet, const struct scan *scan, const struct totals *totals)
{
    json_u64(json, "takenNs", totals->taken);
    json_u64(json, "cpuNs", totals->cpu);
    json_string(json, "method", METHOD_NAMES[scan->method->kind]);
    json_u64(json, "pageSize", totals->page);
    json_u64(json, "p0Pages", scan->p0->total);
    write_fleet(json, fleet, scan, totals);
    write_fractions(json, fleet, scan, totals);
    json_open(json, "workers", '[');
    for (size_t i = 1; i < fleet->count; i++) {
        write_process(json, NULL, fleet, i, scan, totals);
    }
    json_close(json, ']');
    write_process(json, "master", fleet, 0, scan, totals);
}

/* Preloaded pages are those of one process; an earlier one may have had the same pid. */
static bool
check_master(const struct p0 *p0, const struct process *master, struct fault *fault)
{
    if (p0->pid == 0 || (p0->pid == master->pid && p0->start_time == master->start_time)) {
        return true;
    }
    char where[64];
    snprintf(where, sizeof where, "/proc/%d", master->pid);
    return fault_set(fault, where, "the preloaded pages were recorded for another process");
}

bool
sample_take(struct scan *scan, int master, struct sample_options options, struct json *json, struct fault *fault)
{
    scan->stretches = options.stretches;
    struct totals totals = {.taken = now(CLOCK_REALTIME)};
    uint64_t started = now(CLOCK_PROCESS_CPUTIME_ID);
    struct fleet fleet;
    if (!fleet_find(&fleet, master, fault)) {
        return false;
    }
    bool taken = check_master(scan->p0, &fleet.items[0], fault) && measure(scan, &fleet, options.rollup, &totals, fault);
    totals.cpu = now(CLOCK_PROCESS_CPUTIME_ID) - started;
    if (taken) {
        write_sample(json, &fleet, scan, &totals);
    }
    /* Who scans for another reason makes no map. */
    scan->stretches = 0;
    free(totals.lost);
    fleet_free(&fleet);
    return taken;
}
