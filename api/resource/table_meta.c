/* SPDX-License-Identifier: Apache-2.0 */
/*
 * meta/v1: what every object carries, and the objects of the API machinery itself.
 */

#include "api/resource/claim.h"
#include "api/resource/meta.h"
#include "api/resource/tables.h"
#include "api/schema/rows.h"

#define META(name) "io.k8s.apimachinery.pkg.apis.meta.v1." name

static const struct schema_field owner_rows[] = {
    STRING("apiVersion", "Group and version of the owner.", .flags = SCHEMA_REQUIRED,
           IN(struct owner_reference, api_version)),
    STRING("kind", "Kind of the owner.", .flags = SCHEMA_REQUIRED, IN(struct owner_reference, kind)),
    STRING("name", "Name of the owner.", .flags = SCHEMA_REQUIRED, IN(struct owner_reference, name)),
    STRING("uid", "UID of the owner.", .flags = SCHEMA_REQUIRED, IN(struct owner_reference, uid)),
    BOOL("controller", "Whether this owner manages the object.", .flags = SCHEMA_POINTER,
         IN(struct owner_reference, controller)),
    BOOL("blockOwnerDeletion", "Whether the owner stays until the object is gone, in foreground deletion.",
         .flags = SCHEMA_POINTER, IN(struct owner_reference, block_owner_deletion)),
};
static TABLE(owner_schema, META("OwnerReference"), "An object that this one belongs to.", owner_rows,
             .atomic = true, .size = sizeof(struct owner_reference));

static const struct schema_field managed_fields_rows[] = {
    STRING("manager", "Who manages these fields."),
    STRING("operation", "How they came to be managed.", .choices = NAMES("Apply", "Update")),
    STRING("apiVersion", "The version that the field paths are written in."),
    TIME("time", "When the manager last changed its set.", .flags = SCHEMA_POINTER),
    STRING("fieldsType", "The format of the set; FieldsV1."),
    RAW("fieldsV1", "The set of fields, as nested objects of path elements."),
    STRING("subresource", "The subresource through which they were written."),
};
static TABLE(managed_fields_schema, META("ManagedFieldsEntry"), "The fields that one manager looks after.",
             managed_fields_rows);

static const struct schema_field object_meta_rows[] = {
    STRING("name", "Unique within the namespace.", IN(struct object_meta, name)),
    STRING("generateName", "A prefix from which the server makes a unique name if there is none.",
           IN(struct object_meta, generate_name)),
    STRING("namespace", "The space within which the name is unique.", IN(struct object_meta, namespace)),
    STRING("selfLink", "No longer filled in.", .flags = SCHEMA_SERVER),
    STRING("uid", "Unique in time and space; the server's choice.", .flags = SCHEMA_SERVER,
           IN(struct object_meta, uid)),
    STRING("resourceVersion", "Changes with every write; sent back, it makes an update conditional.",
           IN(struct object_meta, resource_version)),
    INT64("generation", "Counts the changes of the desired state.", .flags = SCHEMA_SERVER,
          IN(struct object_meta, generation)),
    TIME("creationTimestamp", "When the object was created.", .flags = SCHEMA_SERVER | SCHEMA_POINTER,
         IN(struct object_meta, creation_timestamp)),
    TIME("deletionTimestamp", "When the object is to be gone; set once deletion was asked for.",
         .flags = SCHEMA_SERVER | SCHEMA_POINTER, IN(struct object_meta, deletion_timestamp)),
    INT64("deletionGracePeriodSeconds", "Seconds for a graceful end.",
          .flags = SCHEMA_SERVER | SCHEMA_POINTER),
    MAP("labels", "Pairs by which objects are selected.", STRING,
        IN_MAP(struct object_meta, labels, n_labels, struct string_pair, name, value)),
    MAP("annotations", "Pairs for tools; not selected by.", STRING,
        IN_MAP(struct object_meta, annotations, n_annotations, struct string_pair, name, value)),
    LIST_OF("ownerReferences", "Objects that this one belongs to; when all are gone, so is it.", owner_schema,
            .flags = SCHEMA_MERGE, .merge_key = "uid", KEYED("uid"),
            IN_LIST(struct object_meta, owners, n_owners)),
    LIST("finalizers", "What has to be done before the object may vanish.", STRING, .flags = SCHEMA_MERGE,
         SET, IN_LIST(struct object_meta, finalizers, n_finalizers)),
    LIST_OF("managedFields", "Who manages which fields, for server-side apply.", managed_fields_schema),
};
TABLE(object_meta_schema, META("ObjectMeta"), "What every object carries.", object_meta_rows,
      .size = sizeof(struct object_meta));

static const struct schema_field shard_rows[] = {
    STRING("selector", "The part of the collection that was asked for.", .flags = SCHEMA_REQUIRED),
};
static TABLE(shard_schema, META("ShardInfo"), "Which part of a collection a list is.", shard_rows);

