/* What is measured: each stage runs, and prints one line of JSON. */
#define _GNU_SOURCE
#include "client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>

#define SECOND 1000000000ull
#define DRAIN (5 * SECOND)          /* for what is under way when publishing ends */
#define RAMP SECOND                 /* of a saturating stage, before counting begins */
#define CONNECT_LIMIT (120 * SECOND)
#define BACK_LIMIT (90 * SECOND)    /* for clients that lost their server */
#define AFTER_BACK 20u              /* events published once everybody is back */
#define LEAST_WINDOW 4u
#define MOST_WINDOW 16384u
#define READY 64                    /* events of one epoll pass: publishing is not late by more than they take */
#define STRIDE 61                   /* of a saturating stage one frame in so many is timed; prime to any client count */

typedef struct {
    uint64_t at;
    double cpu[MOST_PIDS], own_cpu, core_busy;
    uint64_t frames, bytes, reads;
    uint32_t published, done;
} Mark;

static void sweep_retries(void) {
    static uint64_t last;
    uint64_t now = now_ns();
    if (now - last < 5000000) return;
    last = now;
    feed_retry();
    for (int i = 0; i < bench.clients; i++)
        if (bench.all[i].state == CLOSED && bench.all[i].fd < 0 && bench.all[i].retry_ns <= now &&
            bench.all[i].retry_ns != 0)
            open_connection(&bench.all[i]);
}

/* One pass of the loop: waits at most until a time for something, and handles it. */
void turn(uint64_t until_ns) {
    struct epoll_event events[READY];
    uint64_t now = now_ns();
    uint64_t left = until_ns > now ? until_ns - now : 0;
    struct timespec wait = {(time_t)(left / SECOND), (long)(left % SECOND)};
    int ready = epoll_pwait2(bench.epoll, events, READY, &wait, NULL);
    for (int i = 0; i < ready; i++) {
        if (events[i].data.ptr == &feed_token) feed_on_ready(events[i].events);
        else on_ready(events[i].data.ptr, events[i].events);
    }
}

static Mark mark(void) {
    Mark m = {.at = now_ns(), .own_cpu = own_cpu_seconds(), .core_busy = core_busy_seconds(bench.core)};
    for (int i = 0; i < bench.pid_count; i++) m.cpu[i] = cpu_seconds(bench.pids[i]);
    m.frames = bench.frames;
    m.bytes = bench.bytes;
    m.reads = bench.reads;
    m.published = bench.published;
    m.done = bench.done;
    return m;
}

static void print_resident(const char *name) {
    printf(",\"%s\":{", name);
    for (int i = 0; i < bench.pid_count; i++)
        printf("%s\"%s\":%ld", i ? "," : "", bench.pid_names[i], resident_bytes(bench.pids[i]));
    printf("}");
}

static void print_cost(const Mark *from, const Mark *to) {
    printf(",\"measured_seconds\":%.6f,\"cpu_seconds\":{", (double)(to->at - from->at) / 1e9);
    for (int i = 0; i < bench.pid_count; i++)
        printf("%s\"%s\":%.6f", i ? "," : "", bench.pid_names[i], to->cpu[i] - from->cpu[i]);
    printf("},\"client_cpu_seconds\":%.6f,\"core_busy_seconds\":%.2f", to->own_cpu - from->own_cpu,
           to->core_busy - from->core_busy);
    printf(",\"frames\":%llu,\"bytes\":%llu,\"reads\":%llu,\"events_published\":%u,\"events_done\":%u",
           (unsigned long long)(to->frames - from->frames), (unsigned long long)(to->bytes - from->bytes),
           (unsigned long long)(to->reads - from->reads), to->published - from->published, to->done - from->done);
}

/* Whether every reader got every event once and in order, over the whole life of this client. */
static void print_proof(void) {
    printf(",\"open\":%d,\"readers\":%d,\"published\":%u,\"complete\":%s,\"missing\":%llu,\"doubled\":%llu,"
           "\"foreign\":%llu,\"gaps\":%llu,\"others\":%llu,\"closed\":%llu,\"refused\":%llu",
           bench.open, bench.readers, bench.published, bench.done == bench.published ? "true" : "false",
           (unsigned long long)bench.missing, (unsigned long long)bench.doubled, (unsigned long long)bench.foreign,
           (unsigned long long)bench.gaps, (unsigned long long)bench.others, (unsigned long long)bench.closed,
           (unsigned long long)bench.refused);
}

