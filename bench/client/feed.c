/* The publisher: MQTT 3.1.1 at QoS 1, Centrifugo's HTTP API, or the trigger port of a peer that has no broker (length,
 * then payload). */
#define _GNU_SOURCE
#include "client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define OUT_BYTES (4 * 1024 * 1024)
#define BATCH_BYTES (OUT_BYTES / 4)
#define MOST_SPLIT 16 /* bytes of an answer that may decide and have come in two pieces */
#define RETRY_NS 100000000u

int feed_token; /* its address tells the feed's epoll events from the connections' */

static int feed = -1;
static uint64_t retry_ns;
static uint32_t acknowledged; /* events that the broker has taken over */
static uint8_t out[OUT_BYTES];
static size_t out_from, out_to;
static char batch[BATCH_BYTES]; /* commands for Centrifugo, one request a flush */
static size_t batch_len;
static uint8_t in[65536];
static size_t in_len;
#define SENTENCE "Unknown phone at the back door, third time this hour, camera two has seen a face that is not known"
static const char filler[] = SENTENCE ". " SENTENCE ". " SENTENCE ". " SENTENCE ". " SENTENCE;

static void put_bytes(const void *bytes, size_t length) {
    memcpy(out + out_to, bytes, length);
    out_to += length;
}

static void put_length_text(const char *text) {
    size_t length = strlen(text);
    uint8_t head[2] = {(uint8_t)(length >> 8), (uint8_t)length};
    put_bytes(head, 2);
    put_bytes(text, length);
}

static int write_body(char *body, size_t room, uint32_t number, uint64_t due, int fill) {
    char envelope[256] = "";
    if (bench.sends_envelope)
        snprintf(envelope, sizeof envelope,
                 "{\"type\":\"new_alert\",\"channel\":\"alerts\",\"seq\":%u,\"prev\":%u,\"id\":\"0a1b2c3d-%u\","
                 "\"at\":\"2026-11-23T20:31:22.123Z\",\"data\":",
                 1000001u + number, 1000000u + number, 1000001u + number);
    return snprintf(body, room,
                    "%s{\"device_id\":\"cam-1\",\"severity\":\"high\",\"reason\":\"%.*s\",%s"
                    "\"id\":\"%04x%08x\",\"t\":\"%016llx\"}%s",
                    envelope, fill, filler, bench.sends_envelope ? "\"verified\":false," : "", bench.run, number,
                    (unsigned long long)due, bench.sends_envelope ? "}" : "");
}

/* The payload of one event, filled up to --body-bytes. */
static int body_of(char *body, size_t room, uint32_t number, uint64_t due) {
    int bare = write_body(body, room, number, due, 0);
    int fill = bench.body_bytes - bare;
    int most = (int)sizeof filler - 1;
    if (fill < 1 || fill > most) die("--body-bytes must be from %d to %d", bare + 1, bare + most);
    return write_body(body, room, number, due, fill);
}

static void put_event(uint32_t number, uint64_t due, bool again) {
    char body[1024];
    int length = body_of(body, sizeof body, number, due);
    if (bench.speech == WS_CENTRIFUGO) {
        batch_len += (size_t)snprintf(batch + batch_len, sizeof batch - batch_len,
                                      "%s{\"publish\":{\"channel\":\"%s\",\"data\":%s}}", batch_len ? "," : "", bench.topic,
                                      body);
        return;
    }
    if (!bench.feeds_mqtt) {
        uint32_t size = htonl((uint32_t)length);
        put_bytes(&size, 4);
        put_bytes(body, (size_t)length);
        return;
    }
    size_t rest = 2 + strlen(bench.topic) + 2 + (size_t)length;
    uint16_t id = (uint16_t)(number % 65535u + 1u);
    uint8_t head[3] = {(uint8_t)(again ? 0x3a : 0x32), (uint8_t)(rest & 127), (uint8_t)(rest >> 7)};
    uint8_t packet_id[2] = {(uint8_t)(id >> 8), (uint8_t)id};
    if (rest >= 128) head[1] |= 0x80;
    put_bytes(head, rest >= 128 ? 3 : 2);
    put_length_text(bench.topic);
    put_bytes(packet_id, 2);
    put_bytes(body, (size_t)length);
}

static void watch(int how, bool wants_out) {
    struct epoll_event event = {.events = EPOLLIN | (wants_out ? EPOLLOUT : 0), .data.ptr = &feed_token};
    if (epoll_ctl(bench.epoll, how, feed, &event) != 0) die("epoll_ctl: %s", strerror(errno));
}

static void lose(void) {
    close(feed);
    feed = -1;
    retry_ns = now_ns() + RETRY_NS;
}

static void put_connect(void) {
    char name[16];
    snprintf(name, sizeof name, "bench-%04x", bench.run);
    size_t rest = 10 + 2 + strlen(name);
    bool has_account = bench.feed_user && *bench.feed_user;
    if (has_account) rest += 4 + strlen(bench.feed_user) + strlen(bench.feed_password);
    if (rest > 127) die("the broker's user and password are too long");
    uint8_t head[] = {0x10, (uint8_t)rest, 0, 4, 'M', 'Q', 'T', 'T', 4, (uint8_t)(has_account ? 0xc2 : 2), 0, 0};
    put_bytes(head, sizeof head);
    put_length_text(name);
    if (has_account) {
        put_length_text(bench.feed_user);
        put_length_text(bench.feed_password);
    }
}

