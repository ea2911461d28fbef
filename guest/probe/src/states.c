#include "states.h"

#include <stdlib.h>
#include <string.h>

/* A frame at an address that more than one process may have. */
struct group {
    uint64_t key;
    uint32_t column;
    uint32_t users; /* 0: the slot is free */
};

struct table {
    struct group *slots;
    size_t mask;
    size_t count; /* groups in it */
};

bool
states_begin(struct states *states, size_t columns)
{
    if (columns > UINT32_MAX) {
        return false;
    }
    if (columns > states->capacity) {
        free(states->keys);
        free(states->owners);
        states->keys = malloc(columns * sizeof *states->keys);
        states->owners = malloc(columns * sizeof *states->owners);
        states->capacity = states->keys == NULL || states->owners == NULL ? 0 : columns;
        if (states->capacity == 0) {
            return false;
        }
    }
    if (columns > 0) {
        memset(states->keys, 0, columns * sizeof *states->keys);
    }
    states->count = columns;
    states->first.count = 0;
    states->again.count = 0;
    states->failed = false;
    return true;
}

void
states_free(struct states *states)
{
    free(states->keys);
    free(states->owners);
    free(states->first.items);
    free(states->again.items);
    *states = (struct states){0};
}

void
states_add_copy(struct states *states, const struct copy *copy, bool new)
{
    struct copies *copies = new ? &states->first : &states->again;
    if (copies->count == copies->capacity) {
        size_t capacity = copies->capacity * 2 + 4096;
        struct copy *items = realloc(copies->items, capacity * sizeof *items);
        if (items == NULL) {
            states->failed = true;
            return;
        }
        copies->items = items;
        copies->capacity = capacity;
    }
    copies->items[copies->count++] = *copy;
}

/* Half of the slots stay free. */
static bool
table_make(struct table *table, size_t groups)
{
    size_t slots = 16;
    while (slots < groups * 2) {
        slots *= 2;
    }
    *table = (struct table){.slots = calloc(slots, sizeof *table->slots), .mask = slots - 1};
    return table->slots != NULL;
}

/* The slot of a frame at an address: its own, or a free one. */
static struct group *
table_find(const struct table *table, const struct copy *copy)
{
    uint64_t hash = (copy->key ^ (uint64_t)copy->column << 20) * 0x9e3779b97f4a7c15u;
    for (size_t slot = (size_t)(hash >> 24) & table->mask;; slot = (slot + 1) & table->mask) {
        struct group *group = &table->slots[slot];
        if (group->users == 0 || (group->key == copy->key && group->column == copy->column)) {
            return group;
        }
    }
}

static void
collect(struct table *table, const struct copies *again)
{
    for (size_t i = 0; i < again->count; i++) {
        struct group *group = table_find(table, &again->items[i]);
        table->count += group->users == 0;
        *group = (struct group){again->items[i].key, again->items[i].column, group->users + 1};
    }
}

/* Counts the first user of each group in. Returns the copies that belong to no group: their frame was never met
   again. */
static uint64_t
join_first(struct table *table, const struct copies *first)
{
    uint64_t alone = 0;
    for (size_t i = 0; i < first->count; i++) {
        struct group *group = table_find(table, &first->items[i]);
        alone += group->users == 0;
        group->users += group->users > 0;
    }
    return alone;
}

/* Copies that several processes have are shared after all. */
static void
settle(const struct table *table, const struct copies *copies, struct fleet *fleet)
{
    for (size_t i = 0; i < copies->count; i++) {
        if (table_find(table, &copies->items[i])->users > 1) {
            fleet->items[copies->items[i].process].lost--;
            fleet->items[copies->items[i].process].shared++;
        }
    }
}

static bool
settle_copies(struct states *states, struct fleet *fleet, uint64_t *extra)
{
    struct table table;
    *extra = states->first.count;
    if (states->again.count == 0) {
        return true;
    }
    if (!table_make(&table, states->again.count)) {
        return false;
    }
    collect(&table, &states->again);
    *extra = join_first(&table, &states->first) + table.count;
    settle(&table, &states->first, fleet);
    settle(&table, &states->again, fleet);
    free(table.slots);
    return true;
}

/* Whether one process has the frame of the column for itself. */
static bool
is_alone(const struct states *states, size_t at)
{
    return states->keys[at] != 0 && (states->keys[at] & KEY_SHARED) == 0;
}

bool
states_finish(struct states *states, struct fleet *fleet, uint64_t *extra)
{
    for (size_t i = 0; i < states->count; i++) {
        if (is_alone(states, i)) {
            fleet->items[states->owners[i]].shared--;
            fleet->items[states->owners[i]].lost++;
        }
    }
    return settle_copies(states, fleet, extra) && !states->failed;
}

static int
compare_losses(const void *a, const void *b)
{
    const struct loss *left = a;
    const struct loss *right = b;
    if (left->process != right->process) {
        return left->process < right->process ? -1 : 1;
    }
    return left->column < right->column ? -1 : left->column > right->column;
}

/* The copies that no other process has. */
static size_t
add_losses(struct loss *losses, size_t count, const struct table *table, const struct copies *copies)
{
    for (size_t i = 0; i < copies->count; i++) {
        const struct copy *copy = &copies->items[i];
        if (table_find(table, copy)->users <= 1) {
            losses[count++] = (struct loss){.process = copy->process, .column = copy->column};
        }
    }
    return count;
}

struct loss *
states_losses(const struct states *states, size_t *count)
{
    struct table table;
    struct loss *losses = malloc((states->count + states->first.count + states->again.count + 1) * sizeof *losses);
    if (losses == NULL || !table_make(&table, states->again.count)) {
        free(losses);
        return NULL;
    }
    collect(&table, &states->again);
    join_first(&table, &states->first);
    *count = 0;
    for (size_t i = 0; i < states->count; i++) {
        if (is_alone(states, i)) {
            losses[(*count)++] = (struct loss){.process = states->owners[i], .column = (uint32_t)i};
        }
    }
    *count = add_losses(losses, *count, &table, &states->first);
    *count = add_losses(losses, *count, &table, &states->again);
    free(table.slots);
    qsort(losses, *count, sizeof *losses, compare_losses);
    return losses;
}
