/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Quantities for the differential test: reads lines "A<TAB>B", writes what we make of each pair as one line
 * of tab-separated fields. tests/peers/cmd/quantity prints the same line from Kubernetes' own package.
 */

#include "api/resource/quantity.h"

#include <stdio.h>
#include <stdlib.h>

static void print_text(const struct quantity *quantity)
{
    cleanup_buf struct buf text = BUF_INIT(4 * QUANTITY_MAX_TEXT);
    quantity_format_text(quantity, &text);
    printf("\t%s", buf_text(&text));
}

static void print_one(const struct quantity *quantity)
{
    int64_t integer = 0;
    bool is_integer = quantity_as_int64(quantity, &integer);
    print_text(quantity);
    printf("\t%lld\t%lld\t%d\t%lld\t%d\t%.17g", (long long)quantity_value(quantity),
           (long long)quantity_milli_value(quantity), is_integer, (long long)integer, quantity_sign(quantity),
           quantity_as_double(quantity));
}

static void print_pair(const char *a_text, const char *b_text)
{
    struct quantity a, b;
    cleanup_error struct error *a_err = quantity_parse(span_of(a_text), &a);
    cleanup_error struct error *b_err = quantity_parse(span_of(b_text), &b);
    if (a_err || b_err) {
        printf("error\t%s\t%s\n", a_err ? a_err->text : "", b_err ? b_err->text : "");
        return;
    }
    printf("%d", quantity_compare(&a, &b));
    print_one(&a);
    struct quantity sum = a, difference = a;
    quantity_add(&sum, &b);
    quantity_sub(&difference, &b);
    print_one(&sum);
    print_one(&difference);
    putchar('\n');
}

int main(void)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t length;
    while ((length = getline(&line, &room, stdin)) > 0) {
        line[strcspn(line, "\n")] = '\0';
        char *tab = strchr(line, '\t');
        if (!tab)
            continue;
        *tab = '\0';
        print_pair(line, tab + 1);
    }
    free(line);
    return fflush(stdout) ? 1 : 0;
}
