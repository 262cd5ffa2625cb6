/* SPDX-License-Identifier: Apache-2.0 */

#include "driver/http/query.h"

#include "api/base/memory.h"

enum { MAX_PAIRS = 1000 };

struct error *percent_decode(struct arena *arena, struct span raw, bool plus_is_space, struct span *out)
{
    char *text = arena_array(arena, raw.length + 1, 1);
    size_t length = 0;
    for (size_t i = 0; i < raw.length; i++) {
        char c = raw.data[i];
        if (c == '%') {
            int high = i + 2 < raw.length ? hex_value(raw.data[i + 1]) : -1;
            int low = i + 2 < raw.length ? hex_value(raw.data[i + 2]) : -1;
            if (high < 0 || low < 0)
                return error_invalid("broken percent sign at \"" SPAN_FMT "\"", SPAN_ARG(span_skip(raw, i)));
            c = (char)(high * 16 + low);
            i += 2;
        } else if (c == '+' && plus_is_space) {
            c = ' ';
        }
        text[length++] = c;
    }
    *out = (struct span){ text, length };
    return NULL;
}

static struct error *parse_pair(struct arena *arena, struct span raw, struct query_pair *out)
{
    struct span raw_value, key, value;
    struct span raw_key = span_split(raw, '=', &raw_value);
    TRY(percent_decode(arena, raw_key, true, &key));
    TRY(percent_decode(arena, raw_value, true, &value));
    *out = (struct query_pair){ key.data, value.data, value.length };
    return NULL;
}

struct error *query_parse(struct arena *arena, struct span raw, struct query *out)
{
    size_t n_most = 1;
    for (size_t i = 0; i < raw.length; i++)
        n_most += raw.data[i] == '&';
    if (n_most > MAX_PAIRS)
        return error_new(ERROR_EXHAUSTED, "query: more than %d parameters", MAX_PAIRS);

    struct query query = { arena_make_array(arena, struct query_pair, n_most), 0 };
    for (struct span rest = raw; rest.data;) {
        struct span pair = span_split(rest, '&', &rest);
        if (pair.length)
            TRY(error_wrap(parse_pair(arena, pair, &query.pairs[query.n_pairs++]), "query"));
    }
    *out = query;
    return NULL;
}

const char *query_get(const struct query *query, const char *key)
{
    for (size_t i = 0; i < query->n_pairs; i++)
        if (strcmp(query->pairs[i].key, key) == 0)
            return query->pairs[i].value;
    return NULL;
}

struct error *query_get_bool(const struct query *query, const char *key, bool *out)
{
    static const char *const yes[] = { "", "1", "t", "T", "true", "TRUE", "True" };
    static const char *const no[] = { "0", "f", "F", "false", "FALSE", "False" };
    const char *value = query_get(query, key);
    if (!value) {
        *out = false;
        return NULL;
    }
    for (size_t i = 0; i < ARRAY_LEN(yes); i++)
        if (strcmp(value, yes[i]) == 0) {
            *out = true;
            return NULL;
        }
    for (size_t i = 0; i < ARRAY_LEN(no); i++)
        if (strcmp(value, no[i]) == 0) {
            *out = false;
            return NULL;
        }
    return error_invalid("query parameter %s=%s: want true or false", key, value);
}
