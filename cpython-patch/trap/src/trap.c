/*
 * LD_PRELOAD: in every process that comes from fork(), pages that it shares
 * with its parent lose the right to be written.  The first write to each is
 * logged with its backtrace; then the page is as it was.
 *
 * MAJEK_TRAP names the folder of the logs, a file for each process id.
 */
#include "trap.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <unwind.h>

#include "log.h"
#include "pages.h"

#define STACK_BYTES ((size_t)256 * 1024)

/* All that the trap writes to after its start, apart from everything else of the process. */
struct state {
    struct pages tables[2];
    struct pages *armed; /* of this process; the other table is for the next child */
    struct pages *next;
    pid_t process;
    _Alignas(4096) char stack[STACK_BYTES];
    _Alignas(4096) struct log log; /* the file takes its place */
};

static struct state *state;
static const char *folder;

/* What the unwinder hands on from frame to frame. */
struct trace {
    struct record *record;
    bool interrupted; /* past the handler's own frames */
};

static void
fail(const char *what)
{
    static const char prefix[] = "majek-trap: ";
    (void)!write(2, prefix, sizeof prefix - 1);
    (void)!write(2, what, strlen(what));
    (void)!write(2, "\n", 1);
    _exit(70);
}

static _Unwind_Reason_Code
add_frame(struct _Unwind_Context *context, void *argument)
{
    struct trace *trace = argument;
    int exact = 0;
    uintptr_t address = _Unwind_GetIPInfo(context, &exact);
    if (address == 0) {
        return _URC_END_OF_STACK;
    }
    trace->interrupted = trace->interrupted || exact;
    if (trace->interrupted) {
        /* A return address may be that of the next function already. */
        trace->record->frames[trace->record->depth++] = exact ? address : address - 1;
    }
    return trace->record->depth == FRAMES_MOST ? _URC_END_OF_STACK : _URC_NO_REASON;
}

static void
log_write(const void *address)
{
    struct log *log = &state->log;
    uint64_t index = __atomic_fetch_add(&log->count, 1, __ATOMIC_RELAXED);
    if (index >= RECORDS_MOST) {
        return;
    }
    struct record *record = &log->records[index];
    record->address = (uint64_t)(uintptr_t)address;
    struct trace trace = {record, false};
    _Unwind_Backtrace(add_frame, &trace);
}

/* Somebody else's fault ends the process as ever: the instruction runs again. */
static void
on_fault(int number, siginfo_t *info, void *context)
{
    (void)context;
    if (info->si_code != SEGV_ACCERR || !pages_disarm(state->armed, info->si_addr)) {
        signal(number, SIG_DFL);
        return;
    }
    /* In a child that is still within fork() the log is that of its parent. */
    if (state->process == getpid()) {
        log_write(info->si_addr);
    }
}

static void
open_log(void)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%ld", folder, (long)getpid());
    int file = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    size_t size = sizeof state->log;
    if (file < 0 || ftruncate(file, (off_t)size) != 0) {
        fail("cannot make a log in the folder MAJEK_TRAP");
    }
    int prot = PROT_READ | PROT_WRITE;
    if (mmap(&state->log, size, prot, MAP_SHARED | MAP_FIXED, file, 0) == MAP_FAILED) {
        fail("cannot map the log");
    }
    close(file);
}

static void
catch_faults(void)
{
    stack_t stack = {.ss_sp = state->stack, .ss_size = sizeof state->stack};
    struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigfillset(&action.sa_mask); /* a handler of Python's would run on our small stack */
    if (sigaltstack(&stack, NULL) != 0 || sigaction(SIGSEGV, &action, NULL) != 0) {
        fail("cannot catch SIGSEGV");
    }
}

/* In the parent, right before a fork. */
static void
before_fork(void)
{
    if (!pages_read(state->next, state->armed, state, sizeof *state)) {
        fail("cannot read /proc/self/maps and pagemap");
    }
}

/* In the child, last thing in fork(). */
static void
after_fork(void)
{
    struct pages *pages = state->next;
    open_log();
    catch_faults();
    state->next = state->armed;
    state->armed = pages;
    state->process = getpid();
    pages_arm(pages);
    state->log.protected_pages = pages->count;
    state->log.stack_pages = pages->left_out[LEFT_STACK];
    state->log.tls_pages = pages->left_out[LEFT_TLS];
    state->log.own_pages = pages->left_out[LEFT_OWN];
    state->log.failed_pages = pages->failed;
    state->log.magic = LOG_MAGIC;
}

void
trap_touch(void *buffer, size_t length)
{
    char *end = (char *)buffer + length;
    for (char *byte = buffer; state != NULL && byte < end;) {
        if (pages_armed(state->armed, byte)) {
            *(volatile char *)byte = *(volatile char *)byte;
        }
        byte = (char *)(((uintptr_t)byte & ~(PAGE_BYTES - 1)) + PAGE_BYTES);
    }
}

__attribute__((constructor)) static void
start(void)
{
    folder = getenv("MAJEK_TRAP");
    if (folder == NULL) {
        return;
    }
    if ((uintptr_t)sysconf(_SC_PAGESIZE) != PAGE_BYTES) {
        fail("pages of another size than 4 KiB");
    }
    struct state *memory = mmap(NULL, sizeof *state, PROT_READ | PROT_WRITE,
                                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED || pthread_atfork(before_fork, NULL, after_fork) != 0) {
        fail("out of memory");
    }
    memory->armed = &memory->tables[0];
    memory->next = &memory->tables[1];
    state = memory;
    log_write(NULL); /* the unwinder makes its tables the first time */
    state->log.count = 0;
}
