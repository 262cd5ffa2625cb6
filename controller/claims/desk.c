/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A decision belongs to one pod and holds one claim:
 *
 *     search begins ─► busy ─► decided ─► written ─► seen on the watch: the decision is done
 *                        │        └─► claim or pod gone, overtaken, refused by the server: forgotten
 *                        └─► nothing fits: free again
 */

#include "controller/claims/desk.h"
#include "api/base/buf.h"
#include "api/base/memory.h"
#include "controller/claims/avoidance.h"

enum { MAX_KEY = 1024 };

/* A search's results, shared by the decisions that came out of it. */
struct findings {
    unsigned refs;
    struct arena *arena;
};

struct claim_state {
    char *namespace, *name;
    enum standing standing;
    char *message;
    char *judged_version; /* of the picture whose verdict is waited for; NULL: none */

    char *owner; /* uid of the pod for which it is being decided, or NULL */
    struct findings *findings;
    const struct allocation *decided; /* in the findings, or NULL */
    char *node;                       /* of the last decision */

    struct avoidance avoidance;
};

struct pod_state {
    char *uid;
    uint64_t ticket; /* of the search under way; 0: none */
    bool parked;
    uint64_t parked_until_ms; /* a node was left out of the search until then; 0: none was */
    bool outdated;            /* something changed since that search was asked for */
    char *reason, *sentence;
};

struct desk {
    struct desk_hooks hooks;
    struct map claims, pods; /* by "namespace/name" */
    uint64_t n_tickets;
};

/* --- states come and go --- */

static void key_format(struct buf *out, const char *namespace, const char *name)
{
    buf_printf(out, "%s/%s", namespace ? namespace : "", name);
}

static void replace_text(char **variable, const char *text)
{
    char *copy = text ? mem_strdup(text) : NULL;
    free(*variable);
    *variable = copy;
}

static void findings_unref(struct findings *findings)
{
    if (!findings || --findings->refs)
        return;
    arena_free(findings->arena);
    free(findings);
}

static void claim_state_free(struct claim_state *state)
{
    findings_unref(state->findings);
    free(state->namespace);
    free(state->name);
    free(state->message);
    free(state->judged_version);
    free(state->owner);
    free(state->node);
    avoidance_end(&state->avoidance);
    free(state);
}

static void pod_state_free(struct pod_state *state)
{
    if (!state)
        return;
    free(state->uid);
    free(state->reason);
    free(state->sentence);
    free(state);
}

static struct claim_state *claim_find(const struct desk *desk, const char *namespace, const char *name)
{
    cleanup_buf struct buf key = BUF_INIT(MAX_KEY);
    key_format(&key, namespace, name);
    return map_get(&desk->claims, buf_text(&key));
}

static struct claim_state *claim_make(struct desk *desk, const char *namespace, const char *name)
{
    struct claim_state *state = claim_find(desk, namespace, name);
    if (state)
        return state;
    cleanup_buf struct buf key = BUF_INIT(MAX_KEY);
    key_format(&key, namespace, name);
    state = NEW(struct claim_state);
    replace_text(&state->namespace, namespace ? namespace : "");
    replace_text(&state->name, name);
    map_put(&desk->claims, buf_text(&key), state);
    return state;
}

static void claim_forget(struct desk *desk, struct claim_state *state)
{
    cleanup_buf struct buf key = BUF_INIT(MAX_KEY);
    key_format(&key, state->namespace, state->name);
    map_remove(&desk->claims, buf_span(&key));
    claim_state_free(state);
}

/* The state of the pod with this uid; one of the same name that came before it is forgotten. */
static struct pod_state *pod_make(struct desk *desk, const char *key, const char *uid)
{
    struct pod_state *state = map_get(&desk->pods, key);
    if (state && strcmp(state->uid, uid) == 0)
        return state;
    pod_state_free(map_remove(&desk->pods, span_of(key)));
    state = NEW(struct pod_state);
    state->uid = mem_strdup(uid);
    map_put(&desk->pods, key, state);
    return state;
}

