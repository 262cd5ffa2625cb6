/* SPDX-License-Identifier: Apache-2.0 */

#include "api/base/compiler.h"
#include "selector/container.h"
#include "selector/function.h"
#include "selector/machine.h"
#include "selector/uri.h"

#include <ctype.h>

static const struct uri *url_in(const struct datum *datum)
{
    return datum->object;
}

static struct datum body_url(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)n_args;
    struct uri *url = machine_memory(machine, 1, sizeof(*url));
    if (!url)
        return fail_memory();
    const char *wrong = uri_parse(datum_span(&args[0]), url);
    if (wrong)
        return failf(machine, "URL parse error during conversion from string: %s", wrong);
    return (struct datum){ .kind = DATUM_URL, .object = url };
}

static struct datum body_is_url(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)machine, (void)n_args;
    struct uri url;
    return datum_bool(!uri_parse(datum_span(&args[0]), &url));
}

static struct datum body_scheme(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)n_args;
    struct datum scheme = datum_copy_text(machine, url_in(&args[0])->scheme);
    char *text = (char *)scheme.text;
    for (uint32_t i = 0; scheme.kind == DATUM_STRING && i < scheme.size; i++)
        text[i] = (char)tolower((unsigned char)text[i]);
    return scheme;
}

enum { MAX_URL_BYTES = 1024 * 1024 };

static struct datum unescaped(struct machine *machine, struct span text, bool plus)
{
    cleanup_buf struct buf out = BUF_INIT(MAX_URL_BYTES);
    uri_unescape(text, plus, &out);
    return datum_copy_text(machine, buf_span(&out));
}

static struct datum body_host(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)n_args;
    return unescaped(machine, url_in(&args[0])->host, false);
}

static struct datum body_hostname(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)n_args;
    return unescaped(machine, uri_hostname(url_in(&args[0])), false);
}

static struct datum body_port(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)machine, (void)n_args;
    return datum_text(uri_port(url_in(&args[0])));
}

static struct datum body_escaped_path(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)n_args;
    cleanup_buf struct buf out = BUF_INIT(MAX_URL_BYTES);
    uri_escaped_path(url_in(&args[0]), &out);
    return datum_copy_text(machine, buf_span(&out));
}

/* Adds VALUE to the list that QUERY has for KEY. */
static struct datum add_pair(struct machine *machine, struct datum query, struct datum key,
                             struct datum value)
{
    struct datum values = list_of(NULL, 0);
    dict_get(machine, &query, &key, &values);
    values = list_append(machine, values, value);
    return values.kind == DATUM_LIST ? dict_put(machine, query, key, values, NULL) : values;
}

static bool escapes_well(struct span text)
{
    cleanup_buf struct buf ignored = BUF_INIT(MAX_URL_BYTES);
    return uri_unescape(text, true, &ignored);
}

static struct datum body_query(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)n_args;
    struct datum query = dict_empty();
    struct span rest = url_in(&args[0])->query;
    while (rest.length && query.kind == DATUM_MAP) {
        struct span pair = span_split(rest, '&', &rest), value;
        if (!pair.length || memchr(pair.data, ';', pair.length))
            continue;
        struct span key = span_split(pair, '=', &value);
        if (!value.data)
            value = (struct span){ "", 0 };
        if (escapes_well(key) && escapes_well(value))
            query = add_pair(machine, query, unescaped(machine, key, true), unescaped(machine, value, true));
    }
    return query;
}

#define URL "kubernetes.URL"

static const struct function_row rows[] = {
    { "url", "(string) -> " URL, body_url, COST_TEXT, FUNCTION_COST_BY_NAME | FUNCTION_PRECOMPUTED, 0, 0 },
    { "isURL", "(string) -> bool", body_is_url, COST_ONE, FUNCTION_PRECOMPUTED, 0, 0 },
    { "getScheme", URL ".() -> string", body_scheme, COST_ONE, 0, 0, 0 },
    { "getHost", URL ".() -> string", body_host, COST_ONE, 0, 0, 0 },
    { "getHostname", URL ".() -> string", body_hostname, COST_ONE, 0, 0, 0 },
    { "getPort", URL ".() -> string", body_port, COST_ONE, 0, 0, 0 },
    { "getEscapedPath", URL ".() -> string", body_escaped_path, COST_ONE, 0, 0, 0 },
    { "getQuery", URL ".() -> map(string, list(string))", body_query, COST_ONE, 0, 0, 0 },
};

const struct library library_url = LIBRARY(rows);
