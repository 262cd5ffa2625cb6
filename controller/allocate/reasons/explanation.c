/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/allocate/reasons/reasons.h"
#include "controller/allocate/state/state.h"

const char *reason_name(enum reason reason)
{
#define REASON_ROW(symbol, name, words) [REASON_##symbol] = name,
    static const char *const names[] = { REASONS(REASON_ROW) };
#undef REASON_ROW
    return names[reason];
}

const char *reason_words(enum reason reason)
{
#define REASON_ROW(symbol, name, words) [REASON_##symbol] = words,
    static const char *const texts[] = { REASONS(REASON_ROW) };
#undef REASON_ROW
    return texts[reason];
}

/* Copies */

static struct reason_count reason_copy(const struct reason_count *from, struct arena *arena)
{
    return (struct reason_count){ .reason = from->reason,
                                  .n_devices = from->n_devices,
                                  .example = arena_strdup(arena, from->example),
                                  .detail = arena_strdup(arena, from->detail) };
}

static struct request_explanation request_copy(const struct request_explanation *from, const char *label,
                                               struct arena *arena)
{
    struct request_explanation copy = *from;
    copy.claim = label;
    copy.request = arena_strdup(arena, from->request);
    copy.class_name = arena_strdup(arena, from->class_name);
    copy.reasons = arena_make_array(arena, struct reason_count, from->n_reasons);
    for (size_t i = 0; i < from->n_reasons; i++)
        copy.reasons[i] = reason_copy(&from->reasons[i], arena);
    return copy;
}

struct explanation *explanation_copy(const struct explanation *explanation,
                                     const struct allocate_request *request, struct arena *arena)
{
    struct explanation *copy = arena_make(arena, struct explanation);
    *copy = *explanation;
    copy->message = arena_strdup(arena, explanation->message);
    copy->node = arena_strdup(arena, explanation->node);
    copy->requests = arena_make_array(arena, struct request_explanation, explanation->n_requests);
    for (size_t i = 0; i < explanation->n_requests; i++) {
        const struct request_explanation *from = &explanation->requests[i];
        copy->requests[i] = request_copy(from, claim_label(request->claims[from->claim_index], arena), arena);
    }
    copy->constraints = arena_make_array(arena, const char *, explanation->n_constraints);
    copy->blamed = arena_make_array(arena, struct constraint_place, explanation->n_constraints);
    for (size_t i = 0; i < explanation->n_constraints; i++) {
        copy->blamed[i] = explanation->blamed[i];
        copy->constraints[i] = constraint_describe(request, copy->blamed[i], arena);
    }
    return copy;
}