struct desk *desk_new(const struct desk_hooks *hooks)
{
    struct desk *desk = NEW(struct desk);
    desk->hooks = *hooks;
    return desk;
}

void desk_free(struct desk *desk)
{
    if (!desk)
        return;
    map_each (&desk->claims, claim)
        claim_state_free(claim->value);
    map_each (&desk->pods, pod)
        pod_state_free(pod->value);
    map_done(&desk->claims);
    map_done(&desk->pods);
    free(desk);
}

static void touch(struct desk *desk, const struct claim_state *state)
{
    if (desk->hooks.touched)
        desk->hooks.touched(desk->hooks.ctx, state->namespace, state->name);
}

/* Whatever was going on for a pod is over; the claim is free to be decided again. */
static void claim_release(struct desk *desk, struct claim_state *state)
{
    if (state->decided)
        desk->hooks.forget(desk->hooks.ctx, state->namespace, state->name);
    findings_unref(take(state->findings));
    state->decided = NULL;
    free(take(state->owner));
}

/* --- what happens --- */

/* Whether the claim had users, and they are done with it. */
static bool is_used_up(const struct desk *desk, const struct resource_claim *claim)
{
    if (!desk->hooks.is_waiting)
        return false;
    for (size_t i = 0; i < claim->n_reserved_for; i++) {
        if (desk->hooks.is_waiting(desk->hooks.ctx, claim->meta.namespace, &claim->reserved_for[i]))
            return false;
    }
    return claim->n_reserved_for > 0;
}

/* The allocation that BEFORE had went away. If nobody could use it, try somewhere else. */
static void note_loss(struct desk *desk, struct claim_state *state, const struct resource_claim *before,
                      uint64_t now_ms)
{
    if (state->standing != STANDING_CONFIRMED || !state->node)
        return;
    if (is_used_up(desk, before))
        avoidance_end(&state->avoidance);
    else
        avoidance_begin(&state->avoidance, state->node, now_ms);
}

static bool is_same_claim(const struct resource_claim *a, const struct resource_claim *b)
{
    return a && b && a->meta.uid && b->meta.uid && strcmp(a->meta.uid, b->meta.uid) == 0;
}

void desk_claim_changed(struct desk *desk, const struct resource_claim *before,
                        const struct resource_claim *after, uint64_t now_ms)
{
    const struct resource_claim *either = after ? after : before;
    struct claim_state *state = claim_make(desk, either->meta.namespace, either->meta.name);
    bool allocated = after && after->allocation;
    bool changed = before ? !is_same_claim(before, after) : true;
    if (allocated && !is_same_allocation(before, after)) {
        state->standing = STANDING_NONE;
        replace_text(&state->judged_version, after->meta.resource_version);
        changed = true;
    }
    if (!allocated && before && before->allocation) {
        if (after)
            note_loss(desk, state, before, now_ms);
        state->standing = STANDING_NONE;
        replace_text(&state->judged_version, NULL);
        changed = true;
    }
    if (state->owner &&
        (allocated || !after || after->meta.deletion_timestamp || !is_same_claim(before, after))) {
        claim_release(desk, state);
        changed = true;
    }
    if (changed)
        touch(desk, state);
    if (!after)
        claim_forget(desk, state);
}

void desk_judged(struct desk *desk, const char *namespace, const char *name, const char *resource_version,
                 const struct verdict *verdict)
{
    struct claim_state *state = claim_find(desk, namespace, name);
    if (!state || !state->judged_version || strcmp(state->judged_version, resource_version) != 0)
        return;
    replace_text(&state->judged_version, NULL);
    state->standing = verdict->standing;
    replace_text(&state->message, verdict->message);
    touch(desk, state);
}

void desk_overtaken(struct desk *desk, const char *claim_key)
{
    struct claim_state *state = map_get(&desk->claims, claim_key);
    if (!state || !state->decided)
        return;
    claim_release(desk, state);
    touch(desk, state);
}

void desk_write_refused(struct desk *desk, const char *namespace, const char *name)
{
    struct claim_state *state = claim_find(desk, namespace, name);
    if (!state)
        return;
    claim_release(desk, state);
    touch(desk, state);
}

