/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Small questions about claims: who holds one, and which requests a reference means.
 */

#include "api/resource/claim.h"

#include "api/base/span.h"

bool claim_is_reserved_for(const struct resource_claim *claim, const char *uid)
{
    for (size_t i = 0; i < claim->n_reserved_for; i++)
        if (claim->reserved_for[i].uid && strcmp(claim->reserved_for[i].uid, uid) == 0)
            return true;
    return false;
}

struct span request_base_name(const char *reference)
{
    return span_split(span_of(reference), '/', &(struct span){ 0 });
}

bool requests_cover(const char *const *requests, size_t n_requests, const char *request)
{
    struct span base = request_base_name(request);
    for (size_t i = 0; i < n_requests; i++)
        if (strcmp(requests[i], request) == 0 || span_is(base, requests[i]))
            return true;
    return n_requests == 0;
}
