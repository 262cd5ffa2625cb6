/* SPDX-License-Identifier: Apache-2.0 */

#include "api/resource/quantity_value.h"

#include "api/resource/tables.h"
#include "api/value/json.h"

/* The text of VALUE; for numbers in SCRATCH. */
static struct error *text_of(const struct value *value, struct buf *scratch, struct span *out)
{
    if (value_is(value, VALUE_STRING)) {
        *out = value->string;
        return NULL;
    }
    if (!value_is(value, VALUE_INT) && !value_is(value, VALUE_DOUBLE))
        return error_invalid("must be a quantity (a string or a number)");
    json_write(scratch, value);
    *out = buf_span(scratch);
    return NULL;
}

struct error *quantity_from_value(struct arena *arena, const struct value *value, struct quantity *out)
{
    cleanup_buf struct buf scratch = BUF_INIT(QUANTITY_TEXT_SIZE);
    struct quantity quantity = { 0 };
    struct span text = SPAN("0");
    if (!value_is(value, VALUE_NULL))
        TRY(text_of(value, &scratch, &text));
    TRY(quantity_parse(text, &quantity));
    if (quantity.text)
        quantity.text = arena_strndup(arena, quantity.text, quantity.text_length);
    *out = quantity;
    return NULL;
}

struct value *quantity_to_value(struct arena *arena, const struct quantity *quantity)
{
    cleanup_buf struct buf text = BUF_INIT(QUANTITY_MAX_TEXT * 2);
    quantity_format_text(quantity, &text);
    return value_span(arena, buf_span(&text));
}

static struct error *check(const struct value *value)
{
    cleanup_buf struct buf scratch = BUF_INIT(QUANTITY_TEXT_SIZE);
    struct quantity quantity;
    struct span text;
    TRY(text_of(value, &scratch, &text));
    return quantity_parse(text, &quantity);
}

static struct value *canonical(struct arena *arena, struct value *value)
{
    struct quantity quantity;
    cleanup_error struct error *err = quantity_from_value(arena, value, &quantity);
    if (err)
        return value;
    struct value *spelled = quantity_to_value(arena, &quantity);
    return value_equal(spelled, value) ? value : spelled;
}

const struct schema_scalar quantity_scalar = { check, canonical };
