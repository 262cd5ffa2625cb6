/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a selector read of a device, in words, so that people see why it said no.
 */

#include "controller/allocate/devices/describe.h"

static void value_describe(const struct attribute *attribute, struct buf *out)
{
    switch (attribute->type) {
    case ATTRIBUTE_NONE: buf_add(out, "of an unknown type"); break;
    case ATTRIBUTE_INT: buf_printf(out, "%lld", (long long)attribute->integer); break;
    case ATTRIBUTE_BOOL: buf_add(out, attribute->boolean ? "true" : "false"); break;
    case ATTRIBUTE_STRING: buf_printf(out, "\"%s\"", attribute->string); break;
    case ATTRIBUTE_VERSION: buf_add(out, attribute->string); break;
    case ATTRIBUTE_INTS:
    case ATTRIBUTE_BOOLS:
    case ATTRIBUTE_STRINGS:
    case ATTRIBUTE_VERSIONS: buf_printf(out, "a list of %u", attribute->n_items); break;
    }
}

/* "gpu.example.com/model" as its driver's users write it: "model". */
static const char *short_name(const char *name, const char *driver)
{
    size_t length = strlen(driver);
    return strncmp(name, driver, length) == 0 && name[length] == '/' ? name + length + 1 : name;
}

static void separate(struct buf *out, bool *first)
{
    buf_add(out, *first ? "" : ", ");
    *first = false;
}

static void attribute_describe(const struct catalog *catalog, const struct card *card, const char *name,
                               struct buf *out)
{
    const struct attribute *attribute = card_attribute(catalog, card, name);
    buf_printf(out, "%s is ", short_name(name, card->kind->driver));
    if (attribute)
        value_describe(attribute, out);
    else
        buf_add(out, "absent");
}

static const struct capacity *capacity_find(const struct device *device, const char *driver, const char *name)
{
    const struct capacity *exact = device_capacity(device, name);
    return exact ? exact : device_capacity(device, short_name(name, driver));
}

void card_describe(const struct catalog *catalog, const struct card *card, const struct selector_reads *reads,
                   const struct symbols *symbols, struct buf *out)
{
    const struct device *common = &card->kind->common;
    const char *driver = card->kind->driver;
    bool first = true;
    for (uint32_t i = 0; i < reads->n_attributes; i++) {
        separate(out, &first);
        attribute_describe(catalog, card, symbols_text(symbols, reads->attributes[i]), out);
    }
    for (uint32_t i = 0; i < reads->n_capacities; i++) {
        const char *name = symbols_text(symbols, reads->capacities[i]);
        const struct capacity *capacity = capacity_find(common, driver, name);
        separate(out, &first);
        buf_printf(out, "%s is ", short_name(name, driver));
        if (capacity)
            quantity_format_text(&capacity->value, out);
        else
            buf_add(out, "absent");
    }
    if (reads->driver) {
        separate(out, &first);
        buf_printf(out, "driver is %s", driver);
    }
    if (reads->allow_multiple) {
        separate(out, &first);
        buf_printf(out, "allowMultipleAllocations is %s",
                   common->allow_multiple_allocations ? "true" : "false");
    }
}
