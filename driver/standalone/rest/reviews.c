/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reviews are created but never stored: the answer is the question with a status.
 */
#include "driver/standalone/rest/reviews.h"

#include "driver/standalone/rest/request.h"
#include "driver/standalone/rest/status_error.h"

static struct error *review_body(struct request *req, struct value **out)
{
    TRY(request_body(req, NULL, out));
    if (!value_is(*out, VALUE_OBJECT))
        return refuse_bad_request(req, "the body must be a %s", req->target.resource->kind->kind);
    return NULL;
}

static struct value *text_list(struct arena *arena, const char *const *texts)
{
    struct value *list = value_list(arena);
    for (; *texts; texts++)
        value_append(arena, list, value_text(arena, *texts));
    return list;
}

static void reply_review(struct request *req, struct value *review, struct value *status)
{
    const struct schema_kind *kind = req->target.resource->kind;
    struct value *answer = value_object(req->arena);
    value_set_text(req->arena, answer, "kind", kind->kind);
    value_set_text(req->arena, answer, "apiVersion", request_api_version(req));
    struct value *metadata = value_child(req->arena, answer, "metadata");
    value_set(req->arena, metadata, "creationTimestamp", value_null(req->arena));
    struct value *spec = value_get(review, "spec");
    if (spec)
        value_set(req->arena, answer, "spec", spec);
    value_set(req->arena, answer, "status", status);
    request_reply(req, 201, answer);
}

static struct error *access_review(struct request *req)
{
    struct value *review;
    TRY(review_body(req, &review));
    struct value *status = value_object(req->arena);
    value_set_bool(req->arena, status, "allowed", true);
    reply_review(req, review, status);
    return NULL;
}

static struct error *rules_review(struct request *req)
{
    static const char *const all[] = { "*", NULL };
    struct value *review;
    TRY(review_body(req, &review));
    struct arena *arena = req->arena;
    struct value *on_resources = value_object(arena), *on_paths = value_object(arena);
    value_set(arena, on_resources, "verbs", text_list(arena, all));
    value_set(arena, on_resources, "apiGroups", text_list(arena, all));
    value_set(arena, on_resources, "resources", text_list(arena, all));
    value_set(arena, on_paths, "verbs", text_list(arena, all));
    value_set(arena, on_paths, "nonResourceURLs", text_list(arena, all));
    struct value *status = value_object(arena);
    value_append(arena, value_child_list(arena, status, "resourceRules"), on_resources);
    value_append(arena, value_child_list(arena, status, "nonResourceRules"), on_paths);
    value_set_bool(arena, status, "incomplete", false);
    reply_review(req, review, status);
    return NULL;
}

static struct error *subject_review(struct request *req)
{
    static const char *const groups[] = { "system:masters", "system:authenticated", NULL };
    struct value *review;
    TRY(review_body(req, &review));
    struct value *status = value_object(req->arena);
    struct value *user = value_child(req->arena, status, "userInfo");
    value_set_text(req->arena, user, "username", "tranche-admin");
    value_set(req->arena, user, "groups", text_list(req->arena, groups));
    reply_review(req, review, status);
    return NULL;
}

const struct review *review_list(size_t *n_reviews)
{
    static const struct schema open_schema = { .name = "io.k8s.api.authorization.v1.Review", .open = true };
    static const struct schema_version versions[] = { { "v1", &open_schema } };
    static const struct review reviews[] = {
        { { .group = "authorization.k8s.io",
            .kind = "SelfSubjectAccessReview",
            .plural = "selfsubjectaccessreviews",
            .singular = "selfsubjectaccessreview",
            .versions = versions,
            .n_versions = 1 },
          access_review },
        { { .group = "authorization.k8s.io",
            .kind = "SelfSubjectRulesReview",
            .plural = "selfsubjectrulesreviews",
            .singular = "selfsubjectrulesreview",
            .versions = versions,
            .n_versions = 1 },
          rules_review },
        { { .group = "authorization.k8s.io",
            .kind = "SubjectAccessReview",
            .plural = "subjectaccessreviews",
            .singular = "subjectaccessreview",
            .versions = versions,
            .n_versions = 1 },
          access_review },
        { { .group = "authentication.k8s.io",
            .kind = "SelfSubjectReview",
            .plural = "selfsubjectreviews",
            .singular = "selfsubjectreview",
            .versions = versions,
            .n_versions = 1 },
          subject_review },
    };
    *n_reviews = ARRAY_LEN(reviews);
    return reviews;
}
