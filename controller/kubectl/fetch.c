/* SPDX-License-Identifier: Apache-2.0 */

#include "controller/kubectl/fetch.h"

#include "api/value/json.h"
#include "api/value/yaml.h"
#include "driver/kube/client.h"

enum { MAX_OUTPUT_BYTES = 1 << 30, PAGE_SIZE = 500, GRACE_MS = 1000 };

struct fetching;

struct page_call {
    struct kube_call call;
    struct fetching *fetching;
    struct fetch *fetch;
    char *token;
};

struct fetching {
    struct loop *loop;
    struct kube_client *client;
    struct arena *arena;
    size_t n_left;
    struct error *err; /* the first one */
};

static void next_page(struct page_call *page);

static void end(struct page_call *page, struct error *err)
{
    struct fetching *fetching = page->fetching;
    if (fetching->err)
        error_free(err);
    else
        fetching->err = err;
    if (--fetching->n_left == 0)
        kube_client_stop(fetching->client);
}

static void on_page(struct kube_call *call, struct value *list, struct error *err)
{
    struct page_call *page = container_of(call, struct page_call, call);
    struct arena *arena = page->fetching->arena;
    if (err && err->kind == ERROR_NOT_FOUND && page->fetch->optional) {
        error_free(err);
        end(page, NULL);
        return;
    }
    if (err) {
        end(page, err);
        return;
    }
    arena_adopt(arena, kube_call_keep(call));
    cleanup_buf struct buf version = BUF_INIT(256);
    kube_resource_api_version(page->fetch->resource, &version);
    value_each (value_get(list, "items"), item) {
        value_set_text(arena, item, "apiVersion", buf_text(&version));
        value_set_text(arena, item, "kind", page->fetch->resource->kind);
        value_append(arena, page->fetch->items, item);
    }
    const char *token = value_path_string(list, "metadata.continue");
    page->token = token && *token ? arena_strdup(arena, token) : NULL;
    if (page->token)
        next_page(page);
    else
        end(page, NULL);
}

static void next_page(struct page_call *page)
{
    struct kube_call_spec spec = { .verb = KUBE_LIST,
                                   .resource = page->fetch->resource,
                                   .continue_token = page->token,
                                   .limit = PAGE_SIZE,
                                   .done = on_page };
    struct error *err = kube_call_start(page->fetching->client, &spec, &page->call);
    if (err)
        end(page, err);
}

static struct error *fetch_all(struct fetching *fetching, const struct kube_config *config,
                               struct fetch *fetches, size_t n_fetches)
{
    TRY(kube_client_new(fetching->loop, config, "kubectl-tranche/" TRANCHE_VERSION, &fetching->client));
    struct page_call *pages = arena_make_array(fetching->arena, struct page_call, n_fetches);
    fetching->n_left = n_fetches;
    for (size_t i = 0; i < n_fetches; i++) {
        fetches[i].items = value_list(fetching->arena);
        pages[i] = (struct page_call){ .fetching = fetching, .fetch = &fetches[i] };
        next_page(&pages[i]);
    }
    if (!loop_run(fetching->loop))
        return error_new(ERROR_CANCELLED, "interrupted");
    return fetching->err;
}

struct error *kubectl_fetch(struct arena *arena, const struct kubectl_flags *flags, struct fetch *fetches,
                            size_t n_fetches, const char **namespace)
{
    cleanup_kube_config struct kube_config config = { 0 };
    TRY(kube_config_load(flags->kubeconfig, flags->context, &config));
    *namespace = arena_strdup(arena, flags->namespace ? flags->namespace : config.namespace);
    cleanup_loop struct loop *loop = NULL;
    TRY(loop_new(&loop));
    struct fetching fetching = { .loop = loop, .arena = arena };
    return error_wrap(fetch_all(&fetching, &config, fetches, n_fetches), "%s", config.server);
}

bool kubectl_print_tree(const char *output, const struct value *value)
{
    cleanup_buf struct buf text = BUF_INIT(MAX_OUTPUT_BYTES);
    if (strcmp(output, "json") == 0)
        json_write_pretty(&text, value);
    else if (strcmp(output, "yaml") == 0)
        yaml_write(&text, value);
    else
        return false;
    fwrite(buf_text(&text), 1, text.length, stdout);
    if (text.length && text.data[text.length - 1] != '\n')
        putchar('\n');
    return true;
}
