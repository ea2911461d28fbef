/* A fleet whose every page is known: a master that forks workers and, told over stdin, makes one of them touch, drop
   or remap pages. Nothing but the commands changes memory, so that counts can be compared exactly.

   "TARGET OPERATION ADDRESS PAGES": target 0 is the master, n the n-th worker; see operations.c. "fork" makes a worker,
   "gate PATH" waits at a FIFO. Each command is answered by one line. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "operations.h"

#define REGION_PAGES ((size_t)1024)
#define FILE_PAGES ((size_t)64)
#define SPARSE_BYTES ((size_t)1 << 30)
#define MAX_WORKERS 64

struct worker {
    int pid;
    int orders;  /* write end */
    int replies; /* read end */
};

static struct worker workers[MAX_WORKERS];
static int worker_count;
struct order {
    int operation;
    char *at;
    size_t pages;
};

static int
execute(const struct order *order)
{
    return operations_run(order->operation, order->at, order->pages);
}

static void
serve_orders(int orders, int replies)
{
    struct order order;
    while (read(orders, &order, sizeof order) == (ssize_t)sizeof order) {
        int result = execute(&order);
        if (write(replies, &result, sizeof result) != (ssize_t)sizeof result) {
            break;
        }
    }
    _exit(0);
}

static int
make_worker(void)
{
    int orders[2];
    int replies[2];
    if (worker_count == MAX_WORKERS || pipe(orders) != 0 || pipe(replies) != 0) {
        return -1;
    }
    int pid = fork();
    if (pid == 0) {
        close(orders[1]);
        close(replies[0]);
        prctl(PR_SET_PDEATHSIG, 9, 0, 0, 0);
        serve_orders(orders[0], replies[1]);
    }
    close(orders[0]);
    close(replies[1]);
    workers[worker_count++] = (struct worker){pid, orders[1], replies[0]};
    return pid;
}

static int
send_order(int target, const struct order *order)
{
    int result = -1;
    if (target == 0) {
        return execute(order);
    }
    if (target < 0 || target > worker_count) {
        return -1;
    }
    struct worker *worker = &workers[target - 1];
    if (write(worker->orders, order, sizeof *order) != (ssize_t)sizeof *order) {
        return -1;
    }
    if (read(worker->replies, &result, sizeof result) != (ssize_t)sizeof result) {
        return waitpid(worker->pid, NULL, 0) == worker->pid ? 0 : -1;
    }
    return result;
}

/* As the harness does: makes a FIFO that anybody may write, and waits until somebody does. Returns 0 after a byte. */
static int
wait_at_gate(const char *path)
{
    char byte;
    if (mkfifo(path, 0600) != 0 || chmod(path, 0622) != 0) {
        return -1;
    }
    printf("waiting\n");
    fflush(stdout);
    int gate = open(path, O_RDONLY);
    ssize_t count = read(gate, &byte, 1);
    close(gate);
    return count == 1 ? 0 : -1;
}

static int
run_line(char *line)
{
    int target;
    char name[32];
    unsigned long at;
    size_t pages;
    if (strcmp(line, "fork\n") == 0) {
        return make_worker();
    }
    if (strncmp(line, "gate ", 5) == 0) {
        line[strcspn(line, "\n")] = '\0';
        return wait_at_gate(line + 5);
    }
    if (sscanf(line, "%d %31s %lx %zu", &target, name, &at, &pages) != 4) {
        return -1;
    }
    struct order order = {.operation = operations_find(name), .at = (char *)at, .pages = pages};
    return order.operation < 0 ? -1 : send_order(target, &order);
}

static char *
map(size_t size, int flags, int fd)
{
    char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, flags, fd, 0);
    if (memory == MAP_FAILED) {
        perror("mmap");
        exit(1);
    }
    return memory;
}

/* `path` is a file of FILE_PAGES pages that nothing else maps. */
int
main(int argc, char **argv)
{
    char line[256];
    prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
    prctl(PR_SET_NAME, "a) Z 1 (b", 0, 0, 0); /* what a reader of stat must survive */
    if (argc != 2 || (operations_file = open(argv[1], O_RDONLY)) < 0) {
        return 2;
    }
    char *region = map(REGION_PAGES * PAGE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    char *sparse = map(SPARSE_BYTES, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1);
    char *zero = map(FILE_PAGES * PAGE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    char *data = map(FILE_PAGES * PAGE, MAP_PRIVATE, operations_file);
    char *shared = map(FILE_PAGES * PAGE, MAP_SHARED | MAP_ANONYMOUS, -1);
    operations_write(region, REGION_PAGES);
    operations_write(sparse, 1);
    operations_write(sparse + SPARSE_BYTES / 2, 3);
    operations_read(zero, FILE_PAGES);
    operations_read(data, FILE_PAGES); /* all, because the kernel maps neighbours of a page that is read */
    operations_write(data + 32 * PAGE, 16);
    operations_write(shared, FILE_PAGES);
    printf("%p %p %p %p %p\n", (void *)region, (void *)sparse, (void *)zero, (void *)data, (void *)shared);
    fflush(stdout);
    while (fgets(line, sizeof line, stdin) != NULL) {
        printf("%d\n", run_line(line));
        fflush(stdout);
    }
    return 0;
}
