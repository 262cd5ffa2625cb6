/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every table that a kind reaches, for the comparison with the Go structs: a line for each row,
 * "TABLE<TAB>FIELD<TAB>TYPE<TAB>ELEMENT<TAB>TABLE OF OBJECTS<TAB>WORDS", and "TABLE<TAB>open" for open ones.
 */

#include "api/base/map.h"
#include "api/core/kinds.h"
#include "api/resource/tables.h"

#include <stdio.h>

static const char *type_name(enum schema_type type)
{
    switch (type) {
    case SCHEMA_RAW: return "raw";
    case SCHEMA_STRING: return "string";
    case SCHEMA_BOOL: return "bool";
    case SCHEMA_INT32: return "int32";
    case SCHEMA_INT64: return "int64";
    case SCHEMA_DOUBLE: return "float64";
    case SCHEMA_QUANTITY: return "Quantity";
    case SCHEMA_TIME: return "Time";
    case SCHEMA_MICRO_TIME: return "MicroTime";
    case SCHEMA_INT_OR_STRING: return "IntOrString";
    case SCHEMA_BYTES: return "bytes";
    case SCHEMA_OBJECT: return "object";
    case SCHEMA_LIST: return "list";
    case SCHEMA_MAP: return "map";
    }
    return "?";
}

static void print_row(const struct schema *table, const struct schema_field *row)
{
    bool has_items = row->type == SCHEMA_LIST || row->type == SCHEMA_MAP;
    printf("%s\t%s\t%s\t%s\t%s\t", table->name, row->name, type_name(row->type),
           has_items ? type_name(row->element) : "", row->object ? row->object->name : "");
    if (row->flags & SCHEMA_POINTER)
        printf("pointer ");
    if (row->flags & (SCHEMA_REQUIRED | SCHEMA_KEEP_EMPTY))
        printf("kept ");
    if (row->flags & SCHEMA_MERGE)
        printf("merge=%s ", row->merge_key ? row->merge_key : "");
    if (row->flags & SCHEMA_RETAIN_KEYS)
        printf("retainKeys ");
    putchar('\n');
}

static void print_table(const struct schema *table, struct map *seen)
{
    if (map_put(seen, table->name, (void *)table))
        return;
    if (table->open)
        printf("%s\topen\n", table->name);
    for (size_t i = 0; i < table->n_fields; i++) {
        print_row(table, &table->fields[i]);
        if (table->fields[i].object)
            print_table(table->fields[i].object, seen);
    }
}

int main(void)
{
    cleanup_map struct map seen = { 0 };
    size_t n_kinds;
    const struct schema_kind *kinds = schema_kinds(&n_kinds);
    for (size_t i = 0; i < n_kinds; i++)
        for (size_t j = 0; j < kinds[i].n_versions; j++)
            print_table(kinds[i].versions[j].schema, &seen);
    print_table(&status_schema, &seen);
    print_table(&delete_options_schema, &seen);
    return fflush(stdout) ? 1 : 0;
}
