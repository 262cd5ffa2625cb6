/* SPDX-License-Identifier: Apache-2.0 */
#include "api/resource/amounts.h"

#include <string.h>

static struct quantity *amount_of(amount_list *amounts, const char *name)
{
    vec_each (amounts, amount) {
        if (strcmp(amount->name, name) == 0)
            return &amount->value;
    }
    vec_push(amounts, (struct named_quantity){ .name = name });
    return &amounts->items[amounts->length - 1].value;
}

const struct quantity *amounts_find(const amount_list *amounts, const char *name)
{
    for (size_t i = 0; i < amounts->length; i++) {
        if (strcmp(amounts->items[i].name, name) == 0)
            return &amounts->items[i].value;
    }
    return NULL;
}

void amounts_set(amount_list *amounts, const char *name, const struct quantity *amount)
{
    *amount_of(amounts, name) = *amount;
}

void amounts_add(amount_list *amounts, const char *name, const struct quantity *amount)
{
    quantity_add(amount_of(amounts, name), amount);
}

void amounts_add_all(amount_list *amounts, const amount_list *more)
{
    for (size_t i = 0; i < more->length; i++)
        amounts_add(amounts, more->items[i].name, &more->items[i].value);
}

void amounts_raise_all(amount_list *amounts, const amount_list *least)
{
    for (size_t i = 0; i < least->length; i++) {
        struct quantity *amount = amount_of(amounts, least->items[i].name);
        if (quantity_compare(amount, &least->items[i].value) < 0)
            *amount = least->items[i].value;
    }
}
