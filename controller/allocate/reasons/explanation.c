/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/allocate/reasons/explanation.h"

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
