/* SPDX-License-Identifier: Apache-2.0 */
/*
 * YAML for the differential test: reads lines that are JSON strings, each a YAML document, and writes for
 * each the JSON that it means, or "error". With the argument "write" it is the other way round: lines of JSON
 * come in, JSON strings of YAML go out.
 */

#include "api/base/utf8.h"
#include "api/value/json.h"
#include "api/value/yaml.h"

#include <stdio.h>
#include <stdlib.h>

enum { MAX_OUTPUT_BYTES = 16 * 1024 * 1024 };

/* What the YAML of the JSON string in LINE means. */
static struct error *read_yaml(struct arena *arena, struct span line, struct buf *out)
{
    struct value *text = NULL;
    TRY(json_parse(arena, line, 0, &text));
    value_vec documents = { 0 };
    struct error *err = yaml_parse(arena, "text", text->string, &documents);
    if (!err)
        json_write_canonical(out, documents.length ? documents.items[0] : NULL);
    vec_done(&documents);
    return err;
}

static struct error *write_yaml(struct arena *arena, struct span line, struct buf *out)
{
    struct value *value = NULL;
    TRY(json_parse(arena, line, 0, &value));
    cleanup_buf struct buf text = BUF_INIT(MAX_OUTPUT_BYTES);
    yaml_write(&text, value);
    json_quote(out, buf_span(&text));
    return NULL;
}

int main(int argc, char **argv)
{
    bool writes = argc > 1 && !strcmp(argv[1], "write");
    char *line = NULL;
    size_t room = 0;
    ssize_t length;
    while ((length = getline(&line, &room, stdin)) > 0) {
        cleanup_arena struct arena *arena = arena_new();
        cleanup_buf struct buf out = BUF_INIT(MAX_OUTPUT_BYTES);
        struct span text = { line, (size_t)length };
        cleanup_error struct error *err =
            writes ? write_yaml(arena, text, &out) : read_yaml(arena, text, &out);
        printf("%s\n", err ? "error" : buf_text(&out));
    }
    free(line);
    return fflush(stdout) ? 1 : 0;
}
