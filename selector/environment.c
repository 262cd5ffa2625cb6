/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Libraries are put together once: signatures parsed, overloads of a name side by side. Which row is in
 * depends on the version; everything else that versions change is a field of struct environment.
 */

#include "selector/environment_parts.h"

#include "selector/machine.h"
#include "selector/selector.h"

#include <assert.h>
#include <stdio.h>

static const struct library *const libraries[] = {
    &library_operators, &library_standard, &library_time,   &library_optional, &library_lists,
    &library_strings,   &library_sets,     &library_regex,  &library_quantity, &library_semver,
    &library_network,   &library_url,      &library_format,
};

struct error *kube_version_parse(const char *text, int *out_minor)
{
    for (int minor = KUBE_OLDEST; minor <= KUBE_NEWEST; minor++) {
        char known[16];
        snprintf(known, sizeof(known), "1.%d", minor);
        if (strcmp(text, known) == 0) {
            *out_minor = minor;
            return NULL;
        }
    }
    return error_hint(error_invalid("unknown Kubernetes version \"%s\"", text),
                      "versions 1.%d to 1.%d are known", KUBE_OLDEST, KUBE_NEWEST);
}

struct error *environment_version_parse(const char *text, struct environment_options *out)
{
    static const struct {
        const char *text;
        int minor;
        bool list_attributes, published;
    } editions[] = { { "1.36-lists", 36, true, false }, { "1.37.2", 37, false, true } };
    for (size_t i = 0; i < ARRAY_LEN(editions); i++)
        if (strcmp(text, editions[i].text) == 0) {
            out->kube_minor = editions[i].minor;
            out->list_attributes = editions[i].list_attributes;
            out->published = editions[i].published;
            return NULL;
        }
    return kube_version_parse(text, &out->kube_minor);
}

/* Functions */

static struct function *function_named(struct environment *env, const char *name)
{
    struct function *function = map_get(&env->functions, name);
    if (!function) {
        function = arena_make(env->arena, struct function);
        function->name = name;
        function->index = (uint32_t)env->functions.length;
        map_put(&env->functions, name, function);
    }
    return function;
}

static unsigned count_variables(const struct type *type, unsigned count)
{
    if (type->kind == TYPE_VARIABLE && type->variable >= count)
        count = type->variable + 1;
    for (unsigned i = 0; i < type_n_parameters(type); i++)
        count = count_variables(type->of[i], count);
    return count;
}

static void add_parameter(struct overload *overload, const struct type *type)
{
    assert(type && overload->n_parameters < MAX_PARAMETERS);
    unsigned at = overload->n_parameters++;
    overload->parameters[at] = type;
    overload->kinds[at] = type_datum_kind(type);
    overload->item_kinds[at] = type->kind == TYPE_LIST ? type_datum_kind(type->of[0]) : ANY_KIND;
    overload->n_variables = (uint8_t)count_variables(type, overload->n_variables);
}

static void skip(const char **at, const char *blanks)
{
    *at += strspn(*at, blanks);
}

/* "string.(int, A) -> list(A)" */
static void parse_signature(struct environment *env, struct overload *overload)
{
    const char *at = overload->row->signature;
    if (*at != '(') {
        add_parameter(overload, type_parse(env->arena, &at));
        overload->method = true;
        skip(&at, ".");
    }
    assert(*at == '(');
    skip(&at, "( ");
    while (*at != ')') {
        add_parameter(overload, type_parse(env->arena, &at));
        skip(&at, ", ");
    }
    skip(&at, ") ->");
    overload->result = type_parse(env->arena, &at);
    assert(overload->result && *at == '\0');
    overload->n_variables = (uint8_t)count_variables(overload->result, overload->n_variables);
}