/* Connects, and waits for CONNACK; false where the broker is not there. */
static bool try_connect(void) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)bench.feed_port)};
    int one = 1;
    uint8_t answer[4];
    inet_pton(AF_INET, bench.feed_host, &to.sin_addr);
    feed = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(feed, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (connect(feed, (struct sockaddr *)&to, sizeof to) != 0) return false;
    out_from = out_to = in_len = 0;
    if (bench.feeds_mqtt) {
        put_connect();
        if (send(feed, out, out_to, MSG_NOSIGNAL) != (ssize_t)out_to) return false;
        out_to = 0;
        if (recv(feed, answer, 4, MSG_WAITALL) != 4) return false;
        if (answer[3] != 0) die("the broker refuses the publisher: code %d", answer[3]);
    }
    fcntl(feed, F_SETFL, O_NONBLOCK);
    watch(EPOLL_CTL_ADD, false);
    return true;
}

void feed_connect(void) {
    if (!try_connect()) die("no feed at %s:%d: %s", bench.feed_host, bench.feed_port, strerror(errno));
}

/* After a loss: connects again and sends what was not acknowledged once more, marked DUP (MQTT 3.1.1, 4.4). */
void feed_retry(void) {
    if (feed >= 0 || now_ns() < retry_ns) return;
    if (!try_connect()) {
        lose();
        return;
    }
    for (uint32_t number = acknowledged; number < bench.published; number++)
        put_event(number, bench.times[number & RING_MASK], true);
    feed_flush();
}

bool feed_is_up(void) { return feed >= 0; }

bool feed_has_room(void) { return feed >= 0 && out_to - out_from + batch_len < BATCH_BYTES - 2048; }

/* What was published since the last flush, as one request; the next one does not wait for its answer. */
static void put_batch(void) {
    char head[256];
    if (!batch_len) return;
    int length = snprintf(head, sizeof head,
                          "POST /api/batch HTTP/1.1\r\nHost: %s:%d\r\nContent-Type: application/json\r\n"
                          "Content-Length: %zu\r\n\r\n{\"commands\":[",
                          bench.feed_host, bench.feed_port, batch_len + strlen("{\"commands\":[]}"));
    put_bytes(head, (size_t)length);
    put_bytes(batch, batch_len);
    put_bytes("]}", 2);
    batch_len = 0;
}

void feed_publish(uint64_t due_ns) {
    uint32_t number = bench.published, slot = number & RING_MASK;
    uint8_t spelled[8];
    spell_number(number, spelled);
    memcpy(&bench.spelled[slot], spelled, 8);
    bench.times[slot] = due_ns;
    bench.waiting[slot] = (uint32_t)bench.readers;
    bench.published++;
    put_event(number, due_ns, false);
}

void feed_flush(void) {
    put_batch();
    if (feed < 0 || out_from == out_to) return;
    ssize_t sent = send(feed, out + out_from, out_to - out_from, MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN) {
        lose();
        return;
    }
    if (sent > 0) out_from += (size_t)sent;
    if (out_from == out_to) out_from = out_to = 0;
    else if (out_to > OUT_BYTES / 2) {
        memmove(out, out + out_from, out_to - out_from);
        out_to -= out_from;
        out_from = 0;
    }
    watch(EPOLL_CTL_MOD, out_from != out_to);
}

/* The broker sends nothing but PUBACKs of four bytes each. */
static void take_acknowledgements(void) {
    size_t at = 0;
    for (; in_len - at >= 4; at += 4) {
        if (in[at] != 0x40) die("the broker sent a packet of type %d", in[at] >> 4);
        acknowledged++;
    }
    memmove(in, in + at, in_len - at);
    in_len -= at;
}

/* Answers in the order of the requests; nothing is said of success, and anything else ends the measurement. */
static void take_http_answers(void) {
    const uint8_t *found = in, *end = in + in_len;
    if (memmem(in, in_len, "\"error\":", 8)) die("Centrifugo refuses an event: %.*s", (int)in_len, (const char *)in);
    while ((found = memmem(found, (size_t)(end - found), "HTTP/1.1 ", 9)) && found + 9 < end) {
        found += 9;
        if (*found != '2') die("Centrifugo's API answers %.*s", (int)(end - found < 40 ? end - found : 40), (const char *)found);
    }
    size_t rest = in_len < MOST_SPLIT ? in_len : MOST_SPLIT;
    memmove(in, end - rest, rest);
    in_len = rest;
}

void feed_on_ready(uint32_t what) {
    if (what & EPOLLOUT) feed_flush();
    if (feed < 0 || !(what & (EPOLLIN | EPOLLHUP | EPOLLERR))) return;
    ssize_t got = recv(feed, in + in_len, sizeof in - in_len, 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) {
        lose();
        return;
    }
    in_len += (size_t)got;
    if (bench.feeds_mqtt) take_acknowledgements();
    else if (bench.speech == WS_CENTRIFUGO) take_http_answers();
    else in_len = 0;
}
