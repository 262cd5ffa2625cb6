/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One table per object type says everything that we know about its JSON. Whoever treats objects reads the
 * tables: strict decoding, defaults, pruning, immutability, strategic merge, server-side apply, OpenAPI, and
 * the typed decoders and encoders of api/resource. No kind is named in any of them.
 *
 * The tables stand beside the structs that they describe (api/resource, api/core); api/core/kinds.h lists
 * the kinds that are served.
 */

#include "api/base/vec.h"
#include "api/value/value.h"

enum schema_type {
    SCHEMA_RAW, /* any JSON; also what lies behind unknown members */
    SCHEMA_STRING,
    SCHEMA_BOOL,
    SCHEMA_INT32,
    SCHEMA_INT64,
    SCHEMA_DOUBLE,
    SCHEMA_QUANTITY,   /* a string or a number */
    SCHEMA_TIME,       /* RFC 3339, whole seconds */
    SCHEMA_MICRO_TIME, /* RFC 3339, six decimals */
    SCHEMA_INT_OR_STRING,
    SCHEMA_BYTES,  /* base64 */
    SCHEMA_OBJECT, /* members by table: field->object */
    SCHEMA_LIST,   /* of field->element */
    SCHEMA_MAP,    /* from strings to field->element */
};

/* What server-side apply makes of a list (x-kubernetes-list-type). */
enum schema_list_type { SCHEMA_LIST_ATOMIC, SCHEMA_LIST_SET, SCHEMA_LIST_MAP };

/* Flags of a field */
enum {
    SCHEMA_REQUIRED = 1 << 0,
    SCHEMA_IMMUTABLE = 1 << 1,   /* with everything below it, once the object exists */
    SCHEMA_POINTER = 1 << 2,     /* an optional scalar whose zero value differs from absence */
    SCHEMA_ATOMIC = 1 << 3,      /* apply owns the object or map as a whole */
    SCHEMA_MERGE = 1 << 4,       /* strategic merge patch: patchStrategy merge (see merge_key) */
    SCHEMA_RETAIN_KEYS = 1 << 5, /* strategic merge patch: patchStrategy retainKeys */
    SCHEMA_DEFAULT_NOW = 1 << 6, /* the default is the caller's clock */
    SCHEMA_KEEP_EMPTY = 1 << 7,  /* no omitempty: printed when empty or zero */
    SCHEMA_SERVER = 1 << 8,      /* the server fills it; what users send is ignored (readOnly) */
};

struct decoder; /* api/resource/decode.h */
struct path;    /* api/schema/path.h */
struct schema;

/* Where a field stands in the typed struct (api/resource/decode.h); rows.h has words that fill it in. */
struct schema_binding {
    bool bound;              /* else skipped by typed decoding and encoding */
    bool behind_pointer;     /* OBJECT: the struct has a pointer, NULL if absent */
    uint16_t size;           /* of a scalar there; 0: only the choice is kept */
    uint8_t count_size;      /* of n_...; 0: none */
    uint8_t choice_size;     /* of the enum; 0: none */
    uint8_t choice_unknown;  /* what a text that is not among the choices becomes */
    uint16_t offset;         /* of the scalar, the object, or the pointer to object or items */
    uint16_t count_offset;   /* of n_... */
    uint16_t has_offset;     /* of has_...; 0: none */
    uint16_t choice_offset;  /* of the enum */
    uint16_t item_size;      /* of a list's or map's item, or of the object behind the pointer */
    uint16_t name_offset;    /* in a map's item: its name ... */
    uint16_t content_offset; /* ... and its scalar value; an object value fills the item itself */
};

/* What this room cannot know about a scalar: a quantity's grammar is api/resource's. */
struct schema_scalar {
    /* ERROR_INVALID if the value is not one. */
    struct error *(*check)(const struct value *value);
    /* The spelling that a server stores; VALUE itself if it is that already. */
    struct value *(*canonical)(struct arena *arena, struct value *value);
};

struct schema_field {
    const char *name;
    const char *doc; /* one line for `kubectl explain` */
    enum schema_type type;
    enum schema_type element;           /* of a list's items or a map's values; never LIST or MAP */
    const struct schema *object;        /* of OBJECT, or of elements that are OBJECT */
    const struct schema_scalar *scalar; /* of QUANTITY, or of elements that are QUANTITY */
    unsigned flags;

    enum schema_list_type list_type; /* for apply ... */
    const char *const *keys; /* ... with the names that identify an item of a LIST_MAP, NULL at the end */
    const char *merge_key;   /* for strategic merge; NULL with SCHEMA_MERGE: a list of scalars */

