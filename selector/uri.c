/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Accepted is what both of Go's parsers accept: ParseRequestURI, which knows no fragment, so that "#" in a
 * host is refused; and Parse, which then cuts the fragment off.
 */

#include "selector/uri.h"

#include <ctype.h>

static bool is_hex(char c)
{
    return isxdigit((unsigned char)c);
}

static bool has_good_escapes(struct span text)
{
    for (size_t i = 0; i < text.length; i++)
        if (text.data[i] == '%' &&
            (i + 2 >= text.length || !is_hex(text.data[i + 1]) || !is_hex(text.data[i + 2])))
            return false;
    return true;
}

bool uri_unescape(struct span text, bool plus, struct buf *out)
{
    if (!has_good_escapes(text))
        return false;
    for (size_t i = 0; i < text.length; i++)
        if (text.data[i] == '%') {
            buf_add_char(out, (char)(hex_value(text.data[i + 1]) << 4 | hex_value(text.data[i + 2])));
            i += 2;
        } else {
            buf_add_char(out, plus && text.data[i] == '+' ? ' ' : text.data[i]);
        }
    return true;
}

static bool is_one_of(char c, const char *set)
{
    return c && strchr(set, c);
}

static bool is_unreserved(char c)
{
    return isalnum((unsigned char)c) || is_one_of(c, "-_.~");
}

/* What stands before ":"; NULL data if there is no scheme, and *BAD if the text begins with ":". */
static struct span take_scheme(struct span *text, bool *bad)
{
    *bad = false;
    for (size_t i = 0; i < text->length; i++) {
        char c = text->data[i];
        if (isalpha((unsigned char)c))
            continue;
        if (i && (isdigit((unsigned char)c) || is_one_of(c, "+-.")))
            continue;
        if (c == ':') {
            *bad = i == 0;
            struct span scheme = { text->data, i };
            *text = span_skip(*text, i + 1);
            return scheme;
        }
        break;
    }
    return (struct span){ NULL, 0 };
}

static const char *last_of(struct span text, char c)
{
    return text.length ? memrchr(text.data, c, text.length) : NULL;
}

/* "" or ":80" */
static bool is_port(struct span text)
{
    if (!text.length)
        return true;
    if (text.data[0] != ':')
        return false;
    for (size_t i = 1; i < text.length; i++)
        if (!isdigit((unsigned char)text.data[i]))
            return false;
    return true;
}

static bool is_host_text(struct span text)
{
    for (size_t i = 0; i < text.length; i++) {
        char c = text.data[i];
        if (c == '%') { /* only bytes outside ASCII may be escaped, and the zone's sign */
            if (i + 2 >= text.length || !is_hex(text.data[i + 1]) || !is_hex(text.data[i + 2]))
                return false;
            int byte = hex_value(text.data[i + 1]) << 4 | hex_value(text.data[i + 2]);
            if (byte < 0x80 && byte != '%')
                return false;
            i += 2;
        } else if (!is_unreserved(c) && !is_one_of(c, "!$&'()*+,;=:[]<>\"") && (unsigned char)c < 0x80) {
            return false;
        }
    }
    return true;
}

static const char *parse_host(struct span text, struct span *out)
{
    struct span port = { 0 };
    if (text.length && text.data[0] == '[') {
        const char *end = last_of(text, ']');
        if (!end)
            return "missing ']' in host";
        port = span_skip(text, (size_t)(end - text.data) + 1);
    } else {
        const char *colon = last_of(text, ':');
        if (colon)
            port = span_skip(text, (size_t)(colon - text.data));
    }
    if (!is_port(port))
        return "invalid port after host";
    if (!is_host_text(text))
        return "invalid character in host name";
    *out = text;
    return NULL;
}

static const char *parse_authority(struct span text, struct span *host)
{
    const char *at = last_of(text, '@');
    if (at) {
        struct span user = { text.data, (size_t)(at - text.data) };
        for (size_t i = 0; i < user.length; i++)
            if (!isalnum((unsigned char)user.data[i]) && !is_one_of(user.data[i], "-._:~!$&'()*+,;=%@"))
                return "net/url: invalid userinfo";
        if (!has_good_escapes(user))
            return "invalid URL escape";
        text = span_skip(text, user.length + 1);
    }
    return parse_host(text, host);
}

/* Cuts TEXT at the first C; what follows it is the result, empty if there is none. */
static struct span cut(struct span *text, char c)
{
    struct span rest;
    *text = span_split(*text, c, &rest);
    return rest;
}

