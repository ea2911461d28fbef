#include "line.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

/* Reads more behind what is there. Returns false at the end of input. */
static bool
fill(struct line_reader *reader)
{
    memmove(reader->buffer, reader->buffer + reader->start, reader->end - reader->start);
    reader->end -= reader->start;
    reader->start = 0;
    ssize_t count;
    do {
        count = read(reader->fd, reader->buffer + reader->end, sizeof reader->buffer - reader->end);
    } while (count < 0 && errno == EINTR);
    if (count <= 0) {
        return false;
    }
    reader->end += (size_t)count;
    return true;
}

/* The newline that ends the current line, or NULL at the end of input. `*cut` tells whether bytes were thrown away. */
static char *
find_newline(struct line_reader *reader, bool *cut)
{
    for (;;) {
        char *newline = memchr(reader->buffer + reader->start, '\n', reader->end - reader->start);
        if (newline != NULL) {
            return newline;
        }
        if (reader->end - reader->start == sizeof reader->buffer) {
            reader->start = reader->end = 0;
            *cut = true;
        }
        if (!fill(reader)) {
            return NULL;
        }
    }
}

enum line_status
line_next(struct line_reader *reader, char **line)
{
    bool cut = false;
    char *newline = find_newline(reader, &cut);
    if (newline == NULL) {
        bool rest = cut || reader->end > reader->start;
        reader->start = reader->end = 0;
        return rest ? LINE_CUT : LINE_END;
    }
    *line = reader->buffer + reader->start;
    size_t length = (size_t)(newline - *line);
    reader->start += length + 1;
    *newline = '\0';
    if (cut) {
        return LINE_LONG;
    }
    if (strlen(*line) != length) {
        return LINE_NUL;
    }
    if (length > 0 && newline[-1] == '\r') {
        newline[-1] = '\0';
    }
    return LINE_OK;
}
