#ifndef MAJEK_TRAP_PAGES_H
#define MAJEK_TRAP_PAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAGE_BYTES ((uintptr_t)4096)
#define PAGES_MOST ((size_t)1 << 20)
#define MAPS_BYTES ((size_t)1 << 20)

/* Why a page of P0 is not protected. */
enum left_out { LEFT_STACK, LEFT_TLS, LEFT_OWN, LEFT_REASONS };

/*
 * P0: pages of writable private mappings that were resident at the fork, sorted
 * by address.  The low bits of an entry are its PROT_ flags, and PAGE_ARMED.
 */
struct pages {
    size_t count;
    uint64_t left_out[LEFT_REASONS];
    uint64_t failed;
    uintptr_t entries[PAGES_MOST];
    char maps[MAPS_BYTES];
};

/*
 * Reads the mappings of this process.  `armed`: pages that it may not write to
 * now, but could.  `own` is memory of the trap itself.
 */
bool pages_read(struct pages *pages, const struct pages *armed, const void *own, size_t own_bytes);

/* Takes the right to write away. */
void pages_arm(struct pages *pages);

/* Whether a write to this address would be the first one to an armed page. */
bool pages_armed(const struct pages *pages, const void *address);

/* Gives the right back to the page of this address; false where it never was taken. */
bool pages_disarm(struct pages *pages, const void *address);

#endif
