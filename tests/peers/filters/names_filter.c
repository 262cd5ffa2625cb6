/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names and versions for the differential test: reads lines "RULE<TAB>TEXT" (or "order<TAB>A<TAB>B" for two
 * versions), writes what is wrong with the text, a bar between the sentences.
 */

#include "api/resource/names.h"
#include "api/resource/semver.h"

#include <stdio.h>
#include <stdlib.h>

static const struct {
    const char *name;
    struct name_faults (*faults)(struct span);
} rules[] = {
    { "label", dns_label_faults },         { "subdomain", dns_subdomain_faults },
    { "key", label_key_faults },           { "value", label_value_faults },
    { "identifier", c_identifier_faults }, { "reason", condition_reason_faults },
};

static void print_faults(struct name_faults faults)
{
    for (size_t i = 0; i < faults.n_texts; i++)
        printf("%s%s", i ? "|" : "", faults.texts[i]);
    putchar('\n');
}

static void print_version(struct span text)
{
    struct semver version;
    cleanup_error struct error *err = semver_parse(text, &version);
    printf("%s\n", err ? err->text : "");
}

static void print_order(struct span both)
{
    struct semver a, b;
    struct span second, first = span_split(both, '\t', &second);
    cleanup_error struct error *a_err = semver_parse(first, &a);
    cleanup_error struct error *b_err = semver_parse(second, &b);
    if (a_err || b_err)
        printf("error\n");
    else
        printf("%d\n", semver_compare(&a, &b));
}

static void print_line(struct span line)
{
    struct span text, rule = span_split(line, '\t', &text);
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
        if (span_is(rule, rules[i].name)) {
            print_faults(rules[i].faults(text));
            return;
        }
    if (span_is(rule, "order"))
        print_order(text);
    else
        print_version(text);
}

int main(void)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t length;
    while ((length = getline(&line, &room, stdin)) > 0)
        print_line((struct span){ line, (size_t)length - (line[length - 1] == '\n') });
    free(line);
    return fflush(stdout) ? 1 : 0;
}
