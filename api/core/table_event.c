/* SPDX-License-Identifier: Apache-2.0 */
/*
 * core/v1 Event and coordination.k8s.io/v1 Lease. Neither is ever decoded: their owner is driver/kube, which
 * works on trees.
 */

#include "api/core/tables.h"
#include "api/schema/rows.h"

#define V1(name) "io.k8s.api.core.v1." name

static const struct schema_field reference_rows[] = {
    STRING("kind", "Its kind."),
    STRING("namespace", "Its namespace."),
    STRING("name", "Its name."),
    STRING("uid", "Its UID."),
    STRING("apiVersion", "Its group and version."),
    STRING("resourceVersion", "Its version then."),
    STRING("fieldPath", "The part that is meant."),
};
static TABLE(reference_schema, V1("ObjectReference"), "An object.", reference_rows, .atomic = true);

static const struct schema_field source_rows[] = {
    STRING("component", "The program."),
    STRING("host", "Its node."),
};
static TABLE(source_schema, V1("EventSource"), "Who reports.", source_rows);

static const struct schema_field series_rows[] = {
    INT32("count", "How often, so far."),
    MICRO_TIME("lastObservedTime", "When it was last seen."),
};
static TABLE(series_schema, V1("EventSeries"), "The event again and again.", series_rows);

static const struct schema_field event_rows[] = {
    TYPE_ROWS,
    OBJECT("metadata", "Standard object metadata.", object_meta_schema, .flags = SCHEMA_REQUIRED),
    OBJECT("involvedObject", "What it is about.", reference_schema, .flags = SCHEMA_REQUIRED),
    STRING("reason", "What happened, as one word."),
    STRING("message", "What happened, for people."),
    OBJECT("source", "Who reports.", source_schema),
    TIME("firstTimestamp", "When it was first seen.", .flags = SCHEMA_KEEP_EMPTY),
    TIME("lastTimestamp", "When it was last seen.", .flags = SCHEMA_KEEP_EMPTY),
    INT32("count", "How often."),
    STRING("type", "Normal or Warning."),
    MICRO_TIME("eventTime", "When it was first seen.", .flags = SCHEMA_KEEP_EMPTY),
    OBJECT("series", "The event again and again.", series_schema),
    STRING("action", "What was done or tried."),
    OBJECT("related", "Another object.", reference_schema),
    STRING("reportingComponent", "Who reports.", .flags = SCHEMA_REQUIRED),
    STRING("reportingInstance", "Which of them.", .flags = SCHEMA_REQUIRED),
};
TABLE(event_schema, V1("Event"), "Something that happened to an object.", event_rows);

static const struct schema_field lease_spec_rows[] = {
    STRING("holderIdentity", "Who holds it; empty: nobody.", .flags = SCHEMA_POINTER),
    INT32("leaseDurationSeconds", "How long it holds after each renewal.", .flags = SCHEMA_POINTER),
    MICRO_TIME("acquireTime", "When it was acquired."),
    MICRO_TIME("renewTime", "When it was last renewed."),
    INT32("leaseTransitions", "How often it changed hands.", .flags = SCHEMA_POINTER),
    STRING("strategy", "How a holder is chosen.", .flags = SCHEMA_POINTER),
    STRING("preferredHolder", "Who should have it instead.", .flags = SCHEMA_POINTER),
};
static TABLE(lease_spec_schema, "io.k8s.api.coordination.v1.LeaseSpec", "Who holds it.", lease_spec_rows);

static const struct schema_field lease_rows[] = {
    TYPE_ROWS,
    OBJECT("metadata", "Standard object metadata.", object_meta_schema),
    OBJECT("spec", "Who holds it.", lease_spec_schema),
};
TABLE(lease_schema, "io.k8s.api.coordination.v1.Lease", "A lock that has to be renewed.", lease_rows);
