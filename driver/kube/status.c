/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the API server means when it refuses: a Status object where it sent one, the bare HTTP status
 * otherwise (a proxy in between, or a path that does not exist).
 */

#include "api/base/utf8.h"
#include "api/value/json.h"
#include "driver/kube/client.h"

enum { MAX_QUOTED_BODY = 200 };

static enum error_kind kind_of_status(int status)
{
    switch (status) {
    case 401:
    case 403: return ERROR_DENIED;
    case 404: return ERROR_NOT_FOUND;
    case 409: return ERROR_CONFLICT;
    case 410: return ERROR_EXHAUSTED;
    case 429: return ERROR_UNAVAILABLE;
    default: return status >= 400 && status < 500 ? ERROR_INVALID : ERROR_UNAVAILABLE;
    }
}

static struct error *with_advice(struct error *err, int status)
{
    if (status == 401)
        return error_hint(err,
                          "the API server does not know who we are: check the token or client certificate");
    if (status == 403)
        return error_hint(err, "grant this with RBAC; manifests/ holds the roles that Tranche needs");
    return err;
}

struct error *kube_error_of_status(const struct value *status)
{
    int code = (int)value_integer(value_get(status, "code"), 500);
    const char *message = value_path_string(status, "message");
    const char *reason = value_path_string(status, "reason");
    return with_advice(error_make(__FILE__, __LINE__, kind_of_status(code), code, "%s",
                                  message && *message ? message
                                  : reason            ? reason
                                                      : "the API server gave no reason"),
                       code);
}

struct error *kube_status_error(struct arena *arena, int http_status, struct span body,
                                const struct value **status)
{
    *status = NULL;
    if (http_status >= 200 && http_status < 300)
        return NULL;
    struct value *tree = NULL;
    error_free(json_parse(arena, body, 0, &tree));
    const char *kind = value_path_string(tree, "kind");
    if (kind && strcmp(kind, "Status") == 0 && value_get(tree, "message")) {
        *status = tree;
        struct error *err = kube_error_of_status(tree);
        err->number = http_status;
        err->kind = kind_of_status(http_status);
        return err;
    }
    cleanup_buf struct buf quoted = BUF_INIT(4 * MAX_QUOTED_BODY);
    utf8_append_repaired(&quoted, utf8_truncate(body, MAX_QUOTED_BODY));
    return with_advice(error_make(__FILE__, __LINE__, kind_of_status(http_status), http_status,
                                  "HTTP status %d%s%s", http_status, quoted.length ? ": " : "",
                                  buf_text(&quoted)),
                       http_status);
}
