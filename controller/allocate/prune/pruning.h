/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the pruning rules know, from inside. Each rule stands in a file of its own, with its proof:
 *
 *     prune.c      what no rule may do; 1 too few, 2 looking ahead; whom to ask when
 *     symmetry.c   what can change places: what the next two rest on, with traces.c
 *     equals.c     3 equals
 *     refuted.c    4 remembering
 *     table.c      what is still wanted, and what is left for it: what the bounds below count on
 *     risks.c      what may end in an error
 *     limitings.c  constraints in numbers, for 6 and 8
 *     bounds.c     5 pigeonholes, 6 distinct values
 *     prices.c     7 prices, of what stocks.c has; packing.c and duel.c know nothing of devices
 *     choices.c    8 common values, alternatives
 */

#include "controller/allocate/prune/holes.h"
#include "controller/allocate/prune/prune.h"
#include "controller/allocate/prune/value_sets.h"

enum { ANY_BLOCK = UINT32_MAX };
enum { MAX_RESTRICTIONS = 2, MAX_TABLES = 1 + MAX_RESTRICTIONS };

/* A demand. Those of all claims stand in the order of the search. */
struct row {
    size_t claim, request;
    size_t want; /* the number of the request, over all claims */
    struct demand *demand;
    size_t like;    /* the first row that asks the same but for how many; of the same claim if it is bound */
    bool is_bound;  /* by constraints: what it accepts depends on what its claim has */
    bool is_risky;  /* an All that constraints may break, which is an error */
    bool is_over;   /* risky, but it fails without an error from here on */
    int64_t n_safe; /* of its devices: that many are sure not to break them */
};

/* A matchAttribute or a distinctAttribute of some claim. */
struct limiting {
    size_t claim, place; /* in the claim's list */
    bool is_match;
    struct value_sets sets;
    VEC(const struct attribute *) attributes; /* by set */
    bool *accepts;                            /* by set: as things stand */
    uint32_t *set_of; /* by row and column: what the device has there, as the request sees it */
    bool *is_present; /* scratch: by value */
};

/* Devices that share room (stocks.c), and what each uses up of it. */
struct stock {
    bool is_shared; /* a device that may be taken several times: else they draw on counters */
    uint32_t *columns;
    size_t n_columns;
    uint64_t *sizes; /* by place in the columns; of a shared device, by row */
    uint64_t guards, room;
    bool is_exact; /* fields say all there is about whether counters suffice */
    size_t first_field, n_fields;
};

struct field {
    const struct quantity *used; /* by the search: of a counter, or of a capacity */
    __int128 most;               /* nanos there are */
    __int128 unit;               /* nanos; 0: left out */
    unsigned shift;
};

/* What is still wanted, and what is left for it. */
struct table {
    size_t first;     /* row; what stands before is met */
    size_t end;       /* row; what stands behind does not count: a risky demand is among it */
    uint8_t *units;   /* by row and column: how many candidates the demand could take, up to 255 */
    int64_t *wanted;  /* by row: devices; negative: another alternative was chosen */
    int64_t *offered; /* by row: the sum of its units */
};

/* Something that is taken of a block (traces.c). No padding: it is compared byte by byte. */
struct trace {
    uint64_t seen_by; /* a bit for each constraint that has to remember it */
    uint32_t block, color;
    uint32_t gone;      /* how much of it, if it is shared: a number for the amounts */
    uint16_t is_barred; /* the demand at hand, or with admin access its claim, has it already */
    uint16_t nth;       /* with admin access: of several times that it was taken; from 0 */
};

struct pruning {
    uint32_t *classes; /* by candidate: which are equals */
    size_t n_classes;
    uint32_t *blocks, *colors; /* by candidate */
    uint32_t *types;           /* by block */
    VEC(const char *) linked;  /* attributes */
    struct map counter_places; /* by counter: its place in the block, from 1 */
    size_t **last_covered;     /* by claim and constraint: the last request that it covers */
    struct map amounts;        /* to their numbers */
    struct trace *traces;      /* scratch */
    struct chunk *chunks;      /* refuted.c's scratch */
    struct map refuted;        /* states */
    size_t refuted_bytes;
    bool is_ordered; /* what was taken by whom, or in which order, matters more than traces tell */
    bool has_admin;