static void end_line(void) {
    print_proof();
    print_resident("resident");
    printf(",\"tcp_buffer_pages\":%ld}\n", kernel_tcp_pages());
    fflush(stdout);
}

static void drain(void) {
    uint64_t limit = now_ns() + DRAIN;
    while (bench.done < bench.published && now_ns() < limit) {
        feed_flush();
        turn(now_ns() + SECOND / 100);
    }
}

static bool may_publish(void) { return feed_has_room() && bench.published - bench.done < MOST_OUTSTANDING; }

/* Everybody connects, at most --at-once handshakes at a time. */
static void connect_all(void) {
    printf("{\"stage\":\"connect\"");
    print_resident("resident_before");
    printf(",\"tcp_buffer_pages_before\":%ld", kernel_tcp_pages());
    Mark from = mark();
    int begun = 0;
    histogram_clear(&bench.handshake);
    while (bench.open < bench.clients) {
        while (begun < bench.clients && begun - bench.open < bench.at_once) open_connection(&bench.all[begun++]);
        turn(now_ns() + SECOND / 100);
        sweep_retries();
        if (now_ns() - from.at > CONNECT_LIMIT) die("only %d of %d are connected", bench.open, bench.clients);
    }
    Mark to = mark();
    double seconds = (double)(to.at - from.at) / 1e9;
    printf(",\"clients\":%d,\"seconds\":%.4f,\"per_second\":%.1f", bench.clients, seconds, bench.clients / seconds);
    print_cost(&from, &to);
    histogram_print("handshake_ms", &bench.handshake);
    end_line();
}

static void idle(double seconds) {
    uint64_t end = now_ns() + (uint64_t)(seconds * 1e9);
    printf("{\"stage\":\"idle\",\"clients\":%d", bench.clients);
    while (now_ns() < end) turn(end);
    end_line();
}

/* Events at a steady rate, each stamped with the time it was due, so that lateness of the publisher counts too. */
static void paced(double rate, double seconds) {
    uint64_t every = (uint64_t)(1e9 / rate), due = now_ns() + every, end = now_ns() + (uint64_t)(seconds * 1e9);
    bench.sample_every = 1;
    histogram_clear(&bench.latency);
    Mark from = mark();
    while (now_ns() < end) {
        for (; due <= now_ns() && due < end && may_publish(); due += every) feed_publish(due);
        feed_flush();
        turn(due < end && may_publish() ? due : (due < end ? now_ns() + SECOND / 1000 : end));
    }
    uint32_t backlog = bench.published - bench.done;
    Mark stopped = mark();
    drain();
    Mark to = mark();
    printf("{\"stage\":\"paced\",\"clients\":%d,\"rate\":%.3f,\"seconds\":%.4f,\"backlog\":%u,\"frames_in_time\":%llu",
           bench.clients, rate, seconds, backlog, (unsigned long long)(stopped.frames - from.frames));
    print_cost(&from, &to);
    histogram_print("latency_ms", &bench.latency);
    end_line();
}

/* As many events under way as the server clears in half a second: enough that it never waits, the same rule for all. */
static uint32_t window_for(uint32_t done, double seconds) {
    double window = seconds > 0 ? 0.5 * done / seconds : LEAST_WINDOW;
    return window < LEAST_WINDOW ? LEAST_WINDOW : window > MOST_WINDOW ? MOST_WINDOW : (uint32_t)window;
}

static void print_progress(const char *stage, uint64_t began, uint32_t events) {
    printf("{\"stage\":\"progress\",\"of\":\"%s\",\"at\":%.3f,\"events\":%u", stage, (double)(now_ns() - began) / 1e9,
           events);
    print_resident("resident");
    printf(",\"tcp_buffer_pages\":%ld}\n", kernel_tcp_pages());
    fflush(stdout);
}

