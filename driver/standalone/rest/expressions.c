/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Only new and changed expressions come here; stored ones are taken as they are.
 */
#include "driver/standalone/rest/expressions.h"

#include "api/base/memory.h"
#include "selector/environment.h"
#include "selector/selector.h"

struct error *expressions_init(struct expressions *expressions, const char *kube_version,
                               bool list_attributes, bool shared_capacity)
{
    struct environment_options options = {
        .new_expressions = true,
        .list_attributes = list_attributes,
        .no_shared_capacity = !shared_capacity,
        .symbols = &expressions->symbols,
    };
    TRY(kube_version_parse(kube_version, &options.kube_minor));
    expressions->environment = environment_new_device(&options);
    options.derived = true;
    expressions->derived_environment = environment_new_device(&options);
    return NULL;
}

void expressions_done(struct expressions *expressions)
{
    environment_free(expressions->environment);
    environment_free(expressions->derived_environment);
    symbols_done(&expressions->symbols);
}

/* Validation has looked at the length, and compares the cost itself. */
static struct error *check(const void *context, struct span expression, bool derived, uint64_t *cost)
{
    const struct expressions *expressions = context;
    cleanup_free char *text = mem_strndup(expression.data, expression.length);
    struct selector *selector;
    TRY(selector_compile(text, derived ? expressions->derived_environment : expressions->environment,
                         &selector));
    *cost = selector_estimate(selector);
    selector_free(selector);
    return NULL;
}

struct expression_checker expressions_checker(const struct expressions *expressions)
{
    return (struct expression_checker){ .check = check, .context = expressions };
}
