/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many at once, and random ends. A run is a seed: visits and raw peers do random things at every callback
 * (cancel, pause, leave, start another, stop client or server), and at the end of it each request must have
 * been told done exactly once and each exchange have been ended. The sanitizers see the rest.
 *
 * TRANCHE_SEED runs one seed, TRANCHE_SEEDS so many.
 */

#include "tests/support/cmocka.h"
#include "tests/unit/http/raw_peer.h"
#include "tests/unit/http/support.h"

#include <string.h>

enum { N_VISITS = 24, N_PEERS = 12, N_STREAMS = 200, MAX_STARTS = 150 };

/* --- at random --- */

struct chaos;

struct chaos_visit {
    struct visit visit;
    struct chaos *chaos;
    struct timer timer;
    bool running;
};

struct chaos_peer {
    struct raw_peer peer;
    struct chaos *chaos;
    struct timer timer;
};

struct chaos {
    struct site site;
    unsigned seed;
    size_t n_starts;
    struct chaos_visit visits[N_VISITS];
    struct chaos_peer peers[N_PEERS];
    struct timer end;
};

static unsigned roll(struct chaos *chaos, unsigned sides)
{
    return (unsigned)rand_r(&chaos->seed) % sides;
}

static const char *const paths[] = {
    "/echo",         "/bytes?n=10", "/bytes?n=300000", "/stream?n=3", "/stream?n=5000",
    "/forever?ms=0", "/later?ms=3", "/abort",          "/later?ms=0", "/forever?ms=1000",
};

static void visit_begin(struct chaos_visit *visit);

static void stop_everything(struct chaos *chaos)
{
    site_stop(&chaos->site, roll(chaos, 2) ? 0 : 20);
}

/* Something that any callback may do. */
static void misbehave(struct chaos_visit *visit)
{
    struct chaos *chaos = visit->chaos;
    struct chaos_visit *other = &chaos->visits[roll(chaos, N_VISITS)];
    switch (roll(chaos, 40)) {
    case 0:
    case 1: http_request_cancel(&visit->visit.request); break;
    case 2: http_request_cancel(&other->visit.request); break;
    case 3:
    case 4: http_request_pause(&visit->visit.request); break;
    case 5: http_request_resume(&other->visit.request); break;
    case 6:
        if (!other->running)
            visit_begin(other);
        break;
    case 7:
        if (chaos->site.client)
            http_client_drop_connections(chaos->site.client);
        break;
    case 8:
        http_request_pause(&visit->visit.request);
        http_request_resume(&visit->visit.request);
        break;
    case 9:
        if (roll(chaos, 30) == 0)
            stop_everything(chaos);
        break;
    default: break;
    }
}

static void on_visit_timer(struct timer *timer)
{
    struct chaos_visit *visit = container_of(timer, struct chaos_visit, timer);
    struct chaos *chaos = visit->chaos;
    if (!visit->running) {
        visit_begin(visit);
        return;
    }
    misbehave(visit);
    http_request_resume(&visit->visit.request);
    if (visit->running && roll(chaos, 4) == 0)
        http_request_cancel(&visit->visit.request);
    if (visit->running)
        timer_start(timer, chaos->site.loop, roll(chaos, 8), on_visit_timer);
}

static void on_visit_piece(struct visit *base)
{
    misbehave(container_of(base, struct chaos_visit, visit));
}

static void on_visit_done(struct visit *base)
{
    struct chaos_visit *visit = container_of(base, struct chaos_visit, visit);
    struct chaos *chaos = visit->chaos;
    assert_true(visit->running);
    assert_int_equal(base->n_done, 1);
    visit->running = false;
    timer_stop(&visit->timer);
    visit_done(base);
    misbehave(visit);
    if (visit->running)
        return;
    if (roll(chaos, 3) == 0)
        visit_begin(visit);
    else
        timer_start(&visit->timer, chaos->site.loop, roll(chaos, 10), on_visit_timer);
}

static void visit_begin(struct chaos_visit *visit)
{
    struct chaos *chaos = visit->chaos;
    timer_stop(&visit->timer);
    if (!chaos->site.client || chaos->n_starts++ > MAX_STARTS)
        return;
    visit->visit.then = on_visit_done;
    visit->visit.on_piece = on_visit_piece;
    static const char body[20000];
    struct http_request_spec spec = {
        .method = roll(chaos, 3) ? NULL : "PUT",
        .body = roll(chaos, 4) ? (struct span){ NULL, 0 } : (struct span){ body, sizeof(body) },
        .timeout_ms = roll(chaos, 3) ? 0 : 1 + roll(chaos, 10),
        .idle_timeout_ms = roll(chaos, 3) ? 0 : 1 + roll(chaos, 10),
        .max_body_bytes = roll(chaos, 5) ? 0 : 5000,
    };
    if (spec.method && !spec.body.data)
        spec.body = SPAN("x");
    assert_null(visit_start(&visit->visit, &chaos->site, paths[roll(chaos, ARRAY_LEN(paths))], &spec,
                            roll(chaos, 2)));
    visit->running = true;
    if (roll(chaos, 10) == 0)
        http_request_cancel(&visit->visit.request);
    timer_start(&visit->timer, chaos->site.loop, roll(chaos, 10), on_visit_timer);
}

