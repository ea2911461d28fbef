/*
 * A system call that writes to a protected page gives EFAULT, and no signal.
 * Calls that fill buffers of any origin are made here instead of in the C
 * library, after their pages were written by the process itself.  Other calls
 * fill memory of the stack, or fail, and the request with them.
 */
#include <stdint.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "trap.h"

ssize_t
read(int fd, void *buffer, size_t length)
{
    trap_touch(buffer, length);
    return syscall(SYS_read, fd, buffer, length);
}

ssize_t
pread(int fd, void *buffer, size_t length, off_t offset)
{
    trap_touch(buffer, length);
    return syscall(SYS_pread64, fd, buffer, length, offset);
}

ssize_t
pread64(int fd, void *buffer, size_t length, off_t offset)
{
    return pread(fd, buffer, length, offset);
}

ssize_t
recvfrom(int fd, void *buffer, size_t length, int flags, struct sockaddr *from, socklen_t *from_size)
{
    trap_touch(buffer, length);
    return syscall(SYS_recvfrom, fd, buffer, length, flags, from, from_size);
}

ssize_t
recv(int fd, void *buffer, size_t length, int flags)
{
    return recvfrom(fd, buffer, length, flags, NULL, NULL);
}
