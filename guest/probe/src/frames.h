/* A set of frame numbers or swap entries: bitmaps of 2^18 keys that are made when a key falls into them. */
#ifndef PROBE_FRAMES_H
#define PROBE_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FRAMES_BLOCK_BITS 18
#define FRAMES_BLOCK_WORDS ((size_t)1 << (FRAMES_BLOCK_BITS - 6))

struct frames {
    uint64_t **blocks; /* NULL where no key was added */
    size_t block_count;
    uint64_t count; /* keys in the set */
    bool failed;    /* malloc refused: the count is too low */
};

/* Makes the block of a key; NULL where malloc refuses. */
uint64_t *frames_block(struct frames *frames, uint64_t index);

/* Empties the set, keeps the memory. */
void frames_clear(struct frames *frames);
void frames_free(struct frames *frames);

/* Adds a key. Returns whether it is new. */
static inline bool
frames_add(struct frames *frames, uint64_t key)
{
    uint64_t index = key >> FRAMES_BLOCK_BITS;
    uint64_t *block = index < frames->block_count ? frames->blocks[index] : NULL;
    if (block == NULL && (block = frames_block(frames, index)) == NULL) {
        return false;
    }
    uint64_t *word = &block[(key >> 6) & (FRAMES_BLOCK_WORDS - 1)];
    uint64_t bit = (uint64_t)1 << (key & 63);
    bool new = (*word & bit) == 0;
    frames->count += new;
    *word |= bit;
    return new;
}

#endif