/* Whole requests, cut ones, and nonsense; over TLS all of it is nonsense. */
static const char *const texts[] = {
    "GET /stream?n=5000 HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET /echo HTTP/1.1\r\nHost: a\r\n\r\nGET /later?ms=2 HTTP/1.1\r\nHost: a\r\n\r\nGET /abort "
    "HTTP/1.1\r\nHost: a\r\n\r\n",
    "PUT /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\nGET /forever "
    "HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET /forever HTTP/1.1\r\nHost: a\r\n\r\n",
    "PUT /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 100\r\n\r\nabc",
    "GET /bytes?n=3000000 HTTP/1.0\r\n\r\n",
    "GET /nohost HTTP/1.1\r\n\r\nand more",
};

static void on_peer_timer(struct timer *timer)
{
    raw_peer_close(&container_of(timer, struct chaos_peer, timer)->peer);
}

static void on_peer_heard(struct raw_peer *base)
{
    struct chaos_peer *peer = container_of(base, struct chaos_peer, peer);
    if (roll(peer->chaos, 20) == 0)
        raw_peer_close(base);
}

static void peer_begin(struct chaos_peer *peer)
{
    struct chaos *chaos = peer->chaos;
    const char *text = texts[roll(chaos, ARRAY_LEN(texts))];
    peer->peer.deaf = roll(chaos, 4) == 0;
    peer->peer.half_close = roll(chaos, 4) == 0;
    peer->peer.on_heard = on_peer_heard;
    size_t length = roll(chaos, 2) ? strlen(text) : roll(chaos, (unsigned)strlen(text));
    raw_peer_start(&peer->peer, chaos->site.loop, http_server_port(chaos->site.server), text, length);
    timer_start(&peer->timer, chaos->site.loop, roll(chaos, 60), on_peer_timer);
}

static void on_end(struct timer *timer)
{
    stop_everything(container_of(timer, struct chaos, end));
}

static void run_chaos(unsigned seed)
{
    static struct chaos chaos;
    chaos = (struct chaos){ .seed = seed };
    struct http_server_options options = {
        .max_connections = seed % 4 ? 0 : 5,
        .max_unsent_bytes = seed % 3 ? 0 : 1000,
        .head_timeout_ms = seed % 5 ? 0 : 4,
        .body_timeout_ms = seed % 7 ? 0 : 4,
        .idle_timeout_ms = seed % 2 ? 0 : 4,
        .stalled_timeout_ms = 8,
    };
    bool tls = seed % 4 == 1;
    struct http_client_options client = { .max_connections = 1 + seed % 6 };
    site_start(&chaos.site, &options, &client, tls, NULL);
    for (size_t i = 0; i < N_VISITS; i++) {
        chaos.visits[i].chaos = &chaos;
        visit_begin(&chaos.visits[i]);
    }
    for (size_t i = 0; i < N_PEERS; i++) {
        chaos.peers[i].chaos = &chaos;
        peer_begin(&chaos.peers[i]);
    }
    timer_start(&chaos.end, chaos.site.loop, 10 + seed % 60, on_end);
    site_finish(&chaos.site);
    for (size_t i = 0; i < N_VISITS; i++)
        assert_false(chaos.visits[i].running);
    for (size_t i = 0; i < N_PEERS; i++)
        raw_peer_done(&chaos.peers[i].peer);
}

static unsigned number_from(const char *variable, unsigned fallback)
{
    const char *text = getenv(variable);
    return text ? (unsigned)strtoul(text, NULL, 10) : fallback;
}

static void test_chaos(void **state)
{
    (void)state;
    unsigned only = number_from("TRANCHE_SEED", 0);
    if (only) {
        run_chaos(only);
        return;
    }
    for (unsigned seed = 1; seed <= number_from("TRANCHE_SEEDS", 80); seed++) {
        if (getenv("TRANCHE_VERBOSE"))
            print_message("seed %u\n", seed);
        run_chaos(seed);
    }
}

/* --- many streams --- */

enum { N_CLIENTS = 3 }; /* one client has at most 90 requests under way */

struct crowd {
    struct site site;
    struct http_client *clients[N_CLIENTS];
    struct visit visits[N_STREAMS];
    size_t n_left;
};

static void on_one_done(struct visit *visit)
{
    struct crowd *crowd = container_of(visit->site, struct crowd, site);
    if (--crowd->n_left)
        return;
    for (size_t i = 1; i < N_CLIENTS; i++)
        http_client_stop(crowd->clients[i]);
    crowd->site.client = crowd->clients[0];
    site_stop(&crowd->site, 1000);
}

static void test_streams(void **state)
{
    static struct crowd crowd;
    crowd = (struct crowd){ .n_left = N_STREAMS };
    site_start(&crowd.site, NULL, NULL, *state != NULL, NULL);
    crowd.clients[0] = crowd.site.client;
    struct http_client_options options = { .ca_pem = buf_span(&crowd.site.ca_cert),
                                           .max_connections = N_STREAMS };
    for (size_t i = 1; i < N_CLIENTS; i++)
        assert_null(http_client_new(crowd.site.loop, &options, &crowd.clients[i]));
    for (size_t i = 0; i < N_STREAMS; i++) {
        crowd.visits[i] = (struct visit){ .then = on_one_done };
        crowd.site.client = crowd.clients[i % N_CLIENTS];
        assert_null(visit_start(&crowd.visits[i], &crowd.site, "/stream?n=5000", NULL, true));
    }
    site_finish(&crowd.site);
    assert_true(crowd.site.most_open > N_STREAMS / 2);
    for (size_t i = 0; i < N_STREAMS; i++) {
        assert_null(crowd.visits[i].err);
        assert_int_equal(crowd.visits[i].n_bytes, 500000);
        visit_done(&crowd.visits[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_streams),
        cmocka_unit_test_prestate(test_streams, (void *)"over TLS"),
        cmocka_unit_test(test_chaos),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
