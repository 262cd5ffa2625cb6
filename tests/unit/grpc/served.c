/* SPDX-License-Identifier: Apache-2.0 */

#include "tests/unit/grpc/served.h"
#include "tests/support/cmocka.h"

#include <string.h>

struct served served;

static void on_echo(struct grpc_call *call, void *context)
{
    (void)context;
    grpc_call_reply(call, grpc_call_request(call));
}

static void on_fail(struct grpc_call *call, void *context)
{
    (void)context;
    grpc_call_fail(call, error_hint(error_not_found("no claim \"x\" at 100%%"), "make one"));
}

static void on_cancel(struct grpc_call *call, void *data)
{
    assert_ptr_equal(data, &served);
    assert_true(grpc_call_is_cancelled(call));
    served.n_cancelled++;
}

static void on_keep(struct grpc_call *call, void *context)
{
    (void)context;
    served.kept = call;
    grpc_call_on_cancel(call, on_cancel, &served);
}

static const struct grpc_method methods[] = {
    { "/t.T/Echo", on_echo, NULL },
    { "/t.T/Fail", on_fail, NULL },
    { "/t.T/Keep", on_keep, NULL },
};

static void wants_turn(void *owner)
{
    (void)owner;
}

static void observe(const struct grpc_call_record *record, void *data)
{
    (void)data;
    buf_printf(&served.records, "%s %s\n", record->path, grpc_code_name(record->code));
}

int served_set_up(void **state)
{
    (void)state;
    memset(&served, 0, sizeof(served));
    served.records = BUF_INIT(1 << 20);
    served.now = 1000;
    served.quota = quota_new(200, 1 << 20);
    served.session = session_new(&(struct session_config){ .methods = methods,
                                                           .n_methods = ARRAY_LEN(methods),
                                                           .max_message_bytes = 1000,
                                                           .max_streams = 128,
                                                           .quota = served.quota,
                                                           .observe = observe,
                                                           .wants_turn = wants_turn });
    raw_init(&served.raw);
    return 0;
}

int served_tear_down(void **state)
{
    (void)state;
    session_free(served.session);
    if (served.kept)
        grpc_call_finish(served.kept);
    assert_int_equal(served.quota->n_calls, 0);
    assert_int_equal(served.quota->n_bytes, 0);
    assert_int_equal(served.quota->refs, 1);
    quota_unref(served.quota);
    raw_done(&served.raw);
    buf_done(&served.records);
    return 0;
}

void exchange_in(size_t piece)
{
    for (struct span left = buf_span(&served.raw.out); left.length;) {
        struct span bytes = { left.data, left.length < piece ? left.length : piece };
        cleanup_error struct error *err = session_receive(served.session, bytes, served.now);
        served.is_broken = err != NULL;
        if (err)
            break;
        left = span_skip(left, bytes.length);
    }
    buf_clear(&served.raw.out);
    size_t before;
    do {
        before = served.raw.in.length;
        session_turn(served.session, served.now);
        cleanup_buf struct buf out = BUF_INIT(1 << 20);
        session_send(served.session, &out);
        buf_add_span(&served.raw.in, buf_span(&out));
    } while (served.raw.in.length > before || session_has_events(served.session));
    raw_see(&served.raw);
}

void exchange(void)
{
    exchange_in(SIZE_MAX);
}

void assert_saw(const char *what)
{
    if (!strstr(buf_text(&served.raw.seen), what))
        fail_msg("expected to see: %s\nsaw:\n%s", what, buf_text(&served.raw.seen));
}

void assert_works(uint32_t stream)
{
    char want[64];
    buf_clear(&served.raw.seen);
    raw_call(&served.raw, stream, "/t.T/Echo");
    raw_data(&served.raw, stream, true, (struct span){ "\0\0\0\0\2ok", 7 });
    exchange();
    snprintf(want, sizeof(want), "%u DATA 00000000026f6b\n%u HEADERS end grpc-status=0\n", stream, stream);
    assert_saw(want);
}
