/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One sentence: the first request that is short, with its reasons, most devices first; else what makes the
 * requests hinder each other. It is cut where an Event's message would be.
 */

#include "controller/explain/explain.h"

#include "api/base/utf8.h"

static const char *plural(size_t count)
{
    return count == 1 ? "" : "s";
}

static void wanted_say(const struct request_explanation *request, struct buf *out)
{
    buf_printf(out, "claim %s: request %s wants ", request->claim, request->request);
    if (request->all)
        buf_add(out, "all devices");
    else
        buf_printf(out, "%zu device%s", request->n_wanted, plural(request->n_wanted));
    buf_printf(out, " of class %s", request->class_name ? request->class_name : "(none)");
}

static void available_say(const struct explanation *explanation, const struct request_explanation *request,
                          struct buf *out)
{
    if (!request->n_considered)
        buf_add(out, ", there are no devices at all");
    else if (explanation->n_nodes > 1 && request->n_available)
        buf_printf(out, ", no node of %zu has more than %zu available", explanation->n_nodes,
                   request->n_best);
    else if (request->n_available)
        buf_printf(out, ", only %zu of %zu %s available", request->n_available, request->n_considered,
                   request->n_available == 1 ? "is" : "are");
    else
        buf_printf(out, ", none of %zu is available", request->n_considered);
}

static void reasons_say(const struct request_explanation *request, struct buf *out)
{
    const char *separator = ": ";
    for (size_t i = 0; i < request->n_reasons; i++) {
        const struct reason_count *count = &request->reasons[i];
        if (count->reason == REASON_AVAILABLE)
            continue;
        buf_printf(out, "%s%zu %s", separator, count->n_devices, reason_words(count->reason));
        if (count->detail)
            buf_printf(out, " (%s: %s)", count->example, count->detail);
        separator = ", ";
    }
}

static const struct request_explanation *first_short(const struct explanation *explanation)
{
    for (size_t i = 0; i < explanation->n_requests; i++) {
        if (explanation->requests[i].is_short)
            return &explanation->requests[i];
    }
    return NULL;
}

static void together_say(const struct explanation *explanation, struct buf *out)
{
    buf_add(out, "each request could be served alone, but not all of them together");
    for (size_t i = 0; i < explanation->n_constraints; i++)
        buf_printf(out, "%s%s",
                   i ? ", " : ": without this constraint they would fit: ", explanation->constraints[i]);
}

static void no_fit_say(const struct explanation *explanation, struct buf *out)
{
    const struct request_explanation *request = first_short(explanation);
    if (!explanation->n_nodes) {
        buf_add(out, "there is no node to allocate for");
        return;
    }
    if (!request) {
        together_say(explanation, out);
        return;
    }
    wanted_say(request, out);
    available_say(explanation, request, out);
    reasons_say(request, out);
}

static void outcome_say(const struct outcome *outcome, struct buf *out)
{
    const struct explanation *explanation = outcome->explanation;
    switch (outcome->kind) {
    case OUTCOME_ALLOCATED: buf_printf(out, "allocated on node %s", outcome->node); return;
    case OUTCOME_ABORTED: buf_add(out, outcome->message ? outcome->message : "aborted"); return;
    case OUTCOME_EXHAUSTED:
        buf_printf(out, "the search gave up after %llu steps with %zu device%s placed",
                   (unsigned long long)outcome->steps, explanation ? explanation->n_placed : 0,
                   plural(explanation ? explanation->n_placed : 0));
        return;
    case OUTCOME_NODE_FAILURE:
    case OUTCOME_NO_FIT: break;
    }
    if (outcome->message && outcome->kind == OUTCOME_NO_FIT) {
        buf_add(out, outcome->message);
        return;
    }
    if (outcome->message)
        buf_printf(out, "%s%s", outcome->message, explanation ? "; " : "");
    if (explanation)
        no_fit_say(explanation, out);
    else if (!outcome->message)
        buf_add(out, "no combination of devices fits");
}

void explain_sentence(const struct outcome *outcome, struct buf *out)
{
    cleanup_buf struct buf text = BUF_INIT(64 * 1024);
    outcome_say(outcome, &text);
    struct span cut = utf8_truncate(buf_span(&text), EXPLAIN_MAX_SENTENCE - 3);
    buf_add_span(out, cut);
    if (cut.length < text.length)
        buf_add(out, "...");
}
