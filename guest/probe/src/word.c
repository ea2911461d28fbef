#include "word.h"

#include <errno.h>
#include <unistd.h>

#include "contents.h"
#include "process.h"

/* Returns false where the process is gone, or has nothing at the address. */
static bool
read_word(int pid, uint64_t address, uint64_t *value)
{
    struct fault unread;
    int fd = contents_open(pid, &unread);
    if (fd < 0) {
        return false;
    }
    ssize_t got = pread(fd, value, sizeof *value, (off_t)address);
    close(fd);
    return got == (ssize_t)sizeof *value;
}

bool
word_write(int master, uint64_t address, struct json *json, struct fault *fault)
{
    struct fleet fleet;
    if (!fleet_find(&fleet, master, fault)) {
        return false;
    }
    json_open(json, "values", '[');
    for (size_t i = 0; i < fleet.count; i++) {
        uint64_t value;
        if (read_word(fleet.items[i].pid, address, &value)) {
            json_open(json, NULL, '{');
            json_u64(json, "pid", (uint64_t)fleet.items[i].pid);
            json_u64(json, "value", value);
            json_close(json, '}');
        }
    }
    json_close(json, ']');
    fleet_free(&fleet);
    return true;
}