void desk_pod_gone(struct desk *desk, const char *namespace, const char *name)
{
    cleanup_buf struct buf key = BUF_INIT(MAX_KEY);
    key_format(&key, namespace, name);
    struct pod_state *pod = map_remove(&desk->pods, buf_span(&key));
    if (!pod)
        return;
    map_each (&desk->claims, entry) {
        struct claim_state *state = entry->value;
        if (!state->owner || strcmp(state->owner, pod->uid) != 0)
            continue;
        claim_release(desk, state);
        touch(desk, state);
    }
    pod_state_free(pod);
}

bool desk_wake(struct desk *desk, const char *pod_key)
{
    struct pod_state *pod = map_get(&desk->pods, pod_key);
    bool parked = pod && pod->parked;
    if (pod) {
        pod->parked = false;
        pod->outdated = pod->ticket;
    }
    return parked;
}

/* --- planning --- */

static void fill_claim(struct desk *desk, const struct pod *pod, struct arena *arena, struct plan_claim *out)
{
    struct desk_hooks *hooks = &desk->hooks;
    if (!out->name)
        return;
    out->claim = hooks->find_claim(hooks->ctx, pod->meta.namespace, out->name);
    if (!out->claim)
        return;
    out->ownership = claim_ownership(out->claim, hooks->find_class, hooks->ctx, &out->class_name);
    if (hooks->find_denial && out->ownership == OWNED_BY_US)
        out->denial = hooks->find_denial(hooks->ctx, out->claim, arena);
    const struct claim_state *state = claim_find(desk, pod->meta.namespace, out->name);
    if (!state)
        return;
    bool is_own = state->owner && strcmp(state->owner, pod->meta.uid) == 0;
    out->standing = state->standing;
    out->message = arena_strdup(arena, state->message);
    out->decided = is_own ? state->decided : NULL;
    out->busy = state->owner && !is_own && !out->claim->allocation;
}

/* A pod that cannot go on must not hold devices that it was only promised. */
static void release_promises(struct desk *desk, struct plan *plan)
{
    for (size_t i = 0; i < plan->n_claims; i++) {
        struct claim_state *state = plan->claims[i].decided
                                        ? claim_find(desk, plan->pod->meta.namespace, plan->claims[i].name)
                                        : NULL;
        if (!state)
            continue;
        plan->claims[i].decided = NULL;
        claim_release(desk, state);
        touch(desk, state);
    }
}

void desk_plan(struct desk *desk, const struct pod *pod, uint64_t now_ms, struct arena *arena,
               struct plan *plan, struct step *out)
{
    cleanup_buf struct buf key = BUF_INIT(MAX_KEY);
    key_format(&key, pod->meta.namespace, pod->meta.name);
    const struct pod_state *state = pod_make(desk, buf_text(&key), pod->meta.uid);
    *plan = (struct plan){
        .pod = pod,
        .claims = arena_make_array(arena, struct plan_claim, pod->n_claims),
        .searching = state->ticket,
        .parked = state->parked && (!state->parked_until_ms || now_ms < state->parked_until_ms),
        .reason = arena_strdup(arena, state->reason),
        .sentence = arena_strdup(arena, state->sentence),
    };
    for (size_t i = 0; i < pod->n_claims; i++) {
        struct plan_claim *claim = &plan->claims[plan->n_claims];
        *claim = (struct plan_claim){ .entry = pod->claims[i].name,
                                      .generated = pod->claims[i].template_name,
                                      .ownership = OWNERSHIP_UNKNOWN };
        bool known = pod_claim_resolve(pod, &pod->claims[i], &claim->name);
        if (known && !claim->name)
            continue; /* not needed */
        fill_claim(desk, pod, arena, claim);
        plan->n_claims++;
    }
    plan_next(plan, arena, out);
    if (out->kind != STEP_PROTECT && out->kind != STEP_ALLOCATE)
        release_promises(desk, plan);
}

