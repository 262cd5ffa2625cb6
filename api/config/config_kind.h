/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Opaque device config: the kinds of objects that users may put into `config[].opaque.parameters`. An
 * inventory declares each kind that its driver takes, with typed fields:
 *
 *     configs:
 *     - apiVersion: gpu.resource.example.com/v1alpha1
 *       kind: GpuConfig
 *       fields:
 *       - name: sharing
 *         type: object                        # string, integer, boolean, object, map (of strings)
 *         default: {strategy: TimeSlicing}    # what stands there if the user left it out
 *         fields:
 *         - {name: strategy, type: string, required: true, enum: [TimeSlicing, SpacePartitioning],
 *            error: "unknown GPU sharing strategy: ${value}"}
 *         - name: partitions
 *           type: integer
 *           minimum: 0
 *           maximum: 8
 *           when: sharing.strategy == SpacePartitioning      # else it may not be set ...
 *           conflict: "partitions need SpacePartitioning"    # ... and this is said
 *
 * A default takes part only where `when` holds. Fields are read in the order of their declaration, so a
 * condition may speak of those before it. The kind `config.tranche.dev/v1 DeviceConfig` has the field `env`
 * (a map, added to the container's environment) unless its declaration lists fields of its own.
 */

#include "api/config/strict.h"

enum field_type { FIELD_STRING, FIELD_INTEGER, FIELD_BOOLEAN, FIELD_OBJECT, FIELD_MAP };

struct config_field {
    const char *name;
    enum field_type type;
    bool required;
    const struct value *fallback;
    const char **choices;
    size_t n_choices;
    int64_t minimum, maximum;
    bool has_minimum, has_maximum;
    const char *error;    /* a template over `value`, or NULL */
    const char *when;     /* a condition over the object's fields, or NULL */
    const char *conflict; /* a template over the object's fields, or NULL */
    struct config_field *fields;
    size_t n_fields;
};

struct config_kind {
    const char *api_version;
    const char *kind;
    struct config_field *fields;
    size_t n_fields;
};

/* Reads the list `configs`. */
nodiscard struct error *config_kinds_decode(struct arena *arena, const char *file, const struct value *list,
                                            struct config_kind **out, size_t *n_out);

/*
 * Checks PARAMETERS against the kind that they name and fills in the defaults. NULL PARAMETERS are those of
 * the first kind with nothing set; without any kind *OUT is an empty object. ERROR_INVALID is for the user
 * who wrote the claim: it names the field, not a file.
 */
nodiscard struct error *config_decode(struct arena *arena, const struct config_kind *kinds, size_t n_kinds,
                                      const struct value *parameters, struct value **out);
