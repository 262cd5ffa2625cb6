/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Between the files of this folder. */

#include "driver/kube/client.h"

/* The name under which our writes are recorded in managedFields, unless a call names another. */
const char *kube_client_manager(const struct kube_client *client);

/* Reads the token file anew at the next request. */
void kube_client_forget_token(struct kube_client *client);

/* Whoever may need the client later holds a reference; after kube_client_stop its http is NULL. */
struct kube_client *kube_client_ref(struct kube_client *client);
void kube_client_unref(struct kube_client *client);