    struct row *rows;
    size_t n_rows, n_wants;

    /* Columns are classes; a shared candidate is a column of its own. None: too many for bounds. */
    size_t n_columns;
    uint32_t *column_of;        /* by candidate */
    uint8_t *possible;          /* by row and column, when nothing is taken: all bits, or none */
    struct candidate **samples; /* by column: one that is free; if none is, one that was */
    uint32_t *n_free;           /* by column: how many there are */
    uint32_t *n_ahead;          /* of those: where the demand at hand goes on */
    uint8_t *open, *open_ahead; /* by column: n_free and n_ahead, where counters suffice and groups agree */
    size_t *filled;             /* scratch, by row: one that is like it, plus one */
    struct table tables[MAX_TABLES];
    struct holes holes;
    VEC(struct limiting) limitings;
    uint32_t *links; /* by candidate: the first that counters link it with */
    VEC(struct stock) stocks;
    VEC(struct field) fields;
    uint32_t *stock_of; /* by column, from 1; 0: in no stock */
    uint64_t *sizes;    /* by column that draws on counters */
    bool shares_draw;   /* some shared device draws on counters */
    struct market *market;
};

/* Where the search stands: before a request, or inside its demand DEMAND (else NULL). */
struct standing {
    size_t claim, request;
    const struct demand *demand;
    int64_t n_taken;
    size_t start; /* where the rest of the demand's devices is looked for */
};

/* Walks over every demand of every claim. */
#define demands_each(search, claim, demand)                                                                  \
    for (struct claim_state *claim = (search)->claims; claim != (search)->claims + (search)->n_claims;       \
         claim++)                                                                                            \
        for (struct request_state *request_ = claim->requests;                                               \
             request_ != claim->requests + claim->n_requests; request_++)                                    \
            for (struct demand *demand = request_->demands;                                                  \
                 demand != request_->demands + request_->n_demands; demand++)

static inline bool is_harmless(struct error *err)
{
    error_free(err);
    return !err;
}

/* Whether the candidate passes all tests as things stand. */
static inline bool candidate_would_do(struct search *search, size_t claim, struct demand *demand,
                                      struct candidate *candidate)
{
    size_t mark = undo_mark(&search->undo);
    bool usable = false;
    if (!is_harmless(candidate_try(search, claim, demand, candidate, &usable)))
        return true;
    undo_to(&search->undo, mark);
    return usable;
}

/* Bytes for keys of maps. */
static inline void key_add(struct buf *key, const void *bytes, size_t length)
{
    buf_append(key, &length, sizeof(length));
    buf_append(key, bytes, length);
}

void key_add_quantity(struct buf *key, const struct quantity *quantity);

/* equals.c */
void classes_make(struct search *search, struct pruning *pruning);
/* Everything of an untouched candidate that this search can see; unless EXACT, but for what makes its block
 * that block and no other. */
void candidate_key(struct search *search, const struct pruning *pruning, const struct candidate *candidate,
                   bool exact, struct buf *key);

/* symmetry.c */
void symmetry_make(struct search *search, struct pruning *pruning);
bool is_linked(const struct pruning *pruning, const char *attribute);
value_id candidate_value(const struct candidate *candidate, const char *attribute);

/* traces.c: those of one block, or of all, block by block; returns how many. */
void traces_make(struct search *search, struct pruning *pruning);
size_t traces_collect(const struct search *search, const struct standing *at, uint32_t block,
                      struct trace *traces);
/* How much of a shared candidate this search has consumed: a number for the amounts; 0: nothing. */
uint32_t candidate_gone(const struct search *search, const struct candidate *candidate);

/* refuted.c */
void refuted_make(struct search *search, struct pruning *pruning);
bool is_refuted(const struct search *search, size_t claim, size_t request);