bool desk_avoids(struct desk *desk, const struct plan *plan, const char *node, uint64_t now_ms,
                 uint64_t *until_ms)
{
    bool avoids = false;
    for (size_t i = 0; i < plan->n_claims; i++) {
        const struct plan_claim *claim = &plan->claims[i];
        const struct claim_state *state =
            plan_wants(claim) ? claim_find(desk, plan->pod->meta.namespace, claim->name) : NULL;
        if (!state || !avoidance_holds(&state->avoidance, node, now_ms))
            continue;
        avoids = true;
        if (state->avoidance.until_ms < *until_ms)
            *until_ms = state->avoidance.until_ms;
    }
    return avoids;
}

/* --- searches --- */

uint64_t desk_search_begin(struct desk *desk, const struct plan *plan, uint64_t until_ms)
{
    const struct object_meta *pod = &plan->pod->meta;
    cleanup_buf struct buf key = BUF_INIT(MAX_KEY);
    key_format(&key, pod->namespace, pod->name);
    struct pod_state *state = pod_make(desk, buf_text(&key), pod->uid);
    state->parked = state->outdated = false;
    state->parked_until_ms = until_ms;
    state->ticket = ++desk->n_tickets;
    for (size_t i = 0; i < plan->n_claims; i++) {
        if (!plan_wants(&plan->claims[i]))
            continue;
        struct claim_state *claim = claim_make(desk, pod->namespace, plan->claims[i].name);
        claim_release(desk, claim);
        claim->owner = mem_strdup(pod->uid);
    }
    return state->ticket;
}

/* Whether the claim is still as it was when the search was asked for. */
static bool is_untouched(const struct desk *desk, const struct resource_claim *asked)
{
    const struct resource_claim *now =
        desk->hooks.find_claim(desk->hooks.ctx, asked->meta.namespace, asked->meta.name);
    return is_same_claim(asked, now) && !now->allocation && !now->meta.deletion_timestamp;
}

static void keep_decision(struct claim_state *state, struct findings *findings,
                          const struct allocation *allocation, const char *node)
{
    findings->refs++;
    state->findings = findings;
    state->decided = allocation;
    replace_text(&state->node, node);
}

bool desk_search_end(struct desk *desk, const struct desk_answer *answer)
{
    struct pod_state *pod = map_get(&desk->pods, answer->pod_key);
    bool awaited = pod && strcmp(pod->uid, answer->pod_uid) == 0 && pod->ticket == answer->ticket;
    struct findings *findings = NEW(struct findings);
    *findings = (struct findings){ .refs = 1, .arena = answer->arena };
    for (size_t i = 0; i < answer->n_claims; i++) {
        const struct object_meta *meta = &answer->claims[i]->meta;
        struct claim_state *state = claim_find(desk, meta->namespace, meta->name);
        bool ours = awaited && state && state->owner && strcmp(state->owner, answer->pod_uid) == 0;
        if (ours && answer->allocations && is_untouched(desk, answer->claims[i])) {
            keep_decision(state, findings, &answer->allocations[i], answer->node);
            continue;
        }
        /* With another owner, a later search has already replaced what this one assumed. */
        if (answer->allocations && (ours || !state || !state->owner))
            desk->hooks.forget(desk->hooks.ctx, meta->namespace, meta->name);
        if (ours) {
            claim_release(desk, state);
            touch(desk, state);
        }
    }
    if (awaited) {
        pod->ticket = 0;
        pod->parked = !answer->allocations && !pod->outdated;
        replace_text(&pod->reason, answer->reason);
        replace_text(&pod->sentence, answer->sentence);
    }
    findings_unref(findings);
    return awaited;
}

size_t desk_count_parked(const struct desk *desk)
{
    size_t count = 0;
    map_each (&desk->pods, entry)
        count += ((const struct pod_state *)entry->value)->parked;
    return count;
}

size_t desk_count_decided(const struct desk *desk)
{
    size_t count = 0;
    map_each (&desk->claims, entry)
        count += ((const struct claim_state *)entry->value)->decided != NULL;
    return count;
}
