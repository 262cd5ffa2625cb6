/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/allocate/state/request.h"

#include "api/resource/tables.h"
#include "api/resource/typed.h"

/* The least number of devices without which the request can never be met. */
static size_t least_devices(const struct device_request *request)
{
    int64_t least = INT64_MAX;
    if (request->exactly && (request->exactly->admin_access || request->exactly->mode == MODE_UNKNOWN))
        return 0;
    if (request->exactly)
        least = request->exactly->mode == MODE_ALL ? 1 : request->exactly->count;
    for (size_t i = 0; i < request->n_first_available; i++) {
        const struct exact_request *alternative = &request->first_available[i];
        int64_t count = alternative->mode == MODE_EXACT_COUNT ? alternative->count : 1;
        least = count < least ? count : least;
    }
    return least > 0 && least < INT64_MAX ? (size_t)least : 0;
}

void request_measure(const struct allocate_request *request, size_t *largest, size_t *total)
{
    *largest = *total = 0;
    for (size_t i = 0; i < request->n_claims; i++) {
        for (size_t r = 0; r < request->claims[i]->spec.n_requests; r++) {
            size_t least = least_devices(&request->claims[i]->spec.requests[r]);
            *largest = least > *largest ? least : *largest;
            *total += least < UINT32_MAX ? least : UINT32_MAX;
        }
    }
}

void request_key(const struct allocate_request *request, struct buf *key)
{
    struct features features = request->features ? *request->features : features_all();
    buf_append(key, &features, sizeof(features));
    buf_append(key, &request->n_tolerations, sizeof(request->n_tolerations));
    for (size_t i = 0; i < request->n_tolerations; i++)
        schema_key(&device_toleration_schema, &request->tolerations[i], key);
    for (size_t i = 0; i < request->n_claims; i++) {
        buf_add_char(key, '/');
        schema_key(&claim_spec_schema, &request->claims[i]->spec, key);
    }
}
