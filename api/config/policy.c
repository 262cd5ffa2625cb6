/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A set of policy documents, and the questions that the allocator asks of it.
 */

#include "api/config/policy.h"

#include "api/base/file.h"
#include "api/resource/names.h"
#include "api/resource/validate.h"
#include "api/value/yaml.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <sys/stat.h>

#define POLICY_VERSION "policy.tranche.dev/v1"

enum { MAX_FILE_BYTES = 4 * 1024 * 1024 };

static const char *const placement_names[] = {
    [PLACEMENT_FIRST] = "first",
    [PLACEMENT_BINPACK] = "binpack",
    [PLACEMENT_SPREAD] = "spread",
    [PLACEMENT_TOPOLOGY] = "topology",
};

static const struct member_rule policy_rules[] = {
    { "apiVersion", MEMBER_TEXT | MEMBER_REQUIRED },
    { "kind", MEMBER_TEXT | MEMBER_REQUIRED },
    { "metadata", MEMBER_OBJECT | MEMBER_REQUIRED },
    { "spec", MEMBER_OBJECT | MEMBER_REQUIRED },
    { NULL, 0 },
};

static const struct member_rule policy_spec_rules[] = {
    { "driver", MEMBER_TEXT },
    { "classes", MEMBER_LIST },
    { "placement", MEMBER_TEXT },
    { "allowedNamespaces", MEMBER_LIST },
    { NULL, 0 },
};

const char *placement_name(enum placement placement)
{
    return placement_names[placement];
}

bool placement_find(struct span name, enum placement *out)
{
    for (size_t i = 0; i < ARRAY_LEN(placement_names); i++) {
        if (!span_is(name, placement_names[i]))
            continue;
        *out = (enum placement)i;
        return true;
    }
    return false;
}

struct policy_set *policy_set_new(void)
{
    struct policy_set *set = NEW(struct policy_set);
    set->arena = arena_new();
    return set;
}

void policy_set_free(struct policy_set *set)
{
    if (!set)
        return;
    vec_each (&set->problems, problem)
        error_free(problem->error);
    vec_done(&set->inventories);
    vec_done(&set->policies);
    vec_done(&set->classes);
    vec_done(&set->problems);
    arena_free(set->arena);
    free(set);
}

static struct error *placement_decode(const char *file, const struct value *text, enum placement *out)
{
    if (placement_find(text->string, out))
        return NULL;
    return error_at(file, text, "spec.placement: must be " PLACEMENT_NAMES ", not \"" SPAN_FMT "\"",
                    SPAN_ARG(text->string));
}

static struct error *policy_decode(struct policy_set *set, const char *file, const struct value *tree)
{
    const struct value *spec = value_get(tree, "spec"), *placement = value_get(spec, "placement");
    struct allocation_policy *policy = arena_make(set->arena, struct allocation_policy);
    TRY(members_check(file, tree, "", policy_rules));
    TRY(members_check(file, spec, "spec", policy_spec_rules));
    *policy = (struct allocation_policy){
        .file = file,
        .name = value_path_string(tree, "metadata.name"),
        .driver = value_string(value_get(spec, "driver")),
        .has_placement = placement != NULL,
        .has_namespaces = value_get(spec, "allowedNamespaces") != NULL,
    };
    if (!policy->name || !dns_subdomain_is_valid(span_of(policy->name)))
        return error_at(file, value_get(tree, "metadata"), "metadata.name is required");
    if (policy->driver && !driver_name_is_valid(span_of(policy->driver)))
        return error_at(file, value_get(spec, "driver"), "spec.driver: \"%s\" is no driver name",
                        policy->driver);
    if (placement)
        TRY(placement_decode(file, placement, &policy->placement));
    TRY(texts_read(set->arena, file, spec, "classes", &policy->classes, &policy->n_classes));
    TRY(texts_read(set->arena, file, spec, "allowedNamespaces", &policy->namespaces, &policy->n_namespaces));
    vec_push(&set->policies, policy);
    return NULL;
}

static struct error *inventory_add(struct policy_set *set, const char *file, const struct value *tree)
{
    struct inventory_policy *inventory;
    TRY(inventory_decode(set->arena, file, tree, &inventory));
    vec_each (&set->inventories, other)
        if (strcmp((*other)->driver, inventory->driver) == 0 && !(*other)->n_nodes && !inventory->n_nodes)
            return error_at(file, tree, "there is an inventory for driver %s already, in %s",
                            inventory->driver, (*other)->file);
    vec_push(&set->inventories, inventory);
    return NULL;
}

static struct error *class_add(struct policy_set *set, const char *file, const struct value *tree)
{
    struct causes causes = { 0 };
    object_validate(set->arena, &(struct validation){ .object = tree }, &causes);
    struct error *err = error_place(causes_error(&causes), file, tree);
    causes_done(&causes);
    TRY(err);
    vec_push(&set->classes, tree);
    return NULL;
}

