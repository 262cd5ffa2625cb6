/* SPDX-License-Identifier: Apache-2.0 */

#include "kubelet-plugin/main/publish.h"

#include "api/base/log.h"

enum { RETRY_MS = 10 * 1000 };

static void look(struct device_publisher *devices);

/* --- from discovery to pools --- */

static void add_taint(struct arena *arena, struct device *device, struct taint taint)
{
    struct taint *taints = arena_make_array(arena, struct taint, device->n_taints + 1);
    if (device->n_taints)
        memcpy(taints, device->taints, device->n_taints * sizeof(taints[0]));
    taints[device->n_taints++] = taint;
    device->taints = taints;
}

static struct device published_device(struct device_publisher *devices, const struct discovered_device *found)
{
    struct device device = found->device;
    if (devices->for_controller)
        add_taint(devices->arena, &device,
                  (struct taint){ ALLOCATOR_TAINT, "controller", EFFECT_NO_SCHEDULE, "NoSchedule", NULL });
    if (found->health == HEALTH_BAD) {
        add_taint(devices->arena, &device,
                  (struct taint){ HEALTH_TAINT, "true", EFFECT_NO_SCHEDULE, "NoSchedule", NULL });
        devices->n_unhealthy++;
    }
    return device;
}

static void fill_pool(struct device_publisher *devices, const struct discovered_pool *found,
                      struct pool *pool)
{
    struct device *list = arena_make_array(devices->arena, struct device, found->n_devices);
    for (size_t i = 0; i < found->n_devices; i++)
        list[i] = published_device(devices, &found->devices[i]);
    devices->n_devices += found->n_devices;
    *pool = (struct pool){
        .driver = devices->backend->driver,
        .name = found->name ? found->name : devices->node_name,
        .node_name = devices->node_name,
        .devices = list,
        .n_devices = found->n_devices,
        .counter_sets = found->counter_sets,
        .n_counter_sets = found->n_counter_sets,
    };
}

static struct error *publish(struct device_publisher *devices)
{
    const struct discovery *discovery = &devices->discovery;
    struct pool *pools = arena_make_array(devices->arena, struct pool, discovery->n_pools);
    devices->n_devices = devices->n_unhealthy = 0;
    for (size_t i = 0; i < discovery->n_pools; i++)
        fill_pool(devices, &discovery->pools[i], &pools[i]);
    TRY(publisher_set(devices->publisher, pools, discovery->n_pools));
    log_info("devices found", kv_str("driver", devices->backend->driver),
             kv_int("devices", devices->n_devices), kv_int("unhealthy", devices->n_unhealthy),
             kv_int("pools", discovery->n_pools));
    return NULL;
}

/* --- the job --- */

static void work(struct job *job)
{
    struct device_publisher *devices = container_of(job, struct device_publisher, job);
    devices->arena = arena_new();
    devices->err =
        backend_discover(devices->backend, devices->arena, devices->node_name, &devices->discovery);
}

static void on_retry(struct timer *timer)
{
    look(container_of(timer, struct device_publisher, retry));
}

static void on_found(struct job *job, bool cancelled)
{
    (void)cancelled;
    struct device_publisher *devices = container_of(job, struct device_publisher, job);
    struct error *err = take(devices->err);
    if (!err && !devices->stopped)
        err = publish(devices);
    arena_free(take(devices->arena));
    if (devices->stopped) {
        error_free(err);
        devices->idle(devices->idle_ctx);
        return;
    }
    if (err) {
        log_error_free(LOG_ERROR, "the devices of this node cannot be published; what was published stays",
                       err);
        timer_start(&devices->retry, devices->loop, RETRY_MS, on_retry);
    }
    if (devices->again)
        look(devices);
}

static void look(struct device_publisher *devices)
{
    devices->again = job_is_running(&devices->job);
    if (!devices->again && !devices->stopped)
        job_start(&devices->job, devices->loop, work, on_found);
}

static void on_changed(void *context)
{
    look(context);
}

struct error *device_publisher_start(struct device_publisher *devices)
{
    TRY(backend_watch(devices->backend, devices->loop, on_changed, devices));
    look(devices);
    return NULL;
}

void device_publisher_stop(struct device_publisher *devices, void (*idle)(void *ctx), void *ctx)
{
    devices->stopped = true;
    timer_stop(&devices->retry);
    devices->idle = idle;
    devices->idle_ctx = ctx;
    if (!job_is_running(&devices->job))
        idle(ctx);
}
