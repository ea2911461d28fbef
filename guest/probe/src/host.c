#include "host.h"

#include <string.h>
#include <sys/utsname.h>

#include "file.h"

/* The word in brackets of a file such as "always [madvise] never" (Documentation/admin-guide/mm/transhuge.rst). */
static void
write_choice(struct json *json, const char *key, const char *path)
{
    char text[256];
    char *start = file_read_small(text, sizeof text, path) ? strchr(text, '[') : NULL;
    char *end = start == NULL ? NULL : strchr(start, ']');
    if (end == NULL) {
        json_null(json, key);
        return;
    }
    *end = '\0';
    json_string(json, key, start + 1);
}

static void
write_number(struct json *json, const char *key, const char *path)
{
    uint64_t value = 0;
    bool known = file_read_number(&value, path);
    json_u64_or_null(json, key, known, value);
}

void
host_write(struct json *json)
{
    char memory[4096];
    uint64_t swap = 0;
    struct utsname name;
    bool named = uname(&name) == 0;
    bool known = file_read_small(memory, sizeof memory, "/proc/meminfo") && text_field(memory, "SwapTotal:", &swap);
    json_string(json, "kernel", named ? name.release : NULL);
    json_string(json, "machine", named ? name.machine : NULL);
    write_choice(json, "thp", "/sys/kernel/mm/transparent_hugepage/enabled");
    write_number(json, "ksmRun", "/sys/kernel/mm/ksm/run");
    write_number(json, "ksmPagesShared", "/sys/kernel/mm/ksm/pages_shared");
    json_u64_or_null(json, "swapBytes", known, swap * 1024);
}
