/* SPDX-License-Identifier: Apache-2.0 */

#include "controller/claims/ledger.h"
#include "api/base/buf.h"
#include "api/base/map.h"
#include "api/base/memory.h"

struct ledger {
    struct inventory *inventory;
    struct map judged; /* "namespace/name" -> struct judged */
};

/* An allocation that has its verdict. */
struct judged {
    char *uid;
    char *timestamp;
};

enum { MAX_KEY = 1024 };

static const char *key_of(struct buf *buf, const char *namespace, const char *name)
{
    buf_clear(buf);
    buf_printf(buf, "%s/%s", namespace ? namespace : "", name);
    return buf_text(buf);
}

/* An absent one is an empty one. */
static bool text_same(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "") == 0;
}

static const char *timestamp_of(const struct resource_claim *claim)
{
    return claim->allocation->timestamp ? claim->allocation->timestamp : "";
}

static void judged_free(struct judged *judged)
{
    if (!judged)
        return;
    free(judged->uid);
    free(judged->timestamp);
    free(judged);
}

struct ledger *ledger_new(void)
{
    struct ledger *ledger = NEW(struct ledger);
    ledger->inventory = inventory_new();
    return ledger;
}

void ledger_free(struct ledger *ledger)
{
    if (!ledger)
        return;
    map_each (&ledger->judged, entry)
        judged_free(entry->value);
    map_done(&ledger->judged);
    inventory_free(ledger->inventory);
    free(ledger);
}

struct inventory *ledger_inventory(struct ledger *ledger)
{
    return ledger->inventory;
}

bool is_same_allocation(const struct resource_claim *a, const struct resource_claim *b)
{
    if (!a || !b || !a->allocation || !b->allocation)
        return false;
    return text_same(a->meta.uid, b->meta.uid) && text_same(timestamp_of(a), timestamp_of(b));
}

/*
 * Whether an allocation seen earlier stands against this one. An assumption does not: its write will be seen
 * later than this one, if at all.
 */
static bool find_earlier(struct ledger *ledger, const struct resource_claim *claim,
                         struct inventory_conflict *conflict, void (*overtaken)(void *ctx, const char *claim),
                         void *ctx)
{
    cleanup_buf struct buf key = BUF_INIT(MAX_KEY);
    while (inventory_find_conflict(ledger->inventory, claim->meta.namespace, claim->meta.name, conflict)) {
        const char *other = key_of(&key, conflict->namespace, conflict->name);
        if (map_get(&ledger->judged, other) ||
            !inventory_is_assumed(ledger->inventory, conflict->namespace, conflict->name))
            return true;
        cleanup_buf struct buf namespace = BUF_INIT(MAX_KEY), name = BUF_INIT(MAX_KEY);
        buf_add(&namespace, conflict->namespace);
        buf_add(&name, conflict->name);
        inventory_forget(ledger->inventory, buf_text(&namespace), buf_text(&name));
        overtaken(ctx, other);
    }
    return false;
}

static void judge(struct ledger *ledger, const struct resource_claim *claim, struct arena *arena,
                  struct verdict *verdict, void (*overtaken)(void *ctx, const char *claim), void *ctx)
{
    struct inventory_conflict conflict;
    *verdict = (struct verdict){ .standing = STANDING_CONFIRMED };
    if (!find_earlier(ledger, claim, &conflict, overtaken, ctx))
        return;
    verdict->standing = STANDING_REFUSED;
    verdict->message = arena_printf(
        arena, "%s%s%sdevice %s/%s/%s is held by claim %s/%s", conflict.capacity ? "capacity " : "",
        conflict.capacity ? conflict.capacity : "", conflict.capacity ? " of " : "", conflict.driver,
        conflict.pool, conflict.device, conflict.namespace, conflict.name);
}

bool ledger_put_claim(struct ledger *ledger, const struct resource_claim *claim, struct arena *arena,
                      struct verdict *verdict, void (*overtaken)(void *ctx, const char *claim), void *ctx)
{
    if (!claim->allocation) {
        ledger_remove_claim(ledger, claim->meta.namespace, claim->meta.name);
        return false;
    }
    cleanup_buf struct buf key = BUF_INIT(MAX_KEY);
    struct judged *judged = map_get(&ledger->judged, key_of(&key, claim->meta.namespace, claim->meta.name));
    inventory_put_claim(ledger->inventory, claim);
    inventory_confirm(ledger->inventory, claim->meta.namespace, claim->meta.name);
    if (judged && text_same(judged->uid, claim->meta.uid) &&
        text_same(judged->timestamp, timestamp_of(claim)))
        return false;
    judge(ledger, claim, arena, verdict, overtaken, ctx);

    struct judged *now = NEW(struct judged);
    now->uid = mem_strdup(claim->meta.uid ? claim->meta.uid : "");
    now->timestamp = mem_strdup(timestamp_of(claim));
    judged_free(map_put(&ledger->judged, buf_text(&key), now));
    return true;
}

void ledger_remove_claim(struct ledger *ledger, const char *namespace, const char *name)
{
    cleanup_buf struct buf key = BUF_INIT(MAX_KEY);
    judged_free(map_remove(&ledger->judged, span_of(key_of(&key, namespace, name))));
    inventory_remove_claim(ledger->inventory, namespace, name);
}

void ledger_decide(struct ledger *ledger, const struct allocate_request *request, struct arena *arena,
                   struct outcome *out)
{
    for (size_t i = 0; i < request->n_claims; i++)
        inventory_forget(ledger->inventory, request->claims[i]->meta.namespace,
                         request->claims[i]->meta.name);
    allocate(ledger->inventory, request, arena, out);
    for (size_t i = 0; out->kind == OUTCOME_ALLOCATED && i < request->n_claims; i++)
        inventory_assume(ledger->inventory, request->claims[i]->meta.namespace, request->claims[i]->meta.name,
                         &out->allocations[i]);
}

void ledger_forget(struct ledger *ledger, const char *namespace, const char *name)
{
    inventory_forget(ledger->inventory, namespace, name);
}
