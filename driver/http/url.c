/* SPDX-License-Identifier: Apache-2.0 */
/*
 * URLs by libcurl's parser, which is the one that will connect: two parsers that disagree about a host are a
 * hole.
 */

#include "driver/http/url.h"

#include "api/base/memory.h"

#include <ctype.h>
#include <curl/curl.h>

DEFINE_CLEANUP(cleanup_curlu_, CURLU *, curl_url_cleanup)

/* A copy of PART; NULL if the URL has none. */
static struct error *get_part(CURLU *parts, CURLUPart part, unsigned flags, char **out)
{
    char *text = NULL;
    CURLUcode code = curl_url_get(parts, part, &text, flags);
    if (code == CURLUE_OUT_OF_MEMORY)
        out_of_memory(0);
    *out = code == CURLUE_OK ? mem_strdup(text) : NULL;
    curl_free(text);
    return NULL;
}

static struct error *check_absent(CURLU *parts, CURLUPart part, const char *what)
{
    char *text = NULL;
    if (curl_url_get(parts, part, &text, 0) != CURLUE_OK)
        return NULL;
    curl_free(text);
    return error_invalid("%s is not allowed here", what);
}

static struct error *fill(CURLU *parts, struct url *url)
{
    TRY(check_absent(parts, CURLUPART_USER, "a user name"));
    TRY(check_absent(parts, CURLUPART_PASSWORD, "a password"));
    TRY(check_absent(parts, CURLUPART_FRAGMENT, "a fragment"));

    cleanup_free char *scheme = NULL, *port = NULL;
    TRY(get_part(parts, CURLUPART_SCHEME, 0, &scheme));
    if (!scheme || (strcmp(scheme, "https") != 0 && strcmp(scheme, "http") != 0))
        return error_invalid("scheme %s, want https or http", scheme ? scheme : "missing");
    url->tls = strcmp(scheme, "https") == 0;

    TRY(get_part(parts, CURLUPART_PORT, CURLU_DEFAULT_PORT, &port));
    url->port = (uint16_t)(port ? strtoul(port, NULL, 10) : 0);
    TRY(get_part(parts, CURLUPART_PATH, 0, &url->path));
    TRY(get_part(parts, CURLUPART_QUERY, 0, &url->query));
    TRY(get_part(parts, CURLUPART_HOST, 0, &url->host));
    if (!url->host || !*url->host)
        return error_invalid("no host");
    size_t length = strlen(url->host);
    if (url->host[0] == '[' && url->host[length - 1] == ']') {
        memmove(url->host, url->host + 1, length - 2);
        url->host[length - 2] = '\0';
    }
    return NULL;
}

struct error *url_parse(const char *text, struct url *out)
{
    __attribute__((cleanup(cleanup_curlu_))) CURLU *parts = must(curl_url(), 0);
    /* Without the guess, "ftp.example.com" would be ftp. */
    cleanup_free char *with_scheme = NULL;
    if (asprintf(&with_scheme, "%s%s", strstr(text, "://") ? "" : "https://", text) < 0)
        out_of_memory(0);
    CURLUcode code = curl_url_set(parts, CURLUPART_URL, with_scheme, 0);
    if (code != CURLUE_OK)
        return error_invalid("URL \"%s\": %s", text, curl_url_strerror(code));
    struct url url = { 0 };
    struct error *err = fill(parts, &url);
    if (err) {
        url_done(&url);
        return error_wrap(err, "URL \"%s\"", text);
    }
    *out = url;
    return NULL;
}

void url_done(struct url *url)
{
    free(url->host);
    free(url->path);
    free(url->query);
    *url = (struct url){ 0 };
}

void url_format_origin(const struct url *url, struct buf *out)
{
    bool bare = strchr(url->host, ':') != NULL;
    buf_printf(out, "%s://%s%s%s:%u", url->tls ? "https" : "http", bare ? "[" : "", url->host,
               bare ? "]" : "", url->port);
}

void url_escape(struct buf *out, struct span text)
{
    for (size_t i = 0; i < text.length; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (c < 0x80 && (isalnum(c) || (c && strchr("-._~", c))))
            buf_add_char(out, (char)c);
        else
            buf_printf(out, "%%%02X", c);
    }
}
