/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two memories for each expression: verdicts by shape number (a byte each), and verdicts by the combination
 * of the values that the expression reads, which carries over to shapes never seen before. Numbers of shapes
 * are used again; the bytes that stand for them are cleared then.
 *
 * Expressions come and go with claims, so past MAX_PROGRAMS of them all are forgotten: they compile again
 * in microseconds.
 */

#include "controller/allocate/matcher.h"

#include "api/base/map.h"
#include "api/base/vec.h"
#include "controller/allocate/describe.h"
#include "selector/selector.h"

enum { MAX_PROGRAMS = 4096 };

/* Two keyed hashes of everything that selectors see: 128 bits that nobody outside can make collide. */
struct shape_key {
    uint64_t halves[2];
};

struct shape {
    uint32_t number;
    uint32_t references;
    struct shape_key key;
    struct map *messages; /* expression to text, where it failed on this shape; or NULL */
};

/* A device to look at; its view is made when somebody does, and not kept. */
struct subject {
    struct shape *shape;
    const char *driver;
    const struct device *device;
};

struct program {
    struct selector *selector; /* NULL: it does not compile */
    char *message;             /* why */
    VEC(uint8_t) verdicts;     /* by shape number */
    struct map combinations;   /* what it reads, to a verdict */
};

struct matcher {
    struct symbols symbols;
    struct environment *environment;
    struct scratch *scratch;
    struct map shapes;   /* everything selectors see, to struct shape */
    struct map programs; /* expression to struct program */
    VEC(uint32_t) free_numbers;
    uint32_t n_numbers;
};

struct matcher *matcher_new(void)
{
    struct matcher *matcher = NEW(struct matcher);
    matcher->environment =
        environment_new_device(&(struct environment_options){ .symbols = &matcher->symbols });
    matcher->scratch = scratch_new();
    return matcher;
}

/* Programs */

static void program_free(struct program *program)
{
    selector_free(program->selector);
    free(program->message);
    vec_done(&program->verdicts);
    map_done(&program->combinations);
    free(program);
}

static void programs_forget(struct matcher *matcher)
{
    map_each (&matcher->programs, entry)
        program_free(entry->value);
    map_done(&matcher->programs);
}

static struct program *program_find(struct matcher *matcher, const char *expression)
{
    struct program *program = map_get(&matcher->programs, expression);
    if (program)
        return program;
    if (matcher->programs.length >= MAX_PROGRAMS)
        programs_forget(matcher);
    program = NEW(struct program);
    cleanup_error struct error *err = selector_compile(expression, matcher->environment, &program->selector);
    if (err)
        program->message = take(err->text);
    map_put(&matcher->programs, expression, program);
    return program;
}

/* Shapes */

static void key_add(struct buf *key, const void *bytes, size_t length)
{
    buf_append(key, &length, sizeof(length));
    buf_append(key, bytes, length);
}

static void key_add_text(struct buf *key, const char *text)
{
    key_add(key, text ? text : "", text ? strlen(text) : 0);
}

static void key_add_attribute(struct buf *key, const struct attribute *attribute)
{
    key_add_text(key, attribute->name);
    buf_append(key, &attribute->type, sizeof(attribute->type));
    switch (attribute->type) {
    case ATTRIBUTE_NONE: break;
    case ATTRIBUTE_INT: key_add(key, &attribute->integer, sizeof(attribute->integer)); break;
    case ATTRIBUTE_BOOL: key_add(key, &attribute->boolean, sizeof(attribute->boolean)); break;
    case ATTRIBUTE_STRING:
    case ATTRIBUTE_VERSION: key_add_text(key, attribute->string); break;
    case ATTRIBUTE_INTS:
        key_add(key, attribute->integers, attribute->n_items * sizeof(*attribute->integers));
        break;
    case ATTRIBUTE_BOOLS:
        key_add(key, attribute->booleans, attribute->n_items * sizeof(*attribute->booleans));
        break;
    case ATTRIBUTE_STRINGS:
    case ATTRIBUTE_VERSIONS:
        key_add(key, &attribute->n_items, sizeof(attribute->n_items));
        for (size_t i = 0; i < attribute->n_items; i++)
            key_add_text(key, attribute->strings[i]);
        break;
    }
}

static void key_add_device(struct buf *key, const char *driver, const struct device *device)
{
    key_add_text(key, driver);
    buf_add_char(key, device->allow_multiple_allocations ? '1' : '0');
    key_add(key, &device->n_attributes, sizeof(device->n_attributes));
    for (size_t i = 0; i < device->n_attributes; i++)
        key_add_attribute(key, &device->attributes[i]);
    for (size_t i = 0; i < device->n_capacities; i++) {
        const struct capacity *capacity = &device->capacities[i];
        key_add_text(key, capacity->name);
        key_add_text(key, capacity->value.text);
        buf_append(key, &capacity->value.nanos, sizeof(capacity->value.nanos));
    }
}

static uint32_t shape_number(struct matcher *matcher)
{
    return matcher->free_numbers.length ? vec_pop(&matcher->free_numbers) : matcher->n_numbers++;
}