    const char *fallback;       /* the default as JSON text, or NULL */
    const char *fallback_if;    /* "allocationMode=ExactCount": only if the sibling has this text; or NULL */
    const char *const *choices; /* the texts that Kubernetes accepts, NULL at the end; or NULL */
    uint32_t max_items;         /* of a list or map; 0: not limited here */
    uint32_t max_bytes;         /* of a string or of raw JSON */
    const char *gates;          /* feature gates, all of which it needs, a blank between them; or NULL */
    struct schema_binding bind;
};

struct schema {
    const char *name; /* "io.k8s.api.resource.v1.Device", OpenAPI's name for it */
    const char *doc;
    const struct schema_field *fields;
    size_t n_fields;
    bool open;   /* real servers know more members than we do: unknown ones stay, in strict mode too */
    bool atomic; /* apply owns objects of this type as a whole (structType=atomic) */
    size_t size; /* of the typed struct, 0 if there is none */
    /* For what offsets cannot describe (unions); they take the place of the rows' bindings. */
    struct error *(*decode)(struct decoder *decoder, const struct value *tree, const struct path *path,
                            void *out);
    struct value *(*encode)(struct arena *arena, const void *typed);
    /* Puts defaults into a decoded struct that a server would have put into its tree. */
    void (*settle)(void *typed);
};

/*
 * Walking: what a table says about one value of a tree.
 *
 *     struct schema_spot spot = schema_root(schema);
 *     spot = schema_member(spot, span_of("spec"));    // objects and maps
 *     spot = schema_item(spot);                       // lists
 */
struct schema_spot {
    enum schema_type type;
    enum schema_type element;         /* of LIST and MAP */
    const struct schema *object;      /* of OBJECT, or of OBJECT elements */
    const struct schema_field *field; /* the row that led here: for an item or a map's value, its container's;
                                         NULL at the root and behind unknown members */
};

const struct schema_field *schema_field_find(const struct schema *schema, struct span name);
struct schema_spot schema_root(const struct schema *schema);
struct schema_spot schema_member(struct schema_spot spot, struct span name);
struct schema_spot schema_item(struct schema_spot spot);
/* Follows "spec.devices.requests[0].exactly"; RAW if the tables do not know it. */
struct schema_spot schema_follow(const struct schema *schema, const char *path);

/* What strict decoding complains about, in the order of the document: `unknown field "spec.bogus"`. */
struct schema_complaints {
    VEC(char *) texts; /* each on the heap */
};
void schema_complaints_done(struct schema_complaints *complaints);
/* `strict decoding error: unknown field "spec.bogus", duplicate field "x"`, or NULL if there is none. */
nodiscard struct error *schema_complaints_error(const struct schema_complaints *complaints);
/* Adds `WHAT "PATH"`; for what json_duplicates_find finds. */
void schema_complain(struct schema_complaints *complaints, const char *what, const char *path);

/*
 * Checks the types of everything in TREE that SCHEMA knows. A wrong type is ERROR_INVALID with the path, line
 * and column; null fits everywhere. Unknown members are added to COMPLAINTS, if it is given.
 */
nodiscard struct error *schema_check(const struct schema *schema, const struct value *tree,
                                     struct schema_complaints *complaints);

/*
 * Brings TREE into the form that a real server stores: without unknown members (unless open), nulls and empty
 * optional values, times in UTC. Types have been checked before.
 */
void schema_prune(const struct schema *schema, struct arena *arena, struct value *tree);

/* Fills in what is absent. NOW (micros since 1970) is for timeAdded and its like. */
void schema_default(const struct schema *schema, struct arena *arena, struct value *tree, int64_t now);

/* Whether the feature gate NAME is on. */
typedef bool schema_gate_fn(const void *context, const char *name);

/* Removes fields whose gates are off, unless BEFORE (the stored object, or NULL) already has them anywhere.
 */
void schema_drop_gated(const struct schema *schema, struct value *tree, const struct value *before,
                       schema_gate_fn *is_on, const void *context);

/* One version of a kind. */
struct schema_version {
    const char *name;            /* "v1beta1" */
    const struct schema *schema; /* the form that this version's JSON has */
};

/* A kind as the API serves it. */
struct schema_kind {
    const char *group; /* "" for core */
    const char *kind;
    const char *plural;
    const char *singular;
    const char *const *short_names; /* NULL at the end; or NULL */
    const char *const *categories;  /* likewise */
    bool namespaced;
    bool has_status;                       /* the status subresource */
    const struct schema_version *versions; /* the first is the one that is stored and preferred */
    size_t n_versions;
};
