/* WebSocket frames (RFC 6455 section 5.2): found by their headers, payloads not decoded. */
#define _GNU_SOURCE
#include "client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#define READ_BYTES (512 * 1024)
#define MOST_CARRY (128 * 1024)

static uint8_t buffer[MOST_CARRY + READ_BYTES];
static const uint8_t *newest; /* the last event frame of the read under way */

static uint64_t load64(const uint8_t *p) {
    uint64_t value;
    memcpy(&value, p, 8);
    return value;
}

static uint64_t from_hex(const uint8_t *p, int digits) {
    uint64_t value = 0;
    for (int i = 0; i < digits; i++) value = value << 4 | (uint64_t)(p[i] <= '9' ? p[i] - '0' : p[i] - 'a' + 10);
    return value;
}

static bool holds(const uint8_t *payload, size_t length, const char *text) {
    return memmem(payload, length, text, strlen(text)) != NULL;
}

static void count_down(uint32_t number) {
    if (bench.waiting[number & RING_MASK] > 0) bench.waiting[number & RING_MASK]--;
    while (bench.done < bench.published && bench.waiting[bench.done & RING_MASK] == 0) bench.done++;
}

/* One event: it must be the very next on this connection. */
static void take_event(Connection *c, const uint8_t *tail, uint64_t now) {
    if (from_hex(tail + TAIL_RUN, 4) != bench.run) {
        bench.foreign++;
        return;
    }
    if (load64(tail + TAIL_NUMBER) != bench.spelled[c->next & RING_MASK]) {
        uint32_t number = (uint32_t)from_hex(tail + TAIL_NUMBER, 8);
        if (number < c->next || number >= bench.published) {
            bench.doubled++;
            return;
        }
        for (; c->next < number; c->next++) {
            bench.missing++;
            count_down(c->next);
        }
    }
    count_down(c->next);
    c->next++;
    bench.frames++;
    if (++bench.tick >= bench.sample_every) {
        uint64_t due = from_hex(tail + TAIL_TIME, 16);
        bench.tick = 0;
        histogram_add(&bench.latency, now > due ? now - due : 0);
    }
}

static void become_open(Connection *c, uint64_t now) {
    c->state = OPEN;
    bench.open++;
    histogram_add(&bench.handshake, now - c->begun_ns);
    if (c->stalled) make_stalled(c);
}

/* HomeGuard's hello: where the channel stands, and the name of its journal. */
static void take_hello(Connection *c, const uint8_t *payload, size_t length, uint64_t now) {
    const char *head = memmem(payload, length, "\"head\":", 7);
    const char *epoch = memmem(payload, length, "\"epoch\":\"", 9);
    if (!head || !epoch) die("a hello without head and epoch: %.*s", (int)length, (const char *)payload);
    if (holds(payload, length, "\"resumed\":true")) bench.resumed++;
    else c->since = strtoull(head + 7, NULL, 10);
    sscanf(epoch + 9, "%63[^\"]", bench.epoch);
    become_open(c, now);
}

/* Centrifugo's first push: our client id, and the channels that we are subscribed to. */
static void take_push(Connection *c, const uint8_t *payload, size_t length, uint64_t now) {
    char channel[64];
    snprintf(channel, sizeof channel, "\"%s\":", bench.topic);
    if (holds(payload, length, "\"disconnect\":") || (c->state == GREETING && length > 2 && !holds(payload, length, channel)))
        die("Centrifugo says: %.*s", (int)(length < 200 ? length : 200), (const char *)payload);
    if (c->state == GREETING && holds(payload, length, "\"connect\":")) become_open(c, now);
}

static void take_other(Connection *c, const uint8_t *payload, size_t length, uint64_t now) {
    bench.others++;
    if (bench.speech == WS_MQTT) {
        if (c->state == GREETING && length > 0 && payload[0] >> 4 == 9) become_open(c, now); /* SUBACK */
        return;
    }
    if (bench.speech == WS_CENTRIFUGO) {
        take_push(c, payload, length, now);
        return;
    }
    if (length < 8 || payload[0] != '{') return;
    if (c->state == GREETING && holds(payload, length, "\"type\":\"hello\"")) take_hello(c, payload, length, now);
    else if (holds(payload, length < 40 ? length : 40, "\"type\":\"gap\"")) bench.gaps++;
}