/* When the function that ROW is came, in whatever form; 0: it was always there. */
static int first_edition(const struct library *library, const struct function_row *row)
{
    int first = row->from;
    for (size_t i = 0; i < library->n_rows; i++) {
        const struct function_row *other = &library->rows[i];
        if (strcmp(other->name, row->name) == 0 && strcmp(other->signature, row->signature) == 0 &&
            other->from < first)
            first = other->from;
    }
    return first;
}

/* New expressions know what the version before knew, too, so that the API server can be rolled back. */
static bool is_in_new(const struct environment_options *options, const struct library *library,
                      const struct function_row *row)
{
    if (row->flags & FUNCTION_OF_LIST_ATTRIBUTES)
        return options->list_attributes;
    return first_edition(library, row) < options->kube_minor;
}

static bool is_in(const struct environment *env, const struct library *library,
                  const struct function_row *row)
{
    const struct environment_options *options = &env->options;
    int edition =
        options->kube_minor == SNAPSHOT_1_37 && options->published ? RELEASE_1_37 : options->kube_minor;
    return (!row->from || edition >= row->from) && (!row->until || edition <= row->until) &&
           (!options->new_expressions || is_in_new(options, library, row));
}

static void add_library(struct environment *env, const struct library *library)
{
    for (size_t i = 0; i < library->n_rows; i++) {
        const struct function_row *row = &library->rows[i];
        if (!is_in(env, library, row))
            continue;
        struct function *function = function_named(env, row->name);
        struct overload *overloads = arena_make_array(env->arena, struct overload, function->n_overloads + 1);
        if (function->n_overloads)
            memcpy(overloads, function->overloads, function->n_overloads * sizeof(*overloads));
        overloads[function->n_overloads] = (struct overload){ .row = row };
        parse_signature(env, &overloads[function->n_overloads]);
        function->overloads = overloads;
        function->n_overloads++;
    }
}

/* Names */

static void add_type_names(struct environment *env)
{
    static const char *const texts[] = {
        "bool",
        "int",
        "uint",
        "double",
        "string",
        "bytes",
        "list(dyn)",
        "map(dyn, dyn)",
        "null_type",
        "type(dyn)",
        "optional_type(dyn)",
        "google.protobuf.Timestamp",
        "google.protobuf.Duration",
        "net.IP",
        "net.CIDR",
    };
    struct type_name *names = arena_make_array(env->arena, struct type_name, ARRAY_LEN(texts));
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        const char *at = texts[i];
        const struct type *type = type_parse(env->arena, &at);
        struct datum sample = { .kind = type_datum_kind(type) };
        names[i].name = datum_type_name(&sample);
        names[i].type = type_make(env->arena, TYPE_TYPE, type, NULL);
        names[i].value = datum_type(names[i].name);
    }
    env->type_names = names;
    env->n_type_names = ARRAY_LEN(texts);
}

/* For container a.b the name x is a.b.x, a.x or x, in this order. Moves *CONTAINER outward. */
static bool next_candidate(struct span *container, struct span name, bool *more, struct buf *out)
{
    if (!*more)
        return false;
    buf_clear(out);
    buf_add_span(out, *container);
    if (container->length)
        buf_add_char(out, '.');
    buf_add_span(out, name);
    *more = container->length > 0;
    size_t length = container->length;
    while (length > 0 && container->data[length - 1] != '.')
        length--;
    container->length = length ? length - 1 : 0;
    return true;
}

enum { MAX_CANDIDATE_BYTES = 32 * 1024 };

const struct function *environment_function(const struct environment *env, struct span name)
{
    if (!env->container.length)
        return map_find(&env->functions, name);
    cleanup_buf struct buf candidate = BUF_INIT(MAX_CANDIDATE_BYTES);
    struct span container = env->container;
    bool more = true;
    while (next_candidate(&container, name, &more, &candidate)) {
        const struct function *function = map_find(&env->functions, buf_span(&candidate));
        if (function)
            return function;
    }
    return NULL;
}

static const struct variable *find_variable(const struct environment *env, struct span name)
{
    for (size_t i = 0; i < env->n_variables; i++)
        if (span_equal(env->variables[i].name, name))
            return &env->variables[i];
    return NULL;
}