static struct shape_key shape_key_of(const char *driver, const struct device *device)
{
    cleanup_buf struct buf text = BUF_INIT(SIZE_MAX / 2);
    struct shape_key key;
    key_add_device(&text, driver, device);
    key.halves[0] = hash_bytes(text.data, text.length);
    buf_add_char(&text, '+');
    key.halves[1] = hash_bytes(text.data, text.length);
    return key;
}

static struct span shape_key_span(const struct shape_key *key)
{
    return (struct span){ (const char *)key, sizeof(*key) };
}

struct shape *shape_ref(struct matcher *matcher, const char *driver, const struct device *device)
{
    struct shape_key key = shape_key_of(driver, device);
    struct shape *shape = map_find(&matcher->shapes, shape_key_span(&key));
    if (!shape) {
        shape = NEW(struct shape);
        shape->number = shape_number(matcher);
        shape->key = key;
        map_set(&matcher->shapes, shape_key_span(&key), shape);
    }
    shape->references++;
    return shape;
}

static void shape_free(struct shape *shape)
{
    if (shape->messages) {
        map_each (shape->messages, entry)
            free(entry->value);
        map_done(shape->messages);
        free(shape->messages);
    }
    free(shape);
}

void shape_unref(struct matcher *matcher, struct shape *shape)
{
    if (--shape->references)
        return;
    map_each (&matcher->programs, entry) {
        struct program *program = entry->value;
        if (shape->number < program->verdicts.length)
            program->verdicts.items[shape->number] = VERDICT_UNKNOWN;
    }
    vec_push(&matcher->free_numbers, shape->number);
    map_remove(&matcher->shapes, shape_key_span(&shape->key));
    shape_free(shape);
}

void matcher_free(struct matcher *matcher)
{
    if (!matcher)
        return;
    programs_forget(matcher);
    map_each (&matcher->shapes, entry)
        shape_free(entry->value);
    map_done(&matcher->shapes);
    vec_done(&matcher->free_numbers);
    scratch_free(matcher->scratch);
    environment_free(matcher->environment);
    symbols_done(&matcher->symbols);
    free(matcher);
}

/* Verdicts */

static void shape_say(struct shape *shape, const char *expression, char *message)
{
    if (!shape->messages)
        shape->messages = NEW(struct map);
    free(map_put(shape->messages, expression, message));
}

static enum verdict program_run(struct matcher *matcher, const struct program *program,
                                const char *expression, const struct device_view *view, struct shape *shape)
{
    bool accepted = false;
    cleanup_error struct error *err =
        selector_eval(program->selector, view, matcher->scratch, &accepted, NULL);
    if (!err)
        return accepted ? VERDICT_TRUE : VERDICT_FALSE;
    shape_say(shape, expression, take(err->text));
    return VERDICT_FAILED;
}

/* By combination. A failure is told by every shape anew, since its text may name the device's values. */
static enum verdict program_look_up(struct matcher *matcher, struct program *program, const char *expression,
                                    const struct subject *subject)
{
    cleanup_arena struct arena *arena = arena_new();
    const struct device_view *view =
        device_view_new(arena, &matcher->symbols, subject->device, subject->driver);
    uint32_t length = view->error ? 0 : selector_combination_length(program->selector);
    if (!length)
        return program_run(matcher, program, expression, view, subject->shape);
    symbol *combination = arena_make_array(arena, symbol, length);
    selector_combination(program->selector, view, combination);
    struct span key = { (const char *)combination, length * sizeof(*combination) };
    enum verdict verdict = (enum verdict)(uintptr_t)map_find(&program->combinations, key);
    if (verdict != VERDICT_UNKNOWN)
        return verdict;
    verdict = program_run(matcher, program, expression, view, subject->shape);
    if (verdict != VERDICT_FAILED)
        map_set(&program->combinations, key, (void *)(uintptr_t)verdict);
    return verdict;
}

static uint8_t *program_verdict(struct program *program, const struct shape *shape)
{
    size_t needed = (size_t)shape->number + 1;
    if (program->verdicts.length < needed) {
        vec_reserve(&program->verdicts, needed - program->verdicts.length);
        memset(program->verdicts.items + program->verdicts.length, VERDICT_UNKNOWN,
               needed - program->verdicts.length);
        program->verdicts.length = needed;
    }
    return &program->verdicts.items[shape->number];
}

enum verdict matcher_test(struct matcher *matcher, const char *expression, struct shape *shape,
                          const char *driver, const struct device *device, const char **message)
{
    struct program *program = program_find(matcher, expression);
    if (!program->selector) {
        *message = program->message;
        return VERDICT_NOT_COMPILED;
    }
    uint8_t *verdict = program_verdict(program, shape);
    if (*verdict == VERDICT_UNKNOWN)
        *verdict = (uint8_t)program_look_up(matcher, program, expression,
                                            &(struct subject){ shape, driver, device });
    if (*verdict == VERDICT_FAILED)
        *message = map_get(shape->messages, expression);
    return (enum verdict) * verdict;
}

void matcher_describe(struct matcher *matcher, const char *expression, const char *driver,
                      const struct device *device, struct buf *out)
{
    const struct program *program = program_find(matcher, expression);
    if (program->selector)
        device_describe(device, driver, selector_reads(program->selector), &matcher->symbols, out);
}