static struct error *document_add(struct policy_set *set, const char *file, const struct value *tree)
{
    const char *version = value_string(value_get(tree, "apiVersion"));
    const char *kind = value_string(value_get(tree, "kind"));
    if (!version || !kind)
        return error_at(file, tree, "apiVersion and kind are required");
    bool ours = strcmp(version, POLICY_VERSION) == 0;
    if (ours && strcmp(kind, "Inventory") == 0)
        return inventory_add(set, file, tree);
    if (ours && strcmp(kind, "AllocationPolicy") == 0)
        return policy_decode(set, file, tree);
    if (strcmp(kind, "DeviceClass") == 0 && strcmp(version, "resource.k8s.io/v1") == 0)
        return class_add(set, file, tree);
    return error_hint(error_at(file, tree, "a document of kind %s %s has no place here", version, kind),
                      "policy files hold Inventory and AllocationPolicy (" POLICY_VERSION
                      ") and DeviceClass (resource.k8s.io/v1)");
}

static void add_problem(struct policy_set *set, const char *file, struct error *err)
{
    if (err)
        vec_push(&set->problems, (struct policy_problem){ file, err });
}

void policy_set_add(struct policy_set *set, const char *file, struct span text)
{
    const char *kept = arena_strdup(set->arena, file);
    value_vec documents = { 0 };
    add_problem(set, kept, yaml_parse(set->arena, kept, text, &documents));
    vec_each (&documents, document)
        add_problem(set, kept, document_add(set, kept, *document));
    vec_done(&documents);
}

static void add_file(struct policy_set *set, const char *path)
{
    cleanup_buf struct buf text = BUF_INIT(MAX_FILE_BYTES);
    struct error *err = file_read(path, &text);
    if (err)
        add_problem(set, arena_strdup(set->arena, path), err);
    else
        policy_set_add(set, path, buf_span(&text));
}

/* Hidden names are the kubelet's ("..data") and editors'. */
static int is_policy_file(const struct dirent *entry)
{
    return entry->d_name[0] != '.' &&
           (fnmatch("*.yaml", entry->d_name, 0) == 0 || fnmatch("*.yml", entry->d_name, 0) == 0 ||
            fnmatch("*.json", entry->d_name, 0) == 0);
}

void policy_set_add_path(struct policy_set *set, const char *path)
{
    struct dirent **entries;
    struct stat status;
    if (stat(path, &status) < 0 || !S_ISDIR(status.st_mode)) {
        add_file(set, path);
        return;
    }
    int n_entries = scandir(path, &entries, is_policy_file, alphasort);
    if (n_entries < 0) {
        add_problem(set, arena_strdup(set->arena, path), error_errno(errno, "read %s", path));
        return;
    }
    for (int i = 0; i < n_entries; i++) {
        add_file(set, arena_printf(set->arena, "%s/%s", path, entries[i]->d_name));
        free(entries[i]);
    }
    free(entries);
}

struct error *policy_set_error(const struct policy_set *set)
{
    return set->problems.length ? error_copy(set->problems.items[0].error) : NULL;
}

static bool names_class(const struct allocation_policy *policy, const char *class_name)
{
    for (size_t i = 0; i < policy->n_classes; i++)
        if (strcmp(policy->classes[i], class_name) == 0)
            return true;
    return policy->n_classes == 0;
}

static bool has_a_say(const struct allocation_policy *policy, const char *driver, const char *class_name)
{
    return (!policy->driver || strcmp(policy->driver, driver) == 0) && names_class(policy, class_name);
}

const struct allocation_policy *policy_find(const struct policy_set *set, const char *driver,
                                            const char *class_name)
{
    const struct allocation_policy *best = NULL;
    int best_rank = -1;
    for (size_t i = 0; i < set->policies.length; i++) {
        const struct allocation_policy *policy = set->policies.items[i];
        int rank = (policy->driver != NULL) + (policy->n_classes > 0);
        if (rank > best_rank && has_a_say(policy, driver, class_name)) {
            best = policy;
            best_rank = rank;
        }
    }
    return best;
}

static bool allows(const struct allocation_policy *policy, const char *namespace)
{
    for (size_t i = 0; i < policy->n_namespaces; i++)
        if (fnmatch(policy->namespaces[i], namespace, 0) == 0)
            return true;
    return !policy->has_namespaces;
}

bool policy_allows_namespace(const struct policy_set *set, const char *driver, const char *class_name,
                             const char *namespace)
{
    for (size_t i = 0; i < set->policies.length; i++)
        if (has_a_say(set->policies.items[i], driver, class_name) &&
            !allows(set->policies.items[i], namespace))
            return false;
    return true;
}
