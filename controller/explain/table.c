/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole explanation in columns, one row for each request and reason:
 *
 *     CLAIM   REQUEST  CLASS  WANTED  DEVICES  REASON  EXAMPLE
 *     ml/a    gpu      big    2       5        in use  gpu.example.com/node-1/gpu-3: held by ml/train-0
 *                                     2        tainted ...
 */

#include "controller/explain/explain.h"

#include "api/base/vec.h"

enum { N_COLUMNS = 7 };

struct row {
    char *cells[N_COLUMNS];
};

typedef VEC(struct row) row_list;

static char *cell(const char *format, ...) format_printf(1, 2);

static char *cell(const char *format, ...)
{
    va_list arguments;
    char *text = NULL;
    va_start(arguments, format);
    int length = vasprintf(&text, format, arguments);
    va_end(arguments);
    return must(length < 0 ? NULL : text, 0);
}

static void rows_add_request(row_list *rows, const struct request_explanation *request)
{
    for (size_t i = 0; i < request->n_reasons || i == 0; i++) {
        const struct reason_count *count = i < request->n_reasons ? &request->reasons[i] : NULL;
        bool is_first = i == 0;
        vec_push(rows, (struct row){ {
                           cell("%s", is_first ? request->claim : ""),
                           cell("%s", is_first ? request->request : ""),
                           cell("%s", is_first && request->class_name ? request->class_name : ""),
                           !is_first      ? cell("%s", "")
                           : request->all ? cell("all")
                                          : cell("%zu", request->n_wanted),
                           cell("%zu", count ? count->n_devices : 0),
                           cell("%s", count ? reason_words(count->reason) : "no devices"),
                           count ? cell("%s%s%s", count->example, count->detail ? ": " : "",
                                        count->detail ? count->detail : "")
                                 : cell("%s", ""),
                       } });
    }
}

static void rows_print(row_list *rows, struct buf *out)
{
    size_t widths[N_COLUMNS] = { 0 };
    vec_each (rows, row) {
        for (size_t c = 0; c < N_COLUMNS; c++) {
            size_t length = strlen(row->cells[c]);
            widths[c] = length > widths[c] ? length : widths[c];
        }
    }
    vec_each (rows, row) {
        for (size_t c = 0; c + 1 < N_COLUMNS; c++)
            buf_printf(out, "%-*s   ", (int)widths[c], row->cells[c]);
        buf_printf(out, "%s\n", row->cells[N_COLUMNS - 1]);
    }
}

void explain_table(const struct outcome *outcome, struct buf *out)
{
    const struct explanation *explanation = outcome->explanation;
    row_list rows = { 0 };
    explain_sentence(outcome, out);
    buf_add_char(out, '\n');
    if (!explanation || !explanation->n_requests)
        return;
    buf_add_char(out, '\n');
    vec_push(&rows, (struct row){ { cell("CLAIM"), cell("REQUEST"), cell("CLASS"), cell("WANTED"),
                                    cell("DEVICES"), cell("REASON"), cell("EXAMPLE") } });
    for (size_t i = 0; i < explanation->n_requests; i++)
        rows_add_request(&rows, &explanation->requests[i]);
    rows_print(&rows, out);
    vec_each (&rows, row) {
        for (size_t c = 0; c < N_COLUMNS; c++)
            free(row->cells[c]);
    }
    vec_done(&rows);
}
