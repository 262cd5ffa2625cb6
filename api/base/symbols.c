/* SPDX-License-Identifier: Apache-2.0 */

#include "api/base/symbols.h"

#include <assert.h>

void symbols_done(struct symbols *symbols)
{
    map_done(&symbols->by_text);
    vec_done(&symbols->texts);
}

symbol symbols_find(const struct symbols *symbols, struct span text)
{
    return (symbol)(uintptr_t)map_find(&symbols->by_text, text);
}

symbol symbols_intern(struct symbols *symbols, struct span text)
{
    symbol sym = symbols_find(symbols, text);
    if (sym)
        return sym;
    sym = (symbol)symbols->texts.length + 1;
    map_set(&symbols->by_text, text, (void *)(uintptr_t)sym);
    /* The map owns the copy; nothing is ever removed, so the key stays where it is. */
    vec_push(&symbols->texts, symbols->by_text.entries[symbols->by_text.length - 1].key);
    return sym;
}

const char *symbols_text(const struct symbols *symbols, symbol sym)
{
    assert(sym <= symbols->texts.length);
    return sym ? symbols->texts.items[sym - 1] : NULL;
}
