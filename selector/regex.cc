/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The only C++ of the house.
 */

#include "selector/regex_engine.h"

#include <re2/re2.h>

#include <cstdio>

struct engine {
    engine(const re2::StringPiece &pattern, const RE2::Options &options) : re(pattern, options)
    {
    }
    RE2 re;
};

enum { MAX_ENGINE_BYTES = 8 * 1024 * 1024 };

extern "C" struct engine *engine_new(const char *pattern, size_t length, char *wrong, size_t wrong_size)
{
    RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(MAX_ENGINE_BYTES);
    struct engine *made = new engine(re2::StringPiece(pattern, length), options);
    if (made->re.ok())
        return made;
    snprintf(wrong, wrong_size, "%s", made->re.error().c_str());
    delete made;
    return nullptr;
}

extern "C" void engine_free(struct engine *engine)
{
    delete engine;
}

extern "C" bool engine_find(const struct engine *engine, const char *text, size_t length, size_t from,
                            const char **match, size_t *match_length)
{
    re2::StringPiece found;
    if (!engine->re.Match(re2::StringPiece(text, length), from, length, RE2::UNANCHORED, &found, 1))
        return false;
    *match = found.data();
    *match_length = found.size();
    return true;
}
