#include "ksm.h"

#include <fcntl.h>
#include <unistd.h>

#include "file.h"

#define FLAG_KSM ((uint64_t)1 << 21) /* include/uapi/linux/kernel-page-flags.h */

/* Counts flagged frames among the 64 that a word of the set stands for. */
static bool
count_word(int fd, uint64_t first, uint64_t word, uint64_t *pages)
{
    uint64_t flags[64];
    ssize_t got = pread(fd, flags, sizeof flags, (off_t)(first * sizeof *flags));
    /* The last frames of the machine may make a short read. */
    size_t known = got < 0 ? 0 : (size_t)got / sizeof *flags;
    for (size_t i = 0; i < known; i++) {
        *pages += ((word >> i) & 1) != 0 && (flags[i] & FLAG_KSM) != 0;
    }
    return got >= 0;
}

static bool
count_all(int fd, const struct frames *frames, uint64_t *pages)
{
    for (size_t block = 0; block < frames->block_count; block++) {
        const uint64_t *words = frames->blocks[block];
        for (size_t i = 0; words != NULL && i < FRAMES_BLOCK_WORDS; i++) {
            uint64_t first = ((uint64_t)block << FRAMES_BLOCK_BITS) + i * 64;
            if (words[i] != 0 && !count_word(fd, first, words[i], pages)) {
                return false;
            }
        }
    }
    return true;
}

bool
ksm_count(const struct frames *frames, uint64_t *pages)
{
    uint64_t merged;
    *pages = 0;
    if (file_read_number(&merged, "/sys/kernel/mm/ksm/pages_shared") && merged == 0) {
        return true;
    }
    int fd = frames == NULL ? -1 : open("/proc/kpageflags", O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    bool counted = count_all(fd, frames, pages);
    close(fd);
    return counted;
}