/* Behind "//", with or without a scheme; three slashes without one begin a path. */
static bool has_authority(struct span rest, bool has_scheme)
{
    return span_starts_with(rest, SPAN("//")) && (has_scheme || !span_starts_with(rest, SPAN("///")));
}

const char *uri_parse(struct span text, struct uri *out)
{
    *out = (struct uri){ .text = text };
    if (!text.length)
        return "empty url";
    for (size_t i = 0; i < text.length; i++)
        if ((unsigned char)text.data[i] < 0x20 || text.data[i] == 0x7f)
            return "net/url: invalid control character in URL";
    struct span rest = text;
    bool bad;
    out->scheme = take_scheme(&rest, &bad);
    if (bad)
        return "missing protocol scheme";
    bool has_scheme = out->scheme.length > 0;
    if (!has_scheme && (rest.data[0] != '/' && !span_is(text, "*")))
        return "invalid URI for request";

    struct span whole = rest;
    out->query = cut(&whole, '?');
    if (!has_scheme || whole.length == 0 || whole.data[0] == '/') {
        struct span authority = { 0 };
        if (has_authority(whole, has_scheme)) {
            authority = span_skip(whole, 2);
            const char *slash = memchr(authority.data, '/', authority.length);
            if (slash)
                authority.length = (size_t)(slash - authority.data);
            const char *wrong = parse_authority(authority, &out->host);
            if (wrong)
                return wrong;
            whole = span_skip(whole, 2 + authority.length);
        }
        if (!has_good_escapes(whole))
            return "invalid URL escape";
    }
    out->fragment = cut(&rest, '#');
    if (!has_good_escapes(out->fragment))
        return "invalid URL escape";
    out->query = cut(&rest, '?');
    if (has_scheme && (!rest.length || rest.data[0] != '/')) {
        out->opaque = rest;
        return NULL;
    }
    if (has_authority(rest, has_scheme)) {
        rest = span_skip(rest, 2);
        const char *slash = memchr(rest.data, '/', rest.length);
        rest = slash ? span_skip(rest, (size_t)(slash - rest.data)) : (struct span){ "", 0 };
    }
    out->path = rest;
    return NULL;
}

static bool spans_equal_ignoring_case(struct span a, struct span b)
{
    return a.length == b.length && (!a.length || strncasecmp(a.data, b.data, a.length) == 0);
}

bool uri_equal(const struct uri *a, const struct uri *b)
{
    return spans_equal_ignoring_case(a->scheme, b->scheme) &&
           span_equal(span_skip(a->text, a->scheme.length), span_skip(b->text, b->scheme.length));
}

struct span uri_hostname(const struct uri *uri)
{
    struct span port = uri_port(uri), host = uri->host;
    const char *colon = last_of(host, ':');
    bool has_colon = colon && (port.length || colon + 1 == host.data + host.length);
    if (has_colon && host.data[0] != '[')
        host.length = (size_t)(colon - host.data);
    if (host.length && host.data[0] == '[') {
        const char *end = last_of(host, ']');
        return (struct span){ host.data + 1, (size_t)(end - host.data) - 1 };
    }
    return host;
}

struct span uri_port(const struct uri *uri)
{
    const char *bracket = last_of(uri->host, ']');
    const char *colon = last_of(uri->host, ':');
    if (!colon || (bracket && colon < bracket))
        return (struct span){ "", 0 };
    return span_skip(uri->host, (size_t)(colon - uri->host.data) + 1);
}

static bool is_well_escaped(struct span path)
{
    for (size_t i = 0; i < path.length; i++)
        if (!is_unreserved(path.data[i]) && !is_one_of(path.data[i], "!$&'()*+,;=:@[]/%"))
            return false;
    return true;
}

void uri_escaped_path(const struct uri *uri, struct buf *out)
{
    if (is_well_escaped(uri->path)) {
        buf_add_span(out, uri->path);
        return;
    }
    cleanup_buf struct buf plain = BUF_INIT(uri->path.length + 1);
    uri_unescape(uri->path, false, &plain);
    for (size_t i = 0; i < plain.length; i++) {
        char c = plain.data[i];
        if (is_unreserved(c) || is_one_of(c, "$&+,/:;=@"))
            buf_add_char(out, c);
        else
            buf_printf(out, "%%%02X", (unsigned char)c);
    }
}
