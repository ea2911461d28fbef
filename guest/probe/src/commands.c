#include "commands.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host.h"
#include "inroot.h"
#include "regions.h"
#include "sample.h"
#include "word.h"

/* PID_MAX_LIMIT of include/linux/threads.h on 64 bits. */
#define LARGEST_PID 4194304L

/* What the gate of the fleet takes: go on to the fork, or write the object map first (guest/harness/README.md). */
#define RELEASE '\n'
#define WRITE_MAP 'm'

/* Most bytes of a file in one answer. */
#define READ_BYTES ((size_t)1 << 18)

/* Most parts of a map. */
#define MOST_STRETCHES 512u

static bool
parse_pid(const char *text, int *pid, struct fault *fault)
{
    long value = 0;
    const char *digit = text;
    for (; *digit >= '0' && *digit <= '9' && value <= LARGEST_PID; digit++) {
        value = value * 10 + (*digit - '0');
    }
    if (digit == text || *digit != '\0' || value < 1 || value > LARGEST_PID) {
        return fault_set(fault, text, "not a process id");
    }
    *pid = (int)value;
    return true;
}

/* Cuts the text at its first or last blank. Returns what is behind it, or NULL without a blank. */
static char *
cut(char *text, bool last)
{
    char *blank = last ? strrchr(text, ' ') : strchr(text, ' ');
    if (blank == NULL) {
        return NULL;
    }
    *blank = '\0';
    return blank + 1;
}

static bool
check_method(const struct probe *probe, struct fault *fault)
{
    return probe->method.usable ? true : fault_set(fault, METHOD_NAMES[probe->method.kind], probe->method.reason);
}

static bool
run_hello(struct probe *probe, char *arguments, struct json *json, struct fault *fault)
{
    if (arguments != NULL) {
        return fault_set(fault, arguments, "usage: hello");
    }
    const char *reason = probe->method.reason[0] == '\0' ? NULL : probe->method.reason;
    json_string(json, "probe", "majek-probe");
    json_u64(json, "protocol", 1);
    json_string(json, "method", METHOD_NAMES[probe->method.kind]);
    json_string(json, "reason", reason);
    json_u64(json, "pageSize", (uint64_t)sysconf(_SC_PAGESIZE));
    host_write(json);
    return true;
}

static bool
run_p0(struct probe *probe, char *arguments, struct json *json, struct fault *fault)
{
    int pid;
    if (arguments == NULL) {
        return fault_set(fault, "p0", "usage: p0 PID");
    }
    contents_free(&probe->contents);
    losses_free(&probe->losses);
    if (!parse_pid(arguments, &pid, fault) || !check_method(probe, fault)
        || !p0_record(&probe->p0, pid, &probe->method, fault)) {
        return false;
    }
    struct process master;
    if (!process_find(&master, pid) || !process_read_status(&master)) {
        return fault_set(fault, "/proc", "the master ended");
    }
    json_u64(json, "p0Pages", probe->p0.total);
    json_u64(json, "p0Bytes", probe->p0.total * (uint64_t)sysconf(_SC_PAGESIZE));
    json_u64(json, "masterRss", master.rss);
    return regions_write(&probe->p0, json) || fault_memory(fault);
}

/* A whole number at the start of the arguments, which then begin behind it. */
static bool
cut_number(char **arguments, uint64_t *value, const char *usage, struct fault *fault)
{
    char *end = NULL;
    char *text = *arguments;
    if (text == NULL || *text < '0' || *text > '9') {
        return fault_set(fault, text == NULL ? "" : text, usage);
    }
    *value = strtoull(text, &end, 10);
    if (*end != '\0' && *end != ' ') {
        return fault_set(fault, text, usage);
    }
    *arguments = *end == ' ' ? end + 1 : NULL;
    return true;
}

/* "rollup", "map STRETCHES", both in this order, or nothing. */
static bool
parse_sample_options(char *text, struct sample_options *options, struct fault *fault)
{
    const char *usage = "usage: sample PID [rollup] [map STRETCHES], at most 512";
    uint64_t stretches = 0;
    if (text == NULL) {
        return true;
    }
    char *rest = cut(text, false);
    if (strcmp(text, "rollup") == 0) {
        options->rollup = true;
        if (rest == NULL) {
            return true;
        }
        text = rest;
        rest = cut(text, false);
    }
    if (strcmp(text, "map") != 0 || !cut_number(&rest, &stretches, usage, fault) || rest != NULL || stretches == 0
        || stretches > MOST_STRETCHES) {
        return fault_set(fault, text, usage);
    }
    options->stretches = (size_t)stretches;
    return true;
}

static bool
run_sample(struct probe *probe, char *arguments, struct json *json, struct fault *fault)
{
    int pid;
    struct sample_options options = {.rollup = false};
    char *text = arguments == NULL ? NULL : cut(arguments, false);
    if (arguments == NULL) {
        return fault_set(fault, "sample", "usage: sample PID [rollup] [map STRETCHES]");
    }
    return parse_sample_options(text, &options, fault) && parse_pid(arguments, &pid, fault)
           && check_method(probe, fault) && sample_take(&probe->scan, pid, options, json, fault);
}

