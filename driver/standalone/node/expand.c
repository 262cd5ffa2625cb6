/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A container's environment. Values may come from the pod's own fields (the downward API); config maps and
 * secrets do not exist here.
 */

#include "driver/standalone/node/expand.h"
#include "api/base/buf.h"

enum { MAX_VALUE_BYTES = 1 << 20 };

static const struct string_pair *find(const struct string_pair *pairs, size_t n_pairs, struct span name)
{
    for (size_t i = n_pairs; i-- > 0;) {
        if (span_is(name, pairs[i].name))
            return &pairs[i];
    }
    return NULL;
}

const char *expand(const struct expansion *expansion, const char *text)
{
    cleanup_buf struct buf out = BUF_INIT(MAX_VALUE_BYTES);
    for (const char *c = text; *c; c++) {
        const char *end = c[0] == '$' && c[1] == '(' ? strchr(c, ')') : NULL;
        struct span name = end ? (struct span){ c + 2, (size_t)(end - c) - 2 } : (struct span){ 0 };
        const struct string_pair *variable =
            end ? find(expansion->variables, expansion->n_variables, name) : NULL;
        if (c[0] == '$' && c[1] == '$') {
            buf_add_char(&out, *c++);
        } else if (variable) {
            buf_add(&out, variable->value);
            c = end;
        } else {
            buf_add_char(&out, *c);
        }
    }
    return arena_strdup(expansion->arena, buf_text(&out));
}

/* "metadata.labels['app']": the value behind the key, "" if there is none. */
static const char *pair_field(struct arena *arena, const char *path, const char *field,
                              const struct string_pair *pairs, size_t n_pairs)
{
    size_t length = strlen(field);
    if (strncmp(path, field, length) != 0 || strncmp(path + length, "['", 2) != 0)
        return NULL;
    const char *key = path + length + 2, *end = strstr(key, "']");
    if (!end)
        return NULL;
    const struct string_pair *pair = find(pairs, n_pairs, (struct span){ key, (size_t)(end - key) });
    return arena_strdup(arena, pair ? pair->value : "");
}

/* What the downward API says for PATH, or NULL. */
static const char *pod_field(struct arena *arena, const struct pod *pod, const char *path,
                             const char *node_name)
{
    const struct string_pair fields[] = {
        { "metadata.name", pod->meta.name },
        { "metadata.namespace", pod->meta.namespace },
        { "metadata.uid", pod->meta.uid },
        { "spec.nodeName", node_name },
        { "spec.serviceAccountName", pod->service_account ? pod->service_account : "default" },
        { "status.hostIP", "127.0.0.1" },
        { "status.podIP", "127.0.0.1" },
    };
    const struct string_pair *field = find(fields, ARRAY_LEN(fields), span_of(path));
    if (field)
        return field->value;
    const char *label = pair_field(arena, path, "metadata.labels", pod->meta.labels, pod->meta.n_labels);
    return label ? label
                 : pair_field(arena, path, "metadata.annotations", pod->meta.annotations,
                              pod->meta.n_annotations);
}

struct error *expansion_init(struct expansion *expansion, struct arena *arena, const struct pod *pod,
                             const struct container *container, const char *node_name)
{
    *expansion =
        (struct expansion){ .arena = arena,
                            .variables = arena_make_array(arena, struct string_pair, container->n_env) };
    for (size_t i = 0; i < container->n_env; i++) {
        const struct env_var *variable = &container->env[i];
        const char *value = expand(expansion, variable->value ? variable->value : "");
        if (variable->value_from) {
            const char *path = value_path_string(variable->value_from, "fieldRef.fieldPath");
            value = path ? pod_field(arena, pod, path, node_name) : NULL;
        }
        if (!value)
            return error_invalid("variable %s: only values from the pod's own fields are known here",
                                 variable->name);
        expansion->variables[expansion->n_variables++] = (struct string_pair){ variable->name, value };
    }
    return NULL;
}