const struct variable *environment_variable(const struct environment *env, struct span name, bool rooted)
{
    if (rooted || !env->container.length)
        return find_variable(env, name);
    cleanup_buf struct buf candidate = BUF_INIT(MAX_CANDIDATE_BYTES);
    struct span container = env->container;
    bool more = true;
    while (next_candidate(&container, name, &more, &candidate)) {
        const struct variable *variable = find_variable(env, buf_span(&candidate));
        if (variable)
            return variable;
    }
    return NULL;
}

const struct type_name *environment_type_name(const struct environment *env, struct span name)
{
    for (size_t i = 0; i < env->n_type_names; i++)
        if (span_is(name, env->type_names[i].name))
            return &env->type_names[i];
    return NULL;
}

/* Environments */

static struct environment *make_environment(const struct environment_options *options)
{
    struct arena *arena = arena_new();
    struct environment *env = arena_make(arena, struct environment);
    env->arena = arena;
    env->options = *options;
    if (!env->options.kube_minor)
        env->options.kube_minor = KUBE_NEWEST;
    env->cost_limit = options->unlimited_cost ? UINT64_MAX / 2
                      : options->cost_limit   ? options->cost_limit
                                              : SELECTOR_COST_LIMIT;
    env->syntax.quoted_names = env->options.kube_minor >= 37;
    for (size_t i = 0; i < ARRAY_LEN(libraries); i++)
        add_library(env, libraries[i]);
    add_type_names(env);
    return env;
}

static const struct type *map_of_maps(struct arena *arena, const struct type *of)
{
    const struct type *string = type_basic(TYPE_STRING);
    return type_make(arena, TYPE_MAP, string, type_make(arena, TYPE_MAP, string, of));
}

struct environment *environment_new_device(const struct environment_options *options)
{
    assert(options->symbols);
    struct environment *env = make_environment(options);
    int minor = env->options.kube_minor;
    bool stored = !options->new_expressions;
    env->is_device = true;
    env->has_shared_capacity = stored || !options->no_shared_capacity;
    env->allows_lists = minor >= 37 || (minor == 36 && options->list_attributes);
    bool dynamic = options->list_attributes ? minor >= 36 : stored && minor >= 37;
    env->attribute_type = type_basic(dynamic ? TYPE_DYN : TYPE_ANY);
    env->attributes_type = map_of_maps(env->arena, env->attribute_type);
    env->capacity_type = map_of_maps(env->arena, type_basic(TYPE_QUANTITY));
    struct variable *device = arena_make(env->arena, struct variable);
    *device = (struct variable){ SPAN("device"), type_basic(TYPE_DEVICE) };
    env->variables = device;
    env->n_variables = 1;
    return env;
}

struct error *environment_new_values(const struct environment_options *options,
                                     const struct environment_variable *variables, size_t n_variables,
                                     const char *container, struct environment **out)
{
    cleanup_environment struct environment *env = make_environment(options);
    struct variable *copies = arena_make_array(env->arena, struct variable, n_variables);
    struct span *names = arena_make_array(env->arena, struct span, n_variables);
    for (size_t i = 0; i < n_variables; i++) {
        const char *at = variables[i].type;
        copies[i].name = names[i] = span_of(arena_strdup(env->arena, variables[i].name));
        copies[i].type = type_parse(env->arena, &at);
        if (!copies[i].type || *at)
            return error_invalid("variable %s: \"%s\" is no type", variables[i].name, variables[i].type);
    }
    env->variables = copies;
    env->n_variables = env->syntax.n_variables = n_variables;
    env->syntax.variables = names;
    env->container = span_of(arena_strdup(env->arena, container ? container : ""));
    *out = take(env);
    return NULL;
}

void environment_free(struct environment *env)
{
    if (!env)
        return;
    map_done(&env->functions);
    arena_free(env->arena);
}
