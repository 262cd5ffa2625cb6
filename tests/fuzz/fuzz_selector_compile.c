/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The selector's compiler. The first byte chooses the environment, the rest is the expression. Whatever comes
 * in, there is either a program or a message; and what compiled says the same things about itself.
 */

#include "selector/selector.h"
#include "tests/fuzz/fuzz.h"

#include <assert.h>

enum { MAX_EXPLANATION_BYTES = 1 << 20 };

static struct environment *make_environment(struct symbols *symbols, uint8_t choice)
{
    struct environment_options options = { .symbols = symbols,
                                           .kube_minor = KUBE_OLDEST + choice % 4,
                                           .new_expressions = choice & 4,
                                           .list_attributes = choice & 8 };
    if (!(choice & 16))
        return environment_new_device(&options);
    static const struct environment_variable variables[] = { { "x", "dyn" },
                                                             { "a.b", "map(string, list(int))" } };
    struct environment *env = NULL;
    options.plain = choice & 32;
    options.unchecked = choice & 64;
    struct error *err = environment_new_values(&options, variables, 2, "a", &env);
    assert(!err);
    return env;
}

enum { N_CHOICES = 128 };
static struct symbols symbols;
static struct environment *environments[N_CHOICES];

/* Each is made once; all anew when many names have come together. */
static struct environment *choose_environment(uint8_t choice)
{
    enum { MANY = 100000 };
    if (symbols.texts.length >= MANY) {
        for (size_t i = 0; i < N_CHOICES; i++) {
            environment_free(environments[i]);
            environments[i] = NULL;
        }
        symbols_done(&symbols);
    }
    choice %= N_CHOICES;
    if (!environments[choice])
        environments[choice] = make_environment(&symbols, choice);
    return environments[choice];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size)
        return 0;
    struct environment *env = choose_environment(data[0]);
    struct selector *sel = NULL;
    struct error *err = selector_compile_span((struct span){ (const char *)data + 1, size - 1 }, env, &sel);
    assert(err ? !sel && err->text[0] : sel != NULL);
    if (sel) {
        cleanup_buf struct buf explanation = BUF_INIT(MAX_EXPLANATION_BYTES);
        selector_explain(sel, &explanation);
        const struct selector_reads *reads = selector_reads(sel);
        assert(reads->everything ||
               selector_combination_length(sel) >= reads->n_attributes + reads->n_capacities);
    }
    error_free(err);
    selector_free(sel);
    return 0;
}
