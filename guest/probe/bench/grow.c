/* grow N M P: a master with M MB of written memory and N workers that have each written P percent of it again.
   Prints "preloaded", forks when a line comes, prints "ready", and takes the workers along when its input ends. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

static void
touch(volatile char *memory, size_t pages, size_t step)
{
    for (size_t i = 0; i < pages; i += step) {
        memory[i * 4096]++;
    }
}

static void
make_worker(char *memory, size_t pages, int percent, int ready)
{
    if (fork() != 0) {
        return;
    }
    prctl(PR_SET_PDEATHSIG, 9, 0, 0, 0);
    if (percent > 0) {
        touch(memory, pages, (size_t)(100 / percent));
    }
    if (write(ready, "r", 1) == 1) {
        for (;;) {
            pause();
        }
    }
    _exit(1);
}

int
main(int argc, char **argv)
{
    char byte;
    char order[64];
    int ready[2];
    if (argc != 4 || pipe(ready) != 0) {
        return 2;
    }
    int workers = atoi(argv[1]);
    size_t pages = (size_t)atol(argv[2]) * 256;
    prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
    char *memory = mmap(NULL, pages * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        return 1;
    }
    touch(memory, pages, 1);
    printf("preloaded\n");
    fflush(stdout);
    if (read(0, order, sizeof order) <= 0) {
        return 0;
    }
    for (int i = 0; i < workers; i++) {
        make_worker(memory, pages, atoi(argv[3]), ready[1]);
    }
    for (int i = 0; i < workers; i++) {
        if (read(ready[0], &byte, 1) != 1) {
            return 1;
        }
    }
    printf("ready\n");
    fflush(stdout);
    return read(0, &byte, 1) == 0 ? 0 : 1;
}
