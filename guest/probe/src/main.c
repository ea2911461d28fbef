/* majek-probe: reads the page tables of a fleet, driven line by line over stdin. README.md has the protocol. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "line.h"

enum { EXIT_OUTPUT = 1, EXIT_USAGE = 2 };

/* Returns false where nobody reads any more. */
static bool
write_all(const char *data, size_t size)
{
    while (size > 0) {
        ssize_t count = write(STDOUT_FILENO, data, size);
        if (count < 0 && errno != EINTR) {
            return false;
        }
        data += count > 0 ? count : 0;
        size -= count > 0 ? (size_t)count : 0;
    }
    return true;
}

static void
build_failure(struct json *json, const struct fault *fault)
{
    json_reset(json);
    json_open(json, NULL, '{');
    json_bool(json, "ok", false);
    json_string(json, "error", fault->error);
    json_string(json, "where", fault->where);
    json_close(json, '}');
}

static const char *
line_problem(enum line_status status)
{
    switch (status) {
    case LINE_LONG:
        return "the line is too long";
    case LINE_NUL:
        return "the line holds a zero byte";
    default:
        return "input ended within the line";
    }
}

/* Builds the answer to one line. */
static void
answer(struct probe *probe, enum line_status status, char *line, struct json *json)
{
    struct fault fault = {.error = "", .where = ""};
    json_reset(json);
    json_open(json, NULL, '{');
    json_bool(json, "ok", true);
    bool done = status == LINE_OK ? command_run(probe, line, json, &fault)
                                  : fault_set(&fault, "stdin", line_problem(status));
    json_close(json, '}');
    if (done && json->failed) {
        done = fault_memory(&fault);
    }
    if (!done) {
        build_failure(json, &fault);
    }
}

static int
serve(struct probe *probe)
{
    static struct line_reader reader = {.fd = STDIN_FILENO};
    struct json json = {0};
    int code = EXIT_SUCCESS;
    enum line_status status;
    char *line = NULL;
    while (!probe->quit && code == EXIT_SUCCESS && (status = line_next(&reader, &line)) != LINE_END) {
        answer(probe, status, line, &json);
        bool sent = !json.failed && write_all(json.data, json.size) && write_all("\n", 1);
        code = sent ? EXIT_SUCCESS : EXIT_OUTPUT;
    }
    json_free(&json);
    return code;
}

/* The name behind --method, NULL without options. Ends the program where the options are wrong. */
static const char *
parse_options(int argc, char **argv)
{
    if (argc == 1) {
        return NULL;
    }
    if (argc == 3 && strcmp(argv[1], "--method") == 0) {
        return argv[2];
    }
    fprintf(stderr, "usage: majek-probe [--method pfn|exclusive|smaps]\n");
    exit(EXIT_USAGE);
}

int
main(int argc, char **argv)
{
    static struct probe probe;
    const char *forced = parse_options(argc, argv);
    /* A reader that leaves its FIFO or our output must not end us without a word. */
    signal(SIGPIPE, SIG_IGN);
    if (!method_detect(&probe.method, forced)) {
        fprintf(stderr, "majek-probe: no method %s: pfn, exclusive or smaps\n", forced);
        return EXIT_USAGE;
    }
    probe.scan.method = &probe.method;
    probe.scan.p0 = &probe.p0;
    int code = serve(&probe);
    scan_free(&probe.scan);
    losses_free(&probe.losses);
    contents_free(&probe.contents);
    p0_free(&probe.p0);
    return code;
}