static const struct schema_field list_meta_rows[] = {
    STRING("selfLink", "No longer filled in."),
    STRING("resourceVersion", "The version of the whole collection; a watch starts from here."),
    STRING("continue", "A token for the next page; empty on the last one."),
    INT64("remainingItemCount", "How many items follow on later pages.", .flags = SCHEMA_POINTER),
    OBJECT("shardInfo", "Which part of the collection this is.", shard_schema),
};
TABLE(list_meta_schema, META("ListMeta"), "What every list carries.", list_meta_rows);

static const struct schema_field condition_rows[] = {
    STRING("type", "What the condition is about, in CamelCase.", .flags = SCHEMA_REQUIRED,
           IN(struct condition, type)),
    STRING("status", "Whether it holds.", .flags = SCHEMA_REQUIRED,
           .choices = NAMES("True", "False", "Unknown"), IN(struct condition, status)),
    INT64("observedGeneration", "The generation that it was judged from.",
          IN(struct condition, observed_generation)),
    TIME("lastTransitionTime", "When the status last changed.", .flags = SCHEMA_REQUIRED,
         IN(struct condition, last_transition_time)),
    STRING("reason", "Why, as one CamelCase word.", .flags = SCHEMA_REQUIRED, IN(struct condition, reason)),
    STRING("message", "Why, for people.", .flags = SCHEMA_REQUIRED, IN(struct condition, message)),
};
TABLE(condition_schema, META("Condition"), "One aspect of an object's state.", condition_rows,
      .size = sizeof(struct condition));

static const struct schema_field label_requirement_rows[] = {
    STRING("key", "The label.", .flags = SCHEMA_REQUIRED),
    STRING("operator", "How the label relates to the values.", .flags = SCHEMA_REQUIRED,
           .choices = NAMES("In", "NotIn", "Exists", "DoesNotExist")),
    LIST("values", "The values, for In and NotIn.", STRING),
};
static TABLE(label_requirement_schema, META("LabelSelectorRequirement"), "What one label must be.",
             label_requirement_rows);

static const struct schema_field label_selector_rows[] = {
    MAP("matchLabels", "Labels that must have just these values.", STRING),
    LIST_OF("matchExpressions", "Requirements, all of which must hold.", label_requirement_schema),
};
TABLE(label_selector_schema, META("LabelSelector"), "Selects objects by their labels.", label_selector_rows,
      .atomic = true);

static const struct schema_field status_cause_rows[] = {
    STRING("reason", "The kind of cause, for programs."),
    STRING("message", "The cause, for people."),
    STRING("field", "The field that is to blame."),
};
static TABLE(status_cause_schema, META("StatusCause"), "One thing that is wrong.", status_cause_rows);

static const struct schema_field status_details_rows[] = {
    STRING("name", "The object's name."),
    STRING("group", "The resource's group."),
    STRING("kind", "The resource or kind."),
    STRING("uid", "The object's UID."),
    LIST_OF("causes", "Each thing that is wrong.", status_cause_schema),
    INT32("retryAfterSeconds", "When to try again."),
};
static TABLE(status_details_schema, META("StatusDetails"), "What an error is about.", status_details_rows);

static const struct schema_field status_rows[] = {
    TYPE_ROWS,
    OBJECT("metadata", "A list's metadata.", list_meta_schema),
    STRING("status", "Success or Failure."),
    STRING("message", "What happened, for people."),
    STRING("reason", "What happened, as one word for programs."),
    OBJECT("details", "What it is about.", status_details_schema),
    INT32("code", "The HTTP status."),
};
TABLE(status_schema, META("Status"), "How a request ended.", status_rows);

static const struct schema_field preconditions_rows[] = {
    STRING("uid", "The object must have this UID.", .flags = SCHEMA_POINTER),
    STRING("resourceVersion", "The object must stand at this version.", .flags = SCHEMA_POINTER),
};
static TABLE(preconditions_schema, META("Preconditions"), "What must hold before a deletion.",
             preconditions_rows);

static const struct schema_field delete_options_rows[] = {
    TYPE_ROWS,
    INT64("gracePeriodSeconds", "Seconds for a graceful end; 0 is at once.", .flags = SCHEMA_POINTER),
    OBJECT("preconditions", "What must hold before.", preconditions_schema),
    BOOL("orphanDependents", "Deprecated: see propagationPolicy.", .flags = SCHEMA_POINTER),
    STRING("propagationPolicy", "What becomes of the objects that this one owns.", .flags = SCHEMA_POINTER,
           .choices = NAMES("Orphan", "Background", "Foreground")),
    LIST("dryRun", "All: try everything, store nothing.", STRING),
    BOOL("ignoreStoreReadErrorWithClusterBreakingPotential", "Delete an object that cannot be read.",
         .flags = SCHEMA_POINTER),
};
TABLE(delete_options_schema, META("DeleteOptions"), "How to delete.", delete_options_rows);
