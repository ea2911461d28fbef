/* What became of each preloaded page in each process of the fleet.

   A column stands for one preloaded page. Nearly all processes have the same frame there, so a column keeps the frame
   of the first process and whether another has it; only what differs is put down one by one. What is looked at for each
   page of each process is 8 bytes, which are not written to again: all of them should stay in the processor's cache. */
#ifndef PROBE_STATES_H
#define PROBE_STATES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pagemap.h"
#include "process.h"

/* In the key of a column: another process has the frame, too. No bit of ENTRY_KEY. */
#define KEY_SHARED ((uint64_t)1 << 60)

/* A frame that differs from its column's. */
struct copy {
    uint64_t key;
    uint32_t column;
    uint32_t process;
};

struct copies {
    struct copy *items;
    size_t count;
    size_t capacity;
};

struct states {
    uint64_t *keys;   /* of each column: page table entry (see ENTRY_KEY) of the first process that has one; 0: none */
    uint32_t *owners; /* and that process: index into the fleet */
    size_t capacity;
    size_t count;
    struct copies first; /* the frame was met for the first time anywhere in the fleet */
    struct copies again; /* it was met before, here or at another address */
    bool failed;         /* malloc refused: the counts are wrong */
};

/* Forgets everything and makes room. Returns false where malloc refuses. */
bool states_begin(struct states *states, size_t columns);
void states_free(struct states *states);

/* Within this file's inline function: puts down a frame that differs. */
void states_add_copy(struct states *states, const struct copy *copy, bool new);

/* Whether the frame of a further process is the column's. Then it is shared for now; states_finish corrects what later
   processes changed. */
static inline bool
states_match(uint64_t *keys, size_t at, uint64_t key)
{
    uint64_t known = keys[at];
    if (known == 0 || (known & ~KEY_SHARED) != key) {
        return false;
    }
    if ((known & KEY_SHARED) == 0) {
        keys[at] = known | KEY_SHARED;
    }
    return true;
}

/* Counts process number `index` in where its frame is not the column's. Processes come in order. `new` is whether the
   fleet was not known to have that frame. */
static inline void
states_differ(struct states *states, struct process *process, uint32_t index, size_t at, uint64_t key, bool new)
{
    if (states->keys[at] == 0) {
        states->keys[at] = key;
        states->owners[at] = index;
        process->shared++;
        return;
    }
    struct copy copy = {.key = key, .column = (uint32_t)at, .process = index};
    process->lost++;
    states_add_copy(states, &copy, new);
}

/* Without frame numbers: the master has a file's page there. */
static inline void
states_keep_file(struct states *states, size_t at)
{
    states->keys[at] = ENTRY_FILE | KEY_SHARED; /* nobody's alone, so that states_finish leaves it */
    states->owners[at] = 0;
}

/* Settles shared and lost pages of all processes. `*extra` becomes the sum over the columns of (distinct frames - 1):
   the pages that would not exist had nobody copied one. Returns false where malloc refuses, now or before. */
bool states_finish(struct states *states, struct fleet *fleet, uint64_t *extra);

/* A preloaded page that a process has lost. */
struct loss {
    uint32_t process; /* index into the fleet */
    uint32_t column;  /* index into the preloaded pages */
};

/* Every lost page, by process and address; to be freed. Returns NULL where malloc refuses. The counts of states_finish
   are of the same pages. */
struct loss *states_losses(const struct states *states, size_t *count);

#endif
