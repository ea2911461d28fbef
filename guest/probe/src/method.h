/* How pages are told apart: by frame number, by the exclusive bit, or not at all. */
#ifndef PROBE_METHOD_H
#define PROBE_METHOD_H

#include <stdbool.h>
#include <stdint.h>

#include "pagemap.h"

enum method_kind {
    METHOD_PFN,       /* frame numbers; needs CAP_SYS_ADMIN in the first user namespace */
    METHOD_EXCLUSIVE, /* pagemap bit 56; needs no privilege */
    METHOD_SMAPS,     /* totals of smaps only */
};

struct method {
    enum method_kind kind;
    bool usable;        /* false only where a method was forced that does not work here */
    char reason[192];   /* why frame numbers cannot be used; empty where they can */
    bool zero_known;    /* zero pages can be told from others */
    uint64_t zero;      /* frame of the zero page, 0 where unknown */
    uint64_t huge_zero; /* first frame of the huge zero page, 0 where unknown */
};

extern const char *const METHOD_NAMES[3];

/* Decides by touching a page. `forced` is a name of METHOD_NAMES or NULL. Returns false where it is no name. */
bool method_detect(struct method *method, const char *forced);

/* Whether the entry maps a zero page: memory that was read and never written, which costs nothing. */
static inline bool
method_is_zero(const struct method *method, uint64_t entry)
{
    if ((entry & ENTRY_PRESENT) == 0) {
        return false;
    }
    uint64_t frame = entry & ENTRY_FRAME;
    return (entry & ENTRY_ZERO) != 0 || (frame != 0 && frame == method->zero)
           || (method->huge_zero != 0 && frame - method->huge_zero < 512);
}

#endif
