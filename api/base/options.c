/* SPDX-License-Identifier: Apache-2.0 */

#include "api/base/options.h"

#include "api/base/memory.h"
#include "api/base/span.h"
#include "api/base/time.h"

#include <errno.h>

static bool is_choice(const char *choices, const char *text)
{
    struct span rest = span_of(choices);
    while (rest.data)
        if (span_is(span_split(rest, '|', &rest), text))
            return true;
    return false;
}

static struct error *set_bool(bool *field, const char *text)
{
    if (strcmp(text, "true") == 0 || strcmp(text, "1") == 0)
        *field = true;
    else if (strcmp(text, "false") == 0 || strcmp(text, "0") == 0)
        *field = false;
    else
        return error_invalid("\"%s\" is neither true nor false", text);
    return NULL;
}

static struct error *set_int(const struct option_row *row, int64_t *field, const char *text)
{
    char *end;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (errno || end == text || *end)
        return error_invalid("\"%s\" is not an integer", text);
    if ((row->min || row->max) && (value < row->min || value > row->max))
        return error_invalid("%lld is not between %lld and %lld", value, (long long)row->min,
                             (long long)row->max);
    *field = value;
    return NULL;
}

static struct error *set(const struct option_row *row, void *options, const char *text)
{
    void *field = (char *)options + row->offset;
    switch (row->type) {
    case OPTION_STRING: *(const char **)field = text; return NULL;
    case OPTION_BOOL: return set_bool(field, text);
    case OPTION_INT: return set_int(row, field, text);
    case OPTION_DURATION: return duration_parse(text, field);
    case OPTION_CHOICE:
        if (!is_choice(row->choices, text))
            return error_invalid("\"%s\" is none of %s", text, row->choices);
        *(const char **)field = text;
        return NULL;
    }
    return error_internal("option --%s has no type", row->name);
}

static const struct option_row *find_row(const struct option_table *table, struct span name)
{
    for (size_t i = 0; i < table->n_rows; i++)
        if (span_is(name, table->rows[i].name))
            return &table->rows[i];
    return NULL;
}

static const struct option_row *find_letter(const struct option_table *table, char letter)
{
    for (size_t i = 0; i < table->n_rows; i++)
        if (table->rows[i].letter == letter)
            return &table->rows[i];
    return NULL;
}

static struct error *apply_defaults(const struct option_table *table, void *options)
{
    for (size_t i = 0; i < table->n_rows; i++) {
        const struct option_row *row = &table->rows[i];
        const char *text = row->environment ? getenv(row->environment) : NULL;
        if (text && *text)
            TRY(error_wrap(set(row, options, text), "environment variable %s", row->environment));
        else if (row->fallback)
            TRY(error_wrap(set(row, options, row->fallback), "default of --%s", row->name));
    }
    return NULL;
}

/* The row that ARGUMENT names; *VALUE is what follows "=", or NULL. */
static struct error *match(const struct option_table *table, const char *argument,
                           const struct option_row **row, const char **value)
{
    *value = NULL;
    if (argument[1] == '-') {
        struct span rest, name = span_split(span_of(argument + 2), '=', &rest);
        *row = find_row(table, name);
        *value = rest.data;
    } else {
        *row = find_letter(table, argument[1]);
        if (*row && argument[2])
            *value = argument[2] == '=' ? argument + 3 : argument + 2;
    }
    if (!*row)
        return error_hint(error_invalid("unknown flag %s", argument), "see %s --help", table->program);
    return NULL;
}

static struct error *check_required(const struct option_table *table, const bool *given)
{
    for (size_t i = 0; i < table->n_rows; i++) {
        const struct option_row *row = &table->rows[i];
        const char *environment = row->environment ? getenv(row->environment) : NULL;
        if (row->required && !given[i] && !(environment && *environment))
            return error_hint(error_invalid("flag --%s is required", row->name), "%s%s%s", row->help,
                              row->environment ? "; or set " : "", row->environment ? row->environment : "");
    }
    return NULL;
}

struct error *options_parse(const struct option_table *table, int argc, char **argv, void *options,
                            size_t *n_words, enum options_outcome *outcome)
{
    TRY(apply_defaults(table, options));
    cleanup_free bool *given = mem_new(table->n_rows, sizeof(bool));
    *n_words = 0;
    *outcome = OPTIONS_RUN;
    bool only_words = false;
    for (int i = 1; i < argc; i++) {
        char *argument = argv[i];
        if (only_words || argument[0] != '-' || !argument[1]) {
            argv[(*n_words)++] = argument;
            continue;
        }
        if (strcmp(argument, "--") == 0) {
            only_words = true;
            continue;
        }
        if (strcmp(argument, "--help") == 0 || (strcmp(argument, "-h") == 0 && !find_letter(table, 'h'))) {
            *outcome = OPTIONS_HELP;
            return NULL;
        }
        if (strcmp(argument, "--version") == 0) {
            *outcome = OPTIONS_VERSION;
            return NULL;
        }
        const struct option_row *row;
        const char *value;
        TRY(match(table, argument, &row, &value));
        if (!value && row->type == OPTION_BOOL)
            value = "true";
        if (!value && i + 1 >= argc)
            return error_invalid("flag %s needs a value", argument);
        if (!value)
            value = argv[++i];
        TRY(error_wrap(set(row, options, value), "flag --%s", row->name));
        given[row - table->rows] = true;
    }
    return check_required(table, given);
}

void options_help(const struct option_table *table, FILE *to)
{
    fprintf(to, "%s\n\nUsage:\n  %s %s\n\nFlags:\n", table->about, table->program, table->usage);
    for (size_t i = 0; i < table->n_rows; i++) {
        const struct option_row *row = &table->rows[i];
        const char *value = row->type == OPTION_CHOICE ? row->choices : row->value ? row->value : "";
        fprintf(to, row->letter ? "  -%c, " : "      ", row->letter);
        fprintf(to, "--%s%s%s\n          %s", row->name, *value ? " " : "", value, row->help);
        if (row->fallback)
            fprintf(to, " (default %s)", *row->fallback ? row->fallback : "\"\"");
        if (row->environment)
            fprintf(to, " [$%s]", row->environment);
        fputc('\n', to);
    }
}
