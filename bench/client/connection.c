/* One connection from its first SYN to the upgrade (RFC 6455 section 4.1), and again after it was lost. */
#define _GNU_SOURCE
#include "client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define RETRY_NS 100000000u /* after a loss: this, and up to five times as much again by chance */
#define STALLED_BUFFER 4096

void spell_number(uint32_t number, uint8_t *eight) {
    static const char digits[] = "0123456789abcdef";
    for (int i = 7; i >= 0; i--, number >>= 4) eight[i] = (uint8_t)digits[number & 15];
}

static void watch(Connection *c, int how, uint32_t what) {
    struct epoll_event event = {.events = what, .data.ptr = c};
    if (epoll_ctl(bench.epoll, how, c->fd, &event) != 0) die("epoll_ctl: %s", strerror(errno));
}

void open_connection(Connection *c) {
    int one = 1, small = STALLED_BUFFER;
    int index = (int)(c - bench.all);
    struct sockaddr_in from = {.sin_family = AF_INET}, to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)bench.port)};
    from.sin_addr.s_addr = htonl(0x7f000100u + 1u + (uint32_t)(index % bench.sources)); /* 127.0.1.1 and on */
    inet_pton(AF_INET, bench.host, &to.sin_addr);
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (c->fd < 0) die("socket: %s", strerror(errno));
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    setsockopt(c->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
    if (c->stalled) setsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    if (bind(c->fd, (struct sockaddr *)&from, sizeof from) != 0) die("bind: %s", strerror(errno));
    c->begun_ns = now_ns();
    c->carry_len = 0;
    c->state = CONNECTING;
    if (connect(c->fd, (struct sockaddr *)&to, sizeof to) != 0 && errno != EINPROGRESS) {
        close(c->fd);
        c->fd = -1;
        drop_connection(c, true);
        return;
    }
    watch(c, EPOLL_CTL_ADD, EPOLLOUT);
}

static uint64_t some_time(uint64_t at_least) { return now_ns() + at_least + (uint64_t)(drand48() * 5.0 * RETRY_NS); }

void drop_connection(Connection *c, bool retry) {
    if (c->fd >= 0) close(c->fd);
    if (c->state == OPEN) {
        bench.open--;
        if (!c->was_lost) bench.ever_lost++;
        c->was_lost = true;
    }
    c->fd = -1;
    c->state = CLOSED;
    c->carry_len = 0;
    c->retry_ns = retry ? some_time(RETRY_NS) : UINT64_MAX;
}

static void send_request(Connection *c) {
    char request[4096], where[256] = "";
    if (c->was_lost && bench.speech == WS_HOMEGUARD)
        snprintf(where, sizeof where, "?since=%llu&epoch=%s", (unsigned long long)c->since, bench.epoch);
    int length = snprintf(request, sizeof request,
                          "GET %s%s HTTP/1.1\r\nHost: %s:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                          "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n%s%s%s\r\n",
                          bench.path, where, bench.host, bench.port,
                          bench.speech == WS_MQTT ? "Sec-WebSocket-Protocol: mqtt\r\n" : "", bench.header,
                          *bench.header ? "\r\n" : "");
    if (send(c->fd, request, (size_t)length, MSG_NOSIGNAL) != length) {
        drop_connection(c, true);
        return;
    }
    c->state = UPGRADING;
    watch(c, EPOLL_CTL_MOD, EPOLLIN);
}

static void put_text(uint8_t *packet, size_t *at, const char *text) {
    size_t length = strlen(text);
    packet[(*at)++] = (uint8_t)(length >> 8);
    packet[(*at)++] = (uint8_t)length;
    memcpy(packet + *at, text, length);
    *at += length;
}

/* MQTT 3.1.1 CONNECT and SUBSCRIBE at QoS 0, the cheapest that the broker offers. */
static void subscribe_over_mqtt(Connection *c) {
    uint8_t packet[256] = {0x10, 0, 0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 0};
    char name[32];
    size_t at = 12;
    snprintf(name, sizeof name, "b%04x-%d", bench.run, (int)(c - bench.all));
    put_text(packet, &at, name);
    packet[1] = (uint8_t)(at - 2);
    send_masked(c, 2, packet, at);
    uint8_t subscribe[256] = {0x82, 0, 0, 1};
    at = 4;
    put_text(subscribe, &at, bench.topic);
    subscribe[at++] = 0;
    subscribe[1] = (uint8_t)(at - 2);
    send_masked(c, 2, subscribe, at);
}

static void on_refused(Connection *c, const char *answer) {
    const char *wait = strcasestr(answer, "retry-after:");
    bench.refused++;
    if (strstr(answer, " 401 ") || strstr(answer, " 403 ") || strstr(answer, " 404 "))
        die("the server refuses: %.*s", (int)strcspn(answer, "\r\n"), answer);
    drop_connection(c, true);
    if (wait) c->retry_ns = some_time((uint64_t)atoi(wait + 12) * 1000000000u);
}

/* Reads the answer a byte range at a time: peeked at, so that the frames behind it stay for read_frames. */
static void on_answer(Connection *c) {
    char answer[4096];
    ssize_t got = recv(c->fd, answer, sizeof answer - 1, MSG_PEEK);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) {
        drop_connection(c, true);
        return;
    }
    answer[got] = 0;
    char *end = strstr(answer, "\r\n\r\n");
    if (!end) return;
    if (strncmp(answer, "HTTP/1.1 101", 12) != 0) {
        on_refused(c, answer);
        return;
    }
    if (recv(c->fd, answer, (size_t)(end + 4 - answer), 0) <= 0) die("recv after peek: %s", strerror(errno));
    c->state = GREETING;
    if (bench.speech == WS_MQTT) subscribe_over_mqtt(c);
    if (bench.speech == WS_CENTRIFUGO) send_masked(c, 1, (const uint8_t *)bench.greeting, strlen(bench.greeting));
    if (bench.speech == WS_PLAIN) {
        c->state = OPEN;
        bench.open++;
        histogram_add(&bench.handshake, now_ns() - c->begun_ns);
        if (c->stalled) make_stalled(c);
    }
}

void on_ready(Connection *c, uint32_t what) {
    if (c->fd < 0) return;
    if (c->state == CONNECTING) {
        int error = 0;
        socklen_t length = sizeof error;
        getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &length);
        if (error) drop_connection(c, true);
        else send_request(c);
    } else if (c->state == UPGRADING) on_answer(c);
    else if (c->stalled && c->state == OPEN) drop_connection(c, false); /* hung up on, as it deserves */
    else if (what & (EPOLLIN | EPOLLHUP | EPOLLERR)) read_frames(c);
}
