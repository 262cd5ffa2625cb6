/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the subcommands share: the flags that every kubectl plugin has, and lists fetched from the cluster,
 * all at once and to their last page, in straight-line code.
 */

#include "api/base/options.h"
#include "api/base/vec.h"
#include "api/value/value.h"
#include "driver/kube/resource.h"

struct kubectl_flags {
    const char *kubeconfig, *context, *namespace, *output;
    bool all_namespaces;
};

#define KUBECTL_OPTION_ROWS(options, flags)                                                                  \
    { "kubeconfig",    "KUBECONFIG",                                                                         \
      OPTION_STRING,   offsetof(options, flags.kubeconfig),                                                  \
      .value = "PATH", .help = "kubeconfig file" },                                                          \
        { "context",       NULL,                                                                             \
          OPTION_STRING,   offsetof(options, flags.context),                                                 \
          .value = "NAME", .help = "context of the kubeconfig" },                                            \
        { "namespace",                                                                                       \
          NULL,                                                                                              \
          OPTION_STRING,                                                                                     \
          offsetof(options, flags.namespace),                                                                \
          'n',                                                                                               \
          .value = "NAME",                                                                                   \
          .help = "namespace, if not the context's" },                                                       \
    {                                                                                                        \
        "output", NULL, OPTION_CHOICE, offsetof(options, flags.output), 'o',                                 \
            .choices = "table|json|yaml", .fallback = "table", .help = "form of the answer"                  \
    }

struct fetch {
    const struct kube_resource *resource;
    bool optional;       /* a cluster that does not serve it has none */
    struct value *items; /* a list of objects, each with its apiVersion and kind */
};

/*
 * Fills the items of each of FETCHES, in ARENA. *NAMESPACE becomes the namespace that FLAGS and kubeconfig
 * say. Blocks until everything is there.
 */
nodiscard struct error *kubectl_fetch(struct arena *arena, const struct kubectl_flags *flags,
                                      struct fetch *fetches, size_t n_fetches, const char **namespace);

/* Prints VALUE as json or yaml. False if OUTPUT is "table". */
bool kubectl_print_tree(const char *output, const struct value *value);