/* table.c */
void rows_make(struct search *search, struct pruning *pruning);
void table_start(struct search *search, struct pruning *pruning);
void table_fill(struct search *search, const struct standing *at, struct table *table);

/* Whether the counters suffice for it, and its compatibility groups agree with what is taken. */
bool candidate_could_draw(struct search *search, struct candidate *candidate);

static inline uint8_t *table_units(const struct pruning *pruning, const struct table *table, size_t row)
{
    return table->units + row * pruning->n_columns;
}

/* Whether the demand may still be chosen, and enough candidates are left for it by themselves. */
static inline bool row_is_viable(const struct table *table, size_t row)
{
    return table->wanted[row] >= 0 && (!table->wanted[row] || table->offered[row] >= table->wanted[row]);
}

/* How many devices it wants for itself: with admin access it takes none away from others. */
static inline int64_t row_takes(const struct pruning *pruning, const struct table *table, size_t row)
{
    return pruning->rows[row].demand->admin ? 0 : table->wanted[row];
}

/* Walks over the wants of the table: rows FROM to TO, but TO, are alternatives of one request. */
#define wants_each(pruning, table, from, to)                                                                 \
    for (size_t from = (table)->first, to = rows_end(pruning, table, from); from < (table)->end;             \
         from = to, to = rows_end(pruning, table, from))

static inline size_t rows_end(const struct pruning *pruning, const struct table *table, size_t from)
{
    size_t to = from;
    while (to < table->end && pruning->rows[to].want == pruning->rows[from].want)
        to++;
    return to;
}

static inline size_t table_want(const struct pruning *pruning, const struct table *table, size_t row)
{
    return pruning->rows[row].want - pruning->rows[table->first].want;
}

static inline size_t table_count_wants(const struct pruning *pruning, const struct table *table)
{
    return table->first < table->end ? table_want(pruning, table, table->end - 1) + 1 : 0;
}

static inline bool row_is_covered(const struct row *row, const struct limiting *limiting)
{
    return row->claim == limiting->claim && row->demand->covered[limiting->place];
}

static inline const uint32_t *cell_values(const struct pruning *pruning, const struct limiting *limiting,
                                          size_t row, size_t column, size_t *count)
{
    return value_sets_at(&limiting->sets, limiting->set_of[row * pruning->n_columns + column], count);
}

static inline bool cell_has_value(const struct pruning *pruning, const struct limiting *limiting, size_t row,
                                  size_t column, uint32_t value)
{
    return value_set_has(&limiting->sets, limiting->set_of[row * pruning->n_columns + column], value);
}

/* How often candidates of the column can be taken, as far as being taken goes. */
static inline uint32_t column_room(const struct pruning *pruning, size_t column)
{
    const struct candidate *sample = pruning->samples[column];
    return sample->is_shared ? HOLE_MAX_ROOM : pruning->n_free[column];
}

/* limitings.c; what each set would meet with now */
void limitings_make(struct search *search, struct pruning *pruning);
void limiting_ask(struct search *search, struct limiting *limiting);

/* bounds.c: false if what the table lacks cannot be met, whatever is chosen. */
bool table_fits(struct search *search, const struct table *table);

/* risks.c: which rows are; and those from FIRST on that are over */
void risks_make(struct search *search, struct pruning *pruning);
void risks_ask(struct search *search, size_t first);

/* stocks.c */
void stocks_make(struct search *search, struct pruning *pruning);
/* What is left in each. */
void stocks_measure(struct pruning *pruning);
/* Whether counters suffice for the column's devices, in *OUT; false: ask the candidate itself. */
bool stocks_tell(const struct pruning *pruning, size_t column, bool *out);

/* prices.c */
void market_make(struct search *search, struct pruning *pruning);
void market_free(struct market *market);
bool prices_fit(struct search *search, const struct table *table);

/* choices.c: table_fits, for some choice of common values and of alternatives. */
bool choices_fit(struct search *search);
