/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The questions: allocations under every placement, refusals with their whole explanation, who holds what,
 * which allocations clash, whether a shorter road finds what there is, and whether a claim that was refused
 * is told of every change that helps it.
 */

#include "tests/unit/allocate/world.h"

enum { MAX_TEXT = 1 << 20, PLAIN_STEPS = 20000 };

static int compare_texts(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* Both say the same, or *SAID has both. */
static bool same(const char *question, struct buf *ours, struct buf *wanted, struct buf *said)
{
    if (strcmp(buf_text(ours), buf_text(wanted)) == 0)
        return true;
    buf_printf(said, "%s\nstep by step:\n%s\nanew:\n%s\n", question, buf_text(ours), buf_text(wanted));
    return false;
}

/* Allocations */

struct question {
    const struct resource_claim *claims[2];
    size_t n_claims;
    const char *const *nodes;
    size_t n_nodes;
    enum placement placement;
    enum road road;
};

static struct question question_make(struct world *world, struct arena *arena)
{
    struct random *random = &world->random;
    struct question question = { .n_claims = 1 + random_chance(random, 25) };
    for (size_t i = 0; i < question.n_claims; i++)
        question.claims[i] = world_claim(world, arena, i ? "second" : "first");
    if (random_chance(random, 40))
        question.claims[0] = world->regulars[random_below(random, WORLD_REGULARS)].object;
    question.placement = (enum placement)random_below(random, N_PLACEMENTS);
    question.road = random_chance(random, 50) ? ROAD_ANY : ROAD_SHORT;
    if (random_chance(random, 60)) {
        size_t first = random_below(random, WORLD_NODES);
        question.nodes = world_nodes + first;
        question.n_nodes = 1 + random_below(random, (unsigned)(WORLD_NODES - first));
    }
    return question;
}

static struct outcome ask(struct inventory *inventory, const struct question *question, struct arena *arena)
{
    struct outcome outcome;
    allocate(inventory,
             &(struct allocate_request){ .claims = question->claims,
                                         .n_claims = question->n_claims,
                                         .nodes = question->nodes,
                                         .n_nodes = question->n_nodes,
                                         .placement = question->placement,
                                         .road = question->road },
             arena, &outcome);
    return outcome;
}

static void print_request(const struct request_explanation *request, struct buf *out)
{
    buf_printf(out, "\n%s: %zu of %zu, best %zu%s", request->request, request->n_available,
               request->n_considered, request->n_best, request->is_short ? ", short" : "");
    for (size_t i = 0; i < request->n_reasons; i++) {
        const struct reason_count *count = &request->reasons[i];
        buf_printf(out, "\n  %zu %s, as %s: %s", count->n_devices, reason_words(count->reason),
                   count->example, count->detail ? count->detail : "");
    }
}

static void answer(struct inventory *inventory, const struct question *question, struct buf *out)
{
    cleanup_arena struct arena *arena = arena_new();
    struct outcome outcome = ask(inventory, question, arena);
    outcome_print(&outcome, question->n_claims, out);
    if (outcome.kind == OUTCOME_ALLOCATED) {
        buf_printf(out, " on %s", outcome.node);
        return;
    }
    buf_printf(out, ", %zu placed", outcome.explanation->n_placed);
    for (size_t i = 0; i < outcome.explanation->n_requests; i++)
        print_request(&outcome.explanation->requests[i], out);
    for (size_t i = 0; i < outcome.explanation->n_constraints; i++)
        buf_printf(out, "\nwithout %s", outcome.explanation->constraints[i]);
}

static bool check_allocation(struct world *world, struct inventory *anew, struct buf *said)
{
    cleanup_arena struct arena *arena = arena_new();
    cleanup_buf struct buf ours = BUF_INIT(MAX_TEXT), wanted = BUF_INIT(MAX_TEXT), again = BUF_INIT(MAX_TEXT);
    struct question question = question_make(world, arena);
    answer(world->inventory, &question, &ours);
    answer(anew, &question, &wanted);
    answer(world->inventory, &question, &again);
    if (same("allocation", &ours, &wanted, said) && same("repeated allocation", &again, &wanted, said))
        return true;
    buf_printf(said, "placement %s, candidates", placement_name(question.placement));
    for (size_t i = 0; i < question.n_nodes; i++)
        buf_printf(said, " %s", question.nodes[i]);
    buf_add(said, question.nodes ? "\n" : " all\n");
    return false;
}

/*
 * The plain search must find something exactly where the others do. It may give up, and an error may come up
 * on one road and not on the other.
 */
static bool check_roads(struct world *world, struct buf *said)
{
    cleanup_arena struct arena *arena = arena_new();
    struct question question = question_make(world, arena);
    struct outcome ours = ask(world->inventory, &question, arena), plain;
    allocate(world->inventory,
             &(struct allocate_request){ .claims = question.claims,
                                         .n_claims = question.n_claims,
                                         .nodes = question.nodes,
                                         .n_nodes = question.n_nodes,
                                         .road = ROAD_PLAIN,
                                         .max_steps = PLAIN_STEPS,
                                         .without_explanation = true },
             arena, &plain);
    bool unsure =
        ours.kind == OUTCOME_ABORTED || plain.kind == OUTCOME_ABORTED || plain.kind == OUTCOME_EXHAUSTED;
    if (unsure || (ours.kind == OUTCOME_ALLOCATED) == (plain.kind == OUTCOME_ALLOCATED))
        return true;
    buf_printf(said, "placement %s: %s, and the plain search: %s\n", placement_name(question.placement),
               outcome_kind_name(ours.kind), outcome_kind_name(plain.kind));
    return false;
}

/* Who holds what */

struct holders {
    struct arena *arena;
    const char *names[2 * WORLD_CLAIMS];
    size_t n;
};

static void collect_holder(void *context, const char *claim)
{
    struct holders *holders = context;
    if (holders->n < ARRAY_LEN(holders->names))
        holders->names[holders->n++] = arena_strdup(holders->arena, claim);
}

static void add_line(void *context, const char *text)
{
    buf_printf(context, " %s", text);
}

static void print_device(struct inventory *inventory, const char *driver, const char *pool, const char *name,
                         struct buf *out)
{
    cleanup_arena struct arena *arena = arena_new();
    struct holders holders = { .arena = arena };
    const struct device *device = inventory_find_device(inventory, driver, pool, name, arena);
    buf_printf(out, "%s/%s/%s", driver, pool, name);
    if (device)
        buf_printf(out, " %u attributes, %u taints, %u capacities", device->n_attributes, device->n_taints,
                   device->n_capacities);
    for (size_t i = 0; device && i < device->n_attributes; i++) {
        const struct attribute *attribute = &device->attributes[i];
        buf_printf(out, " %s=%s", attribute->name,
                   attribute->type == ATTRIBUTE_STRING ? attribute->string : "number");
    }
    inventory_each_holder(inventory, driver, pool, name, collect_holder, &holders);
    qsort(holders.names, holders.n, sizeof(holders.names[0]), compare_texts);
    for (size_t i = 0; i < holders.n; i++)
        buf_printf(out, " held by %s", holders.names[i]);
}

static void print_facts(struct inventory *inventory, const struct resource_slice *slice,
                        const struct device *device, struct buf *out)
{
    buf_printf(out, "%zu nodes, %zu devices;", inventory_count_nodes(inventory),
               inventory_count_devices(inventory));
    inventory_each_slice_node(inventory, add_line, out);
    for (size_t i = 0; i < WORLD_CLAIMS; i++) {
        struct inventory_conflict conflict;
        buf_printf(out, "\n%s%s", world_claims[i],
                   inventory_is_assumed(inventory, "ns", world_claims[i]) ? " assumed" : "");
        if (inventory_find_conflict(inventory, "ns", world_claims[i], &conflict))
            buf_printf(out, " clashes on %s/%s/%s", conflict.driver, conflict.pool, conflict.device);
    }
    buf_add_char(out, '\n');
    if (device)
        print_device(inventory, slice->driver, slice->pool, device->name, out);
}

static bool check_facts(struct world *world, struct inventory *anew, struct buf *said)
{
    cleanup_buf struct buf ours = BUF_INIT(MAX_TEXT), wanted = BUF_INIT(MAX_TEXT);
    const struct resource_slice *slice;
    const struct device *device = world_device(world, &slice);
    print_facts(world->inventory, slice, device, &ours);
    print_facts(anew, slice, device, &wanted);
    return same("facts", &ours, &wanted, said);
}

/* Waiting */

/*
 * A claim that no node could serve: as long as it is not concerned, that stays so. It waits until a change
 * concerns it; then another one takes its place.
 */
static bool check_waiting(struct world *world, struct buf *said)
{
    struct question question = { .claims = { world->waiting.object }, .n_claims = 1 };
    cleanup_arena struct arena *arena = arena_new();
    if (world->waiting.object && inventory_has_changes(world->inventory)) {
        bool concerned = inventory_concerns(world->inventory, world->waiting.object);
        struct outcome outcome = ask(world->inventory, &question, arena);
        if (outcome.kind == OUTCOME_ALLOCATED && !concerned) {
            outcome_print(&outcome, 1, said);
            buf_add(said, ": a claim that waited for this was not told\n");
            return false;
        }
        if (outcome.kind == OUTCOME_ALLOCATED)
            thing_done(&world->waiting);
        inventory_clear_changes(world->inventory);
    } else if (!world->waiting.object && random_chance(&world->random, 30)) {
        struct arena *own = arena_new();
        struct resource_claim *claim = world_claim(world, own, "waiting");
        question.claims[0] = claim;
        if (ask(world->inventory, &question, arena).kind == OUTCOME_ALLOCATED)
            arena_free(own);
        else
            world->waiting = (struct thing){ own, claim };
        inventory_clear_changes(world->inventory);
    }
    return true;
}

bool world_check(struct world *world, struct buf *said)
{
    struct inventory *anew = world_build_anew(world);
    bool agree = check_allocation(world, anew, said) && check_facts(world, anew, said) &&
                 check_roads(world, said) && check_waiting(world, said);
    inventory_free(anew);
    if (*world->clash)
        buf_printf(said, "an allocation got %s\n", world->clash);
    return agree && !*world->clash;
}