static void take_frame(Connection *c, int opcode, const uint8_t *payload, size_t length, uint64_t now) {
    size_t end = bench.speech == WS_CENTRIFUGO && length > 0 ? length - 1 : length; /* a brace more closes its push */
    if (opcode == 8) bench.closed++;
    else if (opcode == 9) send_masked(c, 10, payload, length);
    else if (end > TAIL && memcmp(payload + end - TAIL + TAIL_MARK, "\",\"t\":\"", 7) == 0) {
        newest = payload;
        take_event(c, payload + end - TAIL, now);
    } else if (opcode <= 2) take_other(c, payload, length, now);
}

/* Takes every whole frame; returns how many bytes they had. */
static size_t take_frames(Connection *c, const uint8_t *p, size_t length, uint64_t now) {
    size_t at = 0;
    while (length - at >= 2) {
        size_t head = 2, size = p[at + 1] & 127u;
        if (size == 126) {
            if (length - at < 4) break;
            size = (size_t)p[at + 2] << 8 | p[at + 3];
            head = 4;
        } else if (size == 127) {
            if (length - at < 10) break;
            size = (size_t)__builtin_bswap64(load64(p + at + 2));
            head = 10;
        }
        if (length - at - head < size) break;
        take_frame(c, p[at] & 15, p + at + head, size, now);
        if (c->fd < 0) return length;
        at += head + size;
    }
    return at;
}

static void keep(Connection *c, const uint8_t *rest, size_t length) {
    if (length > MOST_CARRY) die("a frame of more than %d bytes", MOST_CARRY);
    if (length > c->carry_room) {
        c->carry_room = (uint32_t)(length < 512 ? 512 : length * 2);
        c->carry = realloc(c->carry, c->carry_room);
    }
    if (length) memcpy(c->carry, rest, length);
    c->carry_len = (uint32_t)length;
}

void read_frames(Connection *c) {
    size_t held = c->carry_len;
    if (held) memcpy(buffer, c->carry, held);
    ssize_t got = recv(c->fd, buffer + held, READ_BYTES, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) {
        drop_connection(c, true);
        return;
    }
    uint64_t now = now_ns();
    bench.bytes += (uint64_t)got;
    bench.reads++;
    newest = NULL;
    size_t length = held + (size_t)got, taken = take_frames(c, buffer, length, now);
    const char *seq = newest && bench.speech == WS_HOMEGUARD ? memmem(newest, 80, "\"seq\":", 6) : NULL;
    if (seq) c->since = strtoull(seq + 6, NULL, 10);
    if (c->fd >= 0) keep(c, buffer + taken, length - taken);
}

/* A client's frames are masked (RFC 6455 section 5.3); a mask of zeros leaves them as they are. */
void send_masked(Connection *c, int opcode, const uint8_t *payload, size_t length) {
    uint8_t frame[1024] = {(uint8_t)(0x80 | opcode)};
    size_t head = 2;
    if (length > sizeof frame - 8) die("a frame of ours is too long");
    if (length < 126) frame[1] = (uint8_t)(0x80 | length);
    else {
        frame[1] = 0x80 | 126;
        frame[2] = (uint8_t)(length >> 8);
        frame[3] = (uint8_t)length;
        head = 4;
    }
    memcpy(frame + head + 4, payload, length);
    if (send(c->fd, frame, head + 4 + length, MSG_NOSIGNAL) < 0 && errno != EAGAIN) return; /* the read will tell */
}

void make_stalled(Connection *c) {
    struct epoll_event event = {.events = EPOLLRDHUP, .data.ptr = c};
    epoll_ctl(bench.epoll, EPOLL_CTL_MOD, c->fd, &event);
}
