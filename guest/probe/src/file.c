#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool
reserve(struct text *text, size_t capacity)
{
    if (text->capacity >= capacity) {
        return true;
    }
    char *data = realloc(text->data, capacity);
    if (data == NULL) {
        return false;
    }
    text->data = data;
    text->capacity = capacity;
    return true;
}

/* Reads on until the end of the file. Returns false and sets errno. */
static bool
drain(struct text *text, int fd)
{
    text->size = 0;
    for (;;) {
        /* A file of /proc hands out few pages a call, whatever the buffer: double rather than guess. */
        if (!reserve(text, text->size * 2 + 65536)) {
            return false;
        }
        ssize_t count = read(fd, text->data + text->size, text->capacity - text->size - 1);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            text->data[text->size] = '\0';
            return count == 0;
        }
        text->size += (size_t)count;
    }
}

bool
file_read(struct text *text, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    bool done = drain(text, fd);
    int number = errno;
    close(fd);
    errno = number;
    return done;
}

bool
file_read_small(char *buffer, size_t size, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    ssize_t count = read(fd, buffer, size - 1);
    int number = errno;
    close(fd);
    errno = number;
    buffer[count > 0 ? count : 0] = '\0';
    return count >= 0;
}

bool
file_read_number(uint64_t *value, const char *path)
{
    char buffer[32];
    if (!file_read_small(buffer, sizeof buffer, path) || buffer[0] < '0' || buffer[0] > '9') {
        return false;
    }
    *value = strtoull(buffer, NULL, 10);
    return true;
}

bool
text_field(const char *text, const char *name, uint64_t *value)
{
    size_t length = strlen(name);
    for (const char *line = text; line != NULL && *line != '\0';) {
        if (strncmp(line, name, length) == 0) {
            *value = strtoull(line + length, NULL, 10);
            return true;
        }
        line = strchr(line, '\n');
        line = line == NULL ? NULL : line + 1;
    }
    return false;
}
