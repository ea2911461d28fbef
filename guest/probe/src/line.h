/* Reads commands: lines of bounded length from a file descriptor. */
#ifndef PROBE_LINE_H
#define PROBE_LINE_H

#include <stddef.h>

/* Room for a path of PATH_MAX and the words around it. */
#define LINE_SIZE 8192

enum line_status {
    LINE_OK,
    LINE_LONG, /* did not fit; skipped up to its newline */
    LINE_NUL,  /* holds a zero byte */
    LINE_CUT,  /* input ended before the newline: perhaps not the whole command */
    LINE_END,  /* input ended */
};

struct line_reader {
    int fd;
    char buffer[LINE_SIZE];
    size_t start; /* first byte not yet given away */
    size_t end;
};

/* The next line, without its newline, valid until the next call. */
enum line_status line_next(struct line_reader *reader, char **line);

#endif
