/* Whole small files of /proc and /sys. */
#ifndef PROBE_FILE_H
#define PROBE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct text {
    char *data; /* ends with a zero byte */
    size_t size;
    size_t capacity;
};

/* Reads the whole file into `text`, whose memory is used again. Returns false and sets errno. */
bool file_read(struct text *text, const char *path);

/* Reads a file of at most `size` - 1 bytes; more is cut. Returns false and sets errno. */
bool file_read_small(char *buffer, size_t size, const char *path);

/* The number in a file such as /sys/kernel/mm/ksm/run. Returns false where there is none. */
bool file_read_number(uint64_t *value, const char *path);

/* The number behind `name` at the start of a line ("VmRSS:  12 kB" gives 12). Returns false where there is none. */
bool text_field(const char *text, const char *name, uint64_t *value);

#endif
