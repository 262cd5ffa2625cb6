/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/allocate/reasons/judge.h"

#include "controller/allocate/reasons/details.h"

static void selector_describe(struct search *search, const struct selector_list *list, size_t index,
                              const char *owner, enum verdict verdict, const struct card *card,
                              struct buf *detail)
{
    cleanup_buf struct buf read = BUF_INIT(1024);
    cleanup_arena struct arena *arena = arena_new();
    struct matcher *matcher = search->inventory->matcher;
    if (verdict != VERDICT_FALSE) {
        buf_printf(detail, "%s selector %zu: %s", owner, index,
                   matcher_complaint(matcher, list->programs[index], card, arena));
        return;
    }
    buf_printf(detail, "%s selector %zu is false", owner, index);
    matcher_describe(matcher, list->programs[index], card, &read);
    if (read.length)
        buf_printf(detail, ": %s", buf_text(&read));
}

/* Sets *REASON if one of the selectors keeps the device away. */
static bool selectors_refuse(struct search *search, const struct selector_list *list, const char *owner,
                             const struct card *card, enum reason refusal, enum reason *reason,
                             struct buf *detail)
{
    for (size_t i = 0; i < list->n_programs; i++) {
        enum verdict verdict = matcher_test(search->inventory->matcher, list->programs[i], card);
        if (verdict == VERDICT_TRUE)
            continue;
        *reason = verdict == VERDICT_FALSE ? refusal : REASON_SELECTOR_FAILED;
        if (detail)
            selector_describe(search, list, i, owner, verdict, card, detail);
        return true;
    }
    return false;
}

bool demand_refuses(struct search *search, const struct demand *demand, const struct card *card,
                    enum reason *reason, struct buf *detail)
{
    return selectors_refuse(search, &demand->class_selectors, "class", card, REASON_CLASS_SELECTOR, reason,
                            detail) ||
           selectors_refuse(search, &demand->selectors, "request", card, REASON_REQUEST_SELECTOR, reason,
                            detail);
}

/* Whether the device has what the constraints look at: without, it fails them even as the first. */
static enum reason candidate_judge_attributes(struct search *search, const struct claim_state *claim,
                                              const struct demand *demand, const struct candidate *candidate,
                                              struct buf *detail)
{
    const struct card *card = &candidate->entry->card;
    struct matcher *matcher = search->inventory->matcher;
    for (size_t i = 0; i < claim->n_constraints; i++) {
        const char *attribute = claim->constraints[i].attribute;
        struct program *derivation = demand->derivations ? demand->derivations[i] : NULL;
        if (!demand->covered[i] || !attribute)
            continue;
        if (derivation && !matcher_derive(matcher, derivation, card)) {
            if (detail)
                buf_printf(detail, "%s: %s", attribute,
                           matcher_complaint(matcher, derivation, card, search->arena));
            return REASON_DERIVED_FAILED;
        }
        if (!derivation && kind_find_attribute(card->kind, attribute) == KIND_NO_ATTRIBUTE) {
            if (detail)
                buf_printf(detail, "it has no attribute %s", attribute);
            return REASON_ATTRIBUTE_MISSING;
        }
    }
    return REASON_AVAILABLE;
}

static enum reason candidate_judge_counters(struct search *search, struct candidate *candidate,
                                            struct buf *detail)
{
    size_t mark = undo_mark(&search->undo);
    const struct group_set *set = groups_join(candidate, &search->undo);
    const struct counter *counter =
        !set && candidate->n_draws ? candidate_draw(candidate, &search->undo) : NULL;
    undo_to(&search->undo, mark);
    if (set) {
        if (detail)
            groups_describe(set, candidate->common, detail);
        return REASON_GROUPS_APART;
    }
    if (!counter)
        return REASON_AVAILABLE;
    if (detail)
        counter_describe(candidate, counter, detail);
    return REASON_COUNTER_SHORT;
}

/* What holds whatever the device's selectors say; the order is that of enum reason. */
enum reason candidate_judge(struct search *search, const struct claim_state *claim,
                            const struct demand *demand, struct candidate *candidate, struct buf *detail)
{
    const struct device *device = candidate->common;
    const struct device_use *use = candidate->entry->use;
    const struct features *features = &search->features;
    const char *short_of = NULL;
    if ((!features->device_binding_and_status && device->n_binding_conditions) ||
        (!features->partitionable_devices && device->n_consumes) ||
        !candidate_node_supports(search, candidate))
        return REASON_FEATURE_OFF;
    if (candidate_is_taken(search, demand, 0, candidate)) {
        if (detail)
            use_describe(use, detail);
        return REASON_IN_USE;
    }
    struct error *err = candidate_fits_capacity(search, demand, candidate, &short_of);
    if (err || short_of) {
        if (err && detail)
            buf_add(detail, err->text);
        else if (detail)
            capacity_describe(candidate, demand, short_of, candidate_rules(search, candidate), detail);
        error_free(err);
        return REASON_CAPACITY_SHORT;
    }
    bool is_drawn = candidate->is_shared && (use->n_shared || use->consumed.length);
    enum reason reason = is_drawn ? REASON_AVAILABLE : candidate_judge_counters(search, candidate, detail);
    if (reason != REASON_AVAILABLE)
        return reason;
    const struct taint *taint = candidate_find_taint(search, demand, candidate);
    if (taint) {
        if (detail)
            taint_describe(taint, detail);
        return REASON_TAINTED;
    }
    return candidate_judge_attributes(search, claim, demand, candidate, detail);
}