static bool
run_word(struct probe *probe, char *arguments, struct json *json, struct fault *fault)
{
    const char *usage = "usage: word ADDRESS PID";
    uint64_t address = 0;
    int pid;
    (void)probe;
    if (!cut_number(&arguments, &address, usage, fault) || arguments == NULL) {
        return fault_set(fault, "word", usage);
    }
    return parse_pid(arguments, &pid, fault) && word_write(pid, address, json, fault);
}

/* "PATH PID": the path may hold blanks. */
static bool
parse_place(char *arguments, const char *usage, int *pid, struct fault *fault)
{
    char *last = arguments == NULL ? NULL : cut(arguments, true);
    if (last == NULL || arguments[0] != '/') {
        return fault_set(fault, arguments == NULL ? "" : arguments, usage);
    }
    return parse_pid(last, pid, fault);
}

static bool
run_release(struct probe *probe, char *arguments, struct json *json, struct fault *fault)
{
    int pid;
    (void)probe;
    (void)json;
    return parse_place(arguments, "usage: release PATH PID", &pid, fault)
           && inroot_release(pid, arguments, RELEASE, fault);
}

static bool
run_map(struct probe *probe, char *arguments, struct json *json, struct fault *fault)
{
    int pid;
    (void)probe;
    (void)json;
    return parse_place(arguments, "usage: map PATH PID", &pid, fault)
           && inroot_release(pid, arguments, WRITE_MAP, fault);
}

static bool
run_read(struct probe *probe, char *arguments, struct json *json, struct fault *fault)
{
    static unsigned char bytes[READ_BYTES];
    const char *usage = "usage: read OFFSET PATH PID";
    int pid;
    uint64_t offset = 0;
    size_t count = 0;
    (void)probe;
    if (!cut_number(&arguments, &offset, usage, fault) || !parse_place(arguments, usage, &pid, fault)
        || !inroot_read(pid, arguments, offset, bytes, sizeof bytes, &count, fault)) {
        return false;
    }
    json_u64(json, "bytes", count);
    json_base64(json, "data", bytes, count);
    return true;
}

static bool
run_save(struct probe *probe, char *arguments, struct json *json, struct fault *fault)
{
    if (arguments != NULL) {
        return fault_set(fault, arguments, "usage: save");
    }
    if (!contents_save(&probe->contents, &probe->p0, fault)) {
        return false;
    }
    contents_write_segments(&probe->p0, json);
    return true;
}

/* "FIRST COUNT", and nothing behind. */
static bool
parse_span(char *arguments, uint64_t *first, uint64_t *count, const char *usage, struct fault *fault)
{
    if (!cut_number(&arguments, first, usage, fault) || !cut_number(&arguments, count, usage, fault)) {
        return false;
    }
    return arguments == NULL ? true : fault_set(fault, arguments, usage);
}

static bool
run_saved(struct probe *probe, char *arguments, struct json *json, struct fault *fault)
{
    uint64_t first = 0;
    uint64_t count = 0;
    return parse_span(arguments, &first, &count, "usage: saved FIRST COUNT", fault)
           && contents_write(&probe->contents, &probe->p0, first, count, json, fault);
}

static bool
run_lost(struct probe *probe, char *arguments, struct json *json, struct fault *fault)
{
    int pid;
    if (arguments == NULL) {
        return fault_set(fault, "lost", "usage: lost PID");
    }
    return parse_pid(arguments, &pid, fault) && check_method(probe, fault)
           && losses_find(&probe->losses, &probe->scan, pid, json, fault);
}

static bool
run_changes(struct probe *probe, char *arguments, struct json *json, struct fault *fault)
{
    uint64_t first = 0;
    uint64_t count = 0;
    return parse_span(arguments, &first, &count, "usage: changes FIRST COUNT", fault)
           && losses_write(&probe->losses, &probe->contents, &probe->p0, first, count, json, fault);
}

static bool
run_statfs(struct probe *probe, char *arguments, struct json *json, struct fault *fault)
{
    int pid;
    uint64_t used;
    uint64_t total;
    (void)probe;
    if (!parse_place(arguments, "usage: statfs PATH PID", &pid, fault)
        || !inroot_statfs(pid, arguments, &used, &total, fault)) {
        return false;
    }
    json_u64(json, "usedBytes", used);
    json_u64(json, "totalBytes", total);
    return true;
}

static bool
run_quit(struct probe *probe, char *arguments, struct json *json, struct fault *fault)
{
    (void)json;
    if (arguments != NULL) {
        return fault_set(fault, arguments, "usage: quit");
    }
    probe->quit = true;
    return true;
}

static const struct {
    const char *name;
    bool (*run)(struct probe *, char *, struct json *, struct fault *);
} COMMANDS[] = {
    {"hello", run_hello},     {"p0", run_p0},     {"sample", run_sample}, {"release", run_release},
    {"statfs", run_statfs},   {"map", run_map},   {"read", run_read},     {"save", run_save},
    {"saved", run_saved},     {"lost", run_lost}, {"changes", run_changes}, {"word", run_word},
    {"quit", run_quit},
};

bool
command_run(struct probe *probe, char *line, struct json *json, struct fault *fault)
{
    char *arguments = cut(line, false);
    for (size_t i = 0; i < sizeof COMMANDS / sizeof *COMMANDS; i++) {
        if (strcmp(line, COMMANDS[i].name) == 0) {
            return COMMANDS[i].run(probe, arguments, json, fault);
        }
    }
    return fault_set(fault, line, "unknown command: README.md lists them");
}
