#include "json.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
json_reset(struct json *json)
{
    json->size = 0;
    json->failed = false;
}

void
json_free(struct json *json)
{
    free(json->data);
    *json = (struct json){0};
}

static void
append(struct json *json, const char *bytes, size_t count)
{
    if (json->size + count > json->capacity) {
        size_t capacity = (json->size + count) * 2 + 4096;
        char *data = realloc(json->data, capacity);
        if (data == NULL) {
            json->failed = true;
            return;
        }
        json->data = data;
        json->capacity = capacity;
    }
    memcpy(json->data + json->size, bytes, count);
    json->size += count;
}

static void
append_text(struct json *json, const char *text)
{
    append(json, text, strlen(text));
}

/* Length of the UTF-8 sequence at `text` (RFC 3629), 0 where there is none. */
static size_t
utf8_length(const unsigned char *text)
{
    size_t length = text[0] >= 0xf0 ? 4 : text[0] >= 0xe0 ? 3 : 2;
    if (text[0] < 0xc2 || text[0] > 0xf4) {
        return 0;
    }
    for (size_t i = 1; i < length; i++) {
        if ((text[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    bool overlong = (text[0] == 0xe0 && text[1] < 0xa0) || (text[0] == 0xf0 && text[1] < 0x90);
    bool surrogate = text[0] == 0xed && text[1] > 0x9f;
    bool too_large = text[0] == 0xf4 && text[1] > 0x8f;
    return overlong || surrogate || too_large ? 0 : length;
}

static void
append_quoted(struct json *json, const char *value)
{
    const unsigned char *text = (const unsigned char *)value;
    append_text(json, "\"");
    while (*text != '\0') {
        size_t length = 1;
        char escaped[8];
        if (*text < 0x20 || *text == '"' || *text == '\\' || *text == 0x7f) {
            snprintf(escaped, sizeof escaped, "\\u%04x", (unsigned)*text);
            append_text(json, escaped);
        }
        else if (*text < 0x80) {
            append(json, (const char *)text, 1);
        }
        else if ((length = utf8_length(text)) > 0) {
            append(json, (const char *)text, length);
        }
        else {
            append_text(json, "\\ufffd");
            length = 1;
        }
        text += length;
    }
    append_text(json, "\"");
}

static void
begin(struct json *json, const char *key)
{
    char last = json->size > 0 ? json->data[json->size - 1] : '{';
    if (last != '{' && last != '[') {
        append_text(json, ",");
    }
    if (key != NULL) {
        append_quoted(json, key);
        append_text(json, ":");
    }
}

void
json_open(struct json *json, const char *key, char bracket)
{
    begin(json, key);
    append(json, &bracket, 1);
}

void
json_close(struct json *json, char bracket)
{
    append(json, &bracket, 1);
}

void
json_u64(struct json *json, const char *key, uint64_t value)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRIu64, value);
    begin(json, key);
    append_text(json, text);
}

void
json_fraction(struct json *json, const char *key, double value)
{
    char text[40];
    snprintf(text, sizeof text, "%.10g", value);
    begin(json, key);
    append_text(json, text);
}

void
json_null(struct json *json, const char *key)
{
    begin(json, key);
    append_text(json, "null");
}

void
json_bool(struct json *json, const char *key, bool value)
{
    begin(json, key);
    append_text(json, value ? "true" : "false");
}

void
json_string(struct json *json, const char *key, const char *value)
{
    if (value == NULL) {
        json_null(json, key);
        return;
    }
    begin(json, key);
    append_quoted(json, value);
}

void
json_base64(struct json *json, const char *key, const void *bytes, size_t count)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *byte = bytes;
    begin(json, key);
    append_text(json, "\"");
    for (size_t i = 0; i < count; i += 3) {
        uint32_t left = (uint32_t)(count - i);
        uint32_t bits = (uint32_t)byte[i] << 16;
        bits |= left > 1 ? (uint32_t)byte[i + 1] << 8 : 0;
        bits |= left > 2 ? (uint32_t)byte[i + 2] : 0;
        const char group[4] = {
            digits[bits >> 18],
            digits[bits >> 12 & 63],
            left > 1 ? digits[bits >> 6 & 63] : '=',
            left > 2 ? digits[bits & 63] : '=',
        };
        append(json, group, sizeof group);
    }
    append_text(json, "\"");
}

void
json_u64_or_null(struct json *json, const char *key, bool known, uint64_t value)
{
    if (known) {
        json_u64(json, key, value);
    }
    else {
        json_null(json, key);
    }
}
