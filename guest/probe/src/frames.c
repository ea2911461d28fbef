#include "frames.h"

#include <stdlib.h>
#include <string.h>

static bool
grow(struct frames *frames, uint64_t index)
{
    if (index < frames->block_count) {
        return true;
    }
    if (index >= SIZE_MAX / sizeof *frames->blocks / 2) {
        return false;
    }
    size_t wanted = (size_t)index + 1;
    uint64_t **blocks = realloc(frames->blocks, wanted * sizeof *blocks);
    if (blocks == NULL) {
        return false;
    }
    memset(blocks + frames->block_count, 0, (wanted - frames->block_count) * sizeof *blocks);
    frames->blocks = blocks;
    frames->block_count = wanted;
    return true;
}

uint64_t *
frames_block(struct frames *frames, uint64_t index)
{
    uint64_t *block = grow(frames, index) ? calloc(FRAMES_BLOCK_WORDS, sizeof *block) : NULL;
    if (block == NULL) {
        frames->failed = true;
        return NULL;
    }
    frames->blocks[index] = block;
    return block;
}

void
frames_clear(struct frames *frames)
{
    for (size_t i = 0; i < frames->block_count; i++) {
        if (frames->blocks[i] != NULL) {
            memset(frames->blocks[i], 0, FRAMES_BLOCK_WORDS * sizeof **frames->blocks);
        }
    }
    frames->count = 0;
    frames->failed = false;
}

void
frames_free(struct frames *frames)
{
    for (size_t i = 0; i < frames->block_count; i++) {
        free(frames->blocks[i]);
    }
    free(frames->blocks);
    *frames = (struct frames){0};
}
