/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looking things up in metadata. The lists are short; walking them beats any index.
 */

#include "api/resource/meta.h"

#include <string.h>

static const char *pairs_find(const struct string_pair *pairs, size_t n_pairs, const char *name)
{
    for (size_t i = 0; i < n_pairs; i++)
        if (strcmp(pairs[i].name, name) == 0)
            return pairs[i].value;
    return NULL;
}

const char *meta_label(const struct object_meta *meta, const char *name)
{
    return pairs_find(meta->labels, meta->n_labels, name);
}

const char *meta_annotation(const struct object_meta *meta, const char *name)
{
    return pairs_find(meta->annotations, meta->n_annotations, name);
}

bool meta_has_finalizer(const struct object_meta *meta, const char *name)
{
    for (size_t i = 0; i < meta->n_finalizers; i++)
        if (strcmp(meta->finalizers[i], name) == 0)
            return true;
    return false;
}

const struct owner_reference *meta_controller(const struct object_meta *meta)
{
    for (size_t i = 0; i < meta->n_owners; i++)
        if (meta->owners[i].controller)
            return &meta->owners[i];
    return NULL;
}
