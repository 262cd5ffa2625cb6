/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Device selectors, as a filter: a case a line in, {"name":…,"match":…,"cost":…} or an error a line out.
 */

#include "api/base/symbols.h"
#include "api/value/json.h"
#include "controller/kubectl/cases.h"

#include <stdio.h>
#include <stdlib.h>

enum { MAX_ANSWER_BYTES = 1 << 20 };

static struct error *answer_line(struct span line, const struct environment_options *options, struct buf *out)
{
    cleanup_arena struct arena *arena = arena_new();
    struct value *row, *answer;
    TRY(json_parse(arena, line, 0, &row));
    TRY(selector_case_answer(arena, row, options, &answer));
    json_write(out, answer);
    return buf_check(out);
}

int main(void)
{
    struct symbols symbols = { 0 };
    struct environment_options options = { .symbols = &symbols };
    cleanup_free char *line = NULL;
    size_t room = 0;
    ssize_t length;
    while ((length = getline(&line, &room, stdin)) > 0) {
        cleanup_buf struct buf out = BUF_INIT(MAX_ANSWER_BYTES);
        cleanup_error struct error *err = answer_line((struct span){ line, (size_t)length }, &options, &out);
        if (err) {
            fprintf(stderr, "%s\n", err->text);
            return 1;
        }
        puts(buf_text(&out));
    }
    symbols_done(&symbols);
    return 0;
}
