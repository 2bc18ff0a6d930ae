/* The limit: a C program that calls send() for each connection and does nothing else.
 *
 *   sendloop WEBSOCKET_PORT TRIGGER_PORT MOST_JOINED
 *
 * It upgrades whoever asks, without looking at the request. What comes on the trigger port (length, payload) goes to
 * all, MOST_JOINED frames to a send at most: 1 is a write for each frame, more is what waits joined in one write.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define MOST 65536
#define OUT_BYTES (256 * 1024)
static const char ANSWER[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";

static int clients[MOST], count, most_joined;
static uint8_t in[OUT_BYTES], out[OUT_BYTES];
static size_t in_len;

static int listen_on(int port) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(0x7f000001)};
    int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, (struct sockaddr *)&at, sizeof at) != 0 || listen(fd, 4096) != 0) {
        perror("sendloop: listen");
        exit(1);
    }
    return fd;
}

static void send_all(int fd, const uint8_t *bytes, size_t length) {
    while (length) {
        ssize_t sent = send(fd, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && errno != EAGAIN) return;
        if (sent < 0) {
            struct pollfd one = {.fd = fd, .events = POLLOUT};
            poll(&one, 1, 1000);
            continue;
        }
        bytes += sent;
        length -= (size_t)sent;
    }
}

static size_t put_frame(uint8_t *to, const uint8_t *payload, size_t length) {
    to[0] = 0x81;
    if (length < 126) {
        to[1] = (uint8_t)length;
        memcpy(to + 2, payload, length);
        return length + 2;
    }
    to[1] = 126;
    to[2] = (uint8_t)(length >> 8);
    to[3] = (uint8_t)length;
    memcpy(to + 4, payload, length);
    return length + 4;
}

/* Frames as many payloads as may share a send; returns how many bytes of the input they were. */
static size_t frame_some(size_t at, size_t *filled) {
    size_t begun = at;
    *filled = 0;
    for (int joined = 0; joined < most_joined && in_len - at >= 4; joined++) {
        uint32_t size;
        memcpy(&size, in + at, 4);
        size = ntohl(size);
        if (in_len - at - 4 < size || *filled + size + 4 > OUT_BYTES) break;
        *filled += put_frame(out + *filled, in + at + 4, size);
        at += 4 + size;
    }
    return at - begun;
}

static int on_trigger(int fd) {
    ssize_t got = recv(fd, in + in_len, sizeof in - in_len, 0);
    size_t at = 0, filled;
    if (got <= 0) return 0;
    in_len += (size_t)got;
    for (size_t used; (used = frame_some(at, &filled)) > 0; at += used)
        for (int i = 0; i < count; i++) send_all(clients[i], out, filled);
    memmove(in, in + at, in_len - at);
    in_len -= at;
    return 1;
}

static void watch(int epoll, int fd) {
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

static void forget(int fd) {
    for (int i = 0; i < count; i++)
        if (clients[i] == fd) clients[i] = clients[--count];
    close(fd);
}

static void on_client(int fd) {
    char request[4096];
    ssize_t got = recv(fd, request, sizeof request, 0);
    if (got <= 0) {
        forget(fd);
    } else if (memmem(request, (size_t)got, "GET ", 4)) {
        send_all(fd, (const uint8_t *)ANSWER, sizeof ANSWER - 1);
        clients[count++] = fd;
    }
}

int main(int words, char **word) {
    if (words != 4) return 2;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    int web = listen_on(atoi(word[1])), triggers = listen_on(atoi(word[2])), trigger = -1, one = 1;
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    most_joined = atoi(word[3]);
    watch(epoll, web);
    watch(epoll, triggers);
    for (;;) {
        struct epoll_event events[256];
        int ready = epoll_wait(epoll, events, 256, -1);
        for (int i = 0; i < ready; i++) {
            int fd = events[i].data.fd;
            if (fd == web || fd == triggers) {
                int accepted = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
                setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
                watch(epoll, accepted);
                if (fd == triggers) {
                    trigger = accepted;
                    in_len = 0;
                }
            } else if (fd == trigger) {
                if (!on_trigger(fd)) close(fd), trigger = -1;
            } else on_client(fd);
        }
    }
}
