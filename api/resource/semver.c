/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Semantic versions as blang/semver v4 reads them: MAJOR.MINOR.PATCH[-PRERELEASE][+BUILD], numbers without
 * leading zeros and within 64 bits, identifiers of letters, digits and hyphens. Its messages are kept, since
 * CEL shows them to people.
 */

#include "api/resource/semver.h"

#include <ctype.h>

static bool is_numeric(struct span text)
{
    for (size_t i = 0; i < text.length; i++)
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
    return true;
}

static bool is_identifier(struct span text)
{
    for (size_t i = 0; i < text.length; i++)
        if (!isalnum((unsigned char)text.data[i]) && text.data[i] != '-')
            return false;
    return true;
}

static bool has_leading_zero(struct span text)
{
    return text.length > 1 && text.data[0] == '0';
}

static struct error *number_read(struct span text, uint64_t *out)
{
    uint64_t number = 0;
    if (text.length == 0)
        return error_invalid("strconv.ParseUint: parsing \"\": invalid syntax");
    for (size_t i = 0; i < text.length; i++)
        if (__builtin_mul_overflow(number, 10, &number) ||
            __builtin_add_overflow(number, (uint64_t)(text.data[i] - '0'), &number))
            return error_invalid("strconv.ParseUint: parsing \"" SPAN_FMT "\": value out of range",
                                 SPAN_ARG(text));
    *out = number;
    return NULL;
}

/* Which is "major", "minor" or "patch". */
static struct error *element_read(const char *which, struct span text, uint64_t *out)
{
    if (!is_numeric(text))
        return error_invalid("Invalid character(s) found in %s number \"" SPAN_FMT "\"", which,
                             SPAN_ARG(text));
    if (has_leading_zero(text))
        return error_invalid("%c%s number must not contain leading zeroes \"" SPAN_FMT "\"",
                             toupper((unsigned char)which[0]), which + 1, SPAN_ARG(text));
    return number_read(text, out);
}

static struct error *prerelease_check(struct span identifier)
{
    if (identifier.length == 0)
        return error_invalid("Prerelease is empty");
    if (!is_identifier(identifier))
        return error_invalid("Invalid character(s) found in prerelease \"" SPAN_FMT "\"",
                             SPAN_ARG(identifier));
    if (!is_numeric(identifier))
        return NULL;
    if (has_leading_zero(identifier))
        return error_invalid("Numeric PreRelease version must not contain leading zeroes \"" SPAN_FMT "\"",
                             SPAN_ARG(identifier));
    return number_read(identifier, &(uint64_t){ 0 });
}

static struct error *build_check(struct span identifier)
{
    if (identifier.length == 0)
        return error_invalid("Build meta data is empty");
    if (!is_identifier(identifier))
        return error_invalid("Invalid character(s) found in build meta data \"" SPAN_FMT "\"",
                             SPAN_ARG(identifier));
    return NULL;
}

/* CHECK on each part between dots; no data means that there is no list at all. */
static struct error *each_identifier(struct span list, struct error *(*check)(struct span))
{
    while (list.data)
        TRY(check(span_split(list, '.', &list)));
    return NULL;
}

struct error *semver_parse(struct span text, struct semver *out)
{
    struct span rest, build, prerelease;
    if (text.length == 0)
        return error_invalid("Version string empty");
    struct span major = span_split(text, '.', &rest);
    struct span minor = span_split(rest, '.', &rest);
    if (!rest.data)
        return error_invalid("No Major.Minor.Patch elements found");
    struct span patch = span_split(span_split(rest, '+', &build), '-', &prerelease);

    struct semver version = { .prerelease = prerelease, .build = build };
    TRY(element_read("major", major, &version.major));
    TRY(element_read("minor", minor, &version.minor));
    TRY(element_read("patch", patch, &version.patch));
    TRY(each_identifier(prerelease, prerelease_check));
    TRY(each_identifier(build, build_check));
    *out = version;
    return NULL;
}

bool semver_is_valid(struct span text)
{
    struct semver version;
    cleanup_error struct error *err = semver_parse(text, &version);
    return err == NULL;
}

static int number_compare(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

/* Numbers come before words; a longer number is a larger one, as there are no leading zeros. */
static int identifier_compare(struct span a, struct span b)
{
    bool a_number = is_numeric(a), b_number = is_numeric(b);
    if (a_number != b_number)
        return a_number ? -1 : 1;
    if (a_number && a.length != b.length)
        return a.length < b.length ? -1 : 1;
    int order = span_compare(a, b);
    return (order > 0) - (order < 0);
}

/* A version with a prerelease comes before the one without; more identifiers come later. */
static int prerelease_compare(struct span a, struct span b)
{
    if (!a.data || !b.data)
        return (b.data != NULL) - (a.data != NULL);
    while (a.data && b.data) {
        int order = identifier_compare(span_split(a, '.', &a), span_split(b, '.', &b));
        if (order)
            return order;
    }
    return (a.data != NULL) - (b.data != NULL);
}

int semver_compare(const struct semver *a, const struct semver *b)
{
    int order = number_compare(a->major, b->major);
    if (!order)
        order = number_compare(a->minor, b->minor);
    if (!order)
        order = number_compare(a->patch, b->patch);
    return order ? order : prerelease_compare(a->prerelease, b->prerelease);
}
