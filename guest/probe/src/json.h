/* Writes one JSON value into memory; commas come by themselves. */
#ifndef PROBE_JSON_H
#define PROBE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json {
    char *data;
    size_t size;
    size_t capacity;
    bool failed; /* malloc refused; what is in data is not complete */
};

/* Forgets the text, keeps the memory. */
void json_reset(struct json *json);
void json_free(struct json *json);

/* `bracket` is '{', '[', '}' or ']'. `key` is NULL inside an array and at the top, as below. */
void json_open(struct json *json, const char *key, char bracket);
void json_close(struct json *json, char bracket);

void json_u64(struct json *json, const char *key, uint64_t value);
void json_fraction(struct json *json, const char *key, double value);
void json_null(struct json *json, const char *key);
void json_bool(struct json *json, const char *key, bool value);

/* A string. NULL becomes null; bytes that are not UTF-8 become U+FFFD. */
void json_string(struct json *json, const char *key, const char *value);

/* Bytes as base64 (RFC 4648). */
void json_base64(struct json *json, const char *key, const void *bytes, size_t count);

/* A number, or null where `known` is false. */
void json_u64_or_null(struct json *json, const char *key, bool known, uint64_t value);

#endif