/* As fast as it goes, for some time or some events; counting begins after a ramp. */
static void saturate(const char *name, double seconds, uint32_t most_events, bool tells) {
    uint64_t began = now_ns(), tuned = began, told = began, end = began + RAMP + (uint64_t)(seconds * 1e9);
    uint32_t window = LEAST_WINDOW, done_then = bench.done, first = bench.published;
    bool counting = false;
    Mark from = mark();
    bench.sample_every = STRIDE;
    while (now_ns() < end && bench.published - first < most_events) {
        uint64_t now = now_ns();
        for (uint32_t burst = 0; burst < 64 && bench.published - bench.done < window && may_publish(); burst++)
            feed_publish(now);
        feed_flush();
        turn(bench.published - bench.done < window && may_publish() ? now : now + SECOND / 1000);
        if (now - tuned > SECOND / 4) {
            window = window_for(bench.done - done_then, (double)(now - tuned) / 1e9);
            tuned = now;
            done_then = bench.done;
        }
        if (!counting && now - began > RAMP) {
            counting = true;
            histogram_clear(&bench.latency);
            from = mark();
        }
        if (tells && now - told > SECOND) {
            told = now;
            print_progress(name, began, bench.done - first);
        }
    }
    Mark to = mark();
    drain();
    printf("{\"stage\":\"%s\",\"clients\":%d,\"window\":%u,\"total_events\":%u,\"total_seconds\":%.3f", name,
           bench.clients, window, bench.done - first, (double)(now_ns() - began) / 1e9);
    print_cost(&from, &to);
    histogram_print("latency_ms", &bench.latency);
    end_line();
}

/* The server dies and comes back (the caller sees to both); events go on being published all the while. */
static void lose(double rate) {
    uint64_t began = now_ns(), every = (uint64_t)(1e9 / rate), due = began + every, all_back = 0;
    uint64_t first_lost = 0, last_lost = 0;
    uint32_t last = UINT32_MAX;
    bench.resumed = bench.gaps = 0;
    histogram_clear(&bench.handshake);
    printf("{\"stage\":\"ready to lose\",\"clients\":%d}\n", bench.clients);
    fflush(stdout);
    while (now_ns() - began < BACK_LIMIT && !(last != UINT32_MAX && bench.published >= last && bench.done == bench.published)) {
        uint64_t now = now_ns();
        for (; due <= now; due += every)
            if (may_publish() && bench.published < last) feed_publish(due);
        feed_flush();
        turn(due < now + SECOND / 200 ? due : now + SECOND / 200);
        sweep_retries();
        if (!first_lost && bench.ever_lost > 0) first_lost = now_ns();
        if (!last_lost && bench.ever_lost == bench.clients) last_lost = now_ns();
        if (!all_back && bench.ever_lost == bench.clients && bench.open == bench.clients) {
            all_back = now_ns();
            last = bench.published + AFTER_BACK;
        }
    }
    printf("{\"stage\":\"lose\",\"clients\":%d,\"lost\":%d,\"resumed\":%llu,\"first_lost_at\":%.6f,\"last_lost_at\":%.6f,"
           "\"all_back_at\":%.6f,\"complete_at\":%.6f",
           bench.clients, bench.ever_lost, (unsigned long long)bench.resumed, (double)first_lost / 1e9,
           (double)last_lost / 1e9, (double)all_back / 1e9, (double)now_ns() / 1e9);
    histogram_print("handshake_ms", &bench.handshake);
    end_line();
}

void run_stage(const char *spec) {
    double one = 0, two = 0;
    if (strcmp(spec, "connect") == 0) connect_all();
    else if (sscanf(spec, "idle:%lf", &one) == 1) idle(one);
    else if (sscanf(spec, "paced:%lf:%lf", &one, &two) == 2) paced(one, two);
    else if (sscanf(spec, "saturate:%lf", &one) == 1) saturate("saturate", one, UINT32_MAX, false);
    else if (sscanf(spec, "events:%lf:%lf", &one, &two) == 2) saturate("events", two, (uint32_t)one, true);
    else if (sscanf(spec, "lose:%lf", &one) == 1) lose(one);
    else die("no stage is called %s", spec);
}
