/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which overload a call is. Where the checker left several, the kinds of the arguments decide, as they do for
 * upstream: of a list by its first item.
 */

#include "selector/compare.h"
#include "selector/container.h"

static bool fits(const struct overload *overload, const struct call_site *site, const struct datum *args)
{
    if (overload->n_parameters != site->n_args || overload->method != site->method)
        return false;
    for (unsigned i = 0; i < site->n_args; i++) {
        if (overload->kinds[i] != ANY_KIND && overload->kinds[i] != args[i].kind)
            return false;
        /* Of a list only the first item is looked at. */
        if (overload->item_kinds[i] != ANY_KIND && args[i].size &&
            list_at(&args[i], 0).kind != overload->item_kinds[i])
            return false;
    }
    return true;
}

static struct datum fail_no_fit(struct machine *machine, const struct call_site *site,
                                const struct datum *args)
{
    cleanup_buf struct buf kinds = BUF_INIT(512);
    for (unsigned i = 0; i < site->n_args; i++)
        buf_printf(&kinds, "%s%s", i ? ", " : "", datum_type_name(&args[i]));
    return failf(machine, "no such overload: %s(%s)", site->function->name, buf_text(&kinds));
}

struct datum call_function(struct machine *machine, const struct call_site *site, const struct datum *args)
{
    for (unsigned i = 0; i < site->n_args; i++)
        if (args[i].kind == DATUM_ERROR)
            return args[i];
    const struct function *function = site->function;
    const struct overload *first = &function->overloads[0];
    if (first->row->flags & FUNCTION_TOTAL)
        return first->row->body(machine, args, site->n_args);
    if (site->only) /* the checker has decided, for better or worse */
        return fits(site->only, site, args) ? site->only->row->body(machine, args, site->n_args)
                                            : fail_no_fit(machine, site, args);
    for (size_t i = 0; i < function->n_overloads; i++)
        if (fits(&function->overloads[i], site, args))
            return function->overloads[i].row->body(machine, args, site->n_args);
    return fail_no_fit(machine, site, args);
}

/* k in m, where m is a map of upstream's that k cannot be looked up in. */
static bool is_unhashable_look_up(const struct call_site *site, const struct datum *args)
{
    return site->n_args == 2 && !datum_is_hashable(&args[0]) && args[1].kind == DATUM_MAP &&
           args[1].form == DICT_PLAIN && args[1].size && strcmp(site->function->name, "@in") == 0;
}

bool call_falls_over(struct machine *machine, const struct call_site *site, const struct datum *args,
                     struct datum *out)
{
    const struct datum *stumble = cost_stumbles(site->cost, args, site->n_args);
    if (stumble)
        *out = failf(machine, "internal error: interface conversion: %s is not what the cost rule expects",
                     datum_class_name(stumble));
    else if (is_unhashable_look_up(site, args))
        *out = failf(machine, "internal error: runtime error: hash of unhashable type %s",
                     datum_class_name(&args[0]));
    else
        return false;
    return true;
}
