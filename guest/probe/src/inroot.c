#define _GNU_SOURCE /* O_PATH */
#include "inroot.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#define RETRY_MILLISECONDS 5
#define RETRIES 1000

/* Opens /proc/PID/root, which needs CAP_SYS_PTRACE where the process belongs to another user (proc(5)). */
static int
open_root(int pid, struct fault *fault)
{
    char root[64];
    snprintf(root, sizeof root, "/proc/%d/root", pid);
    int fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        fault_errno(fault, root, errno);
    }
    return fd;
}

/* openat2(2), Linux 5.6: an absolute link in the fleet's files must not lead into the probe's own. */
static int
open_below(int root, const char *path, uint64_t flags)
{
    struct open_how how = {
        .flags = flags | O_CLOEXEC,
        .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
    };
    return (int)syscall(SYS_openat2, root, path, &how, sizeof how);
}

static bool
write_byte(int fd, const char *path, char byte, struct fault *fault)
{
    struct stat status;
    if (fstat(fd, &status) != 0) {
        return fault_errno(fault, path, errno);
    }
    if (!S_ISFIFO(status.st_mode)) {
        return fault_set(fault, path, "not a FIFO");
    }
    return write(fd, &byte, 1) == 1 ? true : fault_errno(fault, path, errno);
}

bool
inroot_release(int pid, const char *path, char byte, struct fault *fault)
{
    const struct timespec pause = {.tv_nsec = RETRY_MILLISECONDS * 1000000L};
    int root = open_root(pid, fault);
    if (root < 0) {
        return false;
    }
    int fd = -1;
    for (int i = 0; i < RETRIES && fd < 0; i++) {
        fd = open_below(root, path, O_WRONLY | O_NONBLOCK);
        if (fd < 0 && errno != ENXIO) {
            break;
        }
        if (fd < 0) {
            nanosleep(&pause, NULL); /* the FIFO is there, its reader not yet (fifo(7)) */
        }
    }
    bool released = false;
    if (fd < 0) {
        errno == ENXIO ? fault_set(fault, path, "nobody reads the FIFO") : fault_errno(fault, path, errno);
    }
    else {
        released = write_byte(fd, path, byte, fault);
        close(fd);
    }
    close(root);
    return released;
}

bool
inroot_statfs(int pid, const char *path, uint64_t *used, uint64_t *total, struct fault *fault)
{
    struct statfs status;
    int root = open_root(pid, fault);
    if (root < 0) {
        return false;
    }
    int fd = open_below(root, path, O_PATH);
    bool done = fd >= 0 && fstatfs(fd, &status) == 0;
    if (!done) {
        fault_errno(fault, path, errno);
    }
    else {
        uint64_t block = status.f_frsize > 0 ? (uint64_t)status.f_frsize : (uint64_t)status.f_bsize;
        *used = (uint64_t)(status.f_blocks - status.f_bfree) * block;
        *total = (uint64_t)status.f_blocks * block;
    }
    if (fd >= 0) {
        close(fd);
    }
    close(root);
    return done;
}

bool
inroot_read(int pid, const char *path, uint64_t offset, void *bytes, size_t size, size_t *count, struct fault *fault)
{
    struct stat status;
    int root = open_root(pid, fault);
    if (root < 0) {
        return false;
    }
    /* O_NONBLOCK: opening a FIFO must not hang. */
    int fd = open_below(root, path, O_RDONLY | O_NONBLOCK);
    bool done = fd >= 0 && fstat(fd, &status) == 0;
    if (!done) {
        fault_errno(fault, path, errno);
    }
    else if (!S_ISREG(status.st_mode)) {
        done = fault_set(fault, path, "not a regular file");
    }
    else {
        ssize_t got = pread(fd, bytes, size, (off_t)offset);
        done = got >= 0 ? true : fault_errno(fault, path, errno);
        *count = done ? (size_t)got : 0;
    }
    if (fd >= 0) {
        close(fd);
    }
    close(root);
    return done;
}
