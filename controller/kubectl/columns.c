/* SPDX-License-Identifier: Apache-2.0 */

#include "controller/kubectl/columns.h"

#include "api/base/span.h"
#include "api/base/utf8.h"

enum { GAP = 3 };

static const char *cell_text(const char *cell)
{
    return cell && *cell ? cell : "<none>";
}

static size_t width_of(const char *text)
{
    return utf8_count(span_of(text));
}

static void print_row(const struct columns *columns, const char *const *cells, const size_t *widths, FILE *to)
{
    for (size_t i = 0; i < columns->n_columns; i++) {
        const char *text = cell_text(cells[i]);
        bool is_last = i + 1 == columns->n_columns;
        fprintf(to, "%s%*s", text, is_last ? 0 : (int)(widths[i] - width_of(text) + GAP), "");
    }
    fputc('\n', to);
}

void columns_print(const struct columns *columns, FILE *to)
{
    size_t n = columns->n_columns;
    size_t *widths = mem_new(n, sizeof(widths[0]));
    for (size_t i = 0; i < n; i++)
        widths[i] = width_of(columns->headings[i]);
    for (size_t i = 0; i < columns->cells.length; i++) {
        size_t width = width_of(cell_text(columns->cells.items[i]));
        if (width > widths[i % n])
            widths[i % n] = width;
    }
    print_row(columns, columns->headings, widths, to);
    for (size_t i = 0; i + n <= columns->cells.length; i += n)
        print_row(columns, columns->cells.items + i, widths, to);
    free(widths);
}
