/* Options, then stages in the order given: client --port 8000 --clients 500 … connect paced:50:4 saturate:3 */
#define _GNU_SOURCE
#include "client.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

Bench bench = {.host = "127.0.0.1", .feed_host = "127.0.0.1", .path = "/", .header = "", .greeting = "", .topic = "homeguard/alerts",
               .clients = 1, .at_once = 64, .sources = 1, .body_bytes = 277, .sample_every = 1};

static const struct option OPTIONS[] = {
    {"port", required_argument, NULL, 'p'},     {"path", required_argument, NULL, 'P'},
    {"header", required_argument, NULL, 'h'},   {"speech", required_argument, NULL, 's'},
    {"clients", required_argument, NULL, 'c'},  {"at-once", required_argument, NULL, 'a'},
    {"stalled", required_argument, NULL, 'S'},  {"sources", required_argument, NULL, 'o'},
    {"topic", required_argument, NULL, 't'},    {"mqtt", required_argument, NULL, 'm'},
    {"trigger", required_argument, NULL, 'r'},  {"user", required_argument, NULL, 'u'},
    {"envelope", no_argument, NULL, 'e'},       {"body-bytes", required_argument, NULL, 'b'},
    {"pid", required_argument, NULL, 'i'},      {"core", required_argument, NULL, 'C'},
    {NULL, 0, NULL, 0}};

static Speech speech_of(const char *name) {
    if (strcmp(name, "plain") == 0) return WS_PLAIN;
    if (strcmp(name, "homeguard") == 0) return WS_HOMEGUARD;
    if (strcmp(name, "mqtt") == 0) return WS_MQTT;
    if (strcmp(name, "centrifugo") == 0) return WS_CENTRIFUGO;
    die("--speech is plain, homeguard, mqtt or centrifugo");
}

static void watch_pid(char *name) {
    char *number = strchr(name, '=');
    if (!number || bench.pid_count == MOST_PIDS) die("--pid takes NAME=PID, at most %d times", MOST_PIDS);
    *number = 0;
    bench.pid_names[bench.pid_count] = name;
    bench.pids[bench.pid_count++] = atoi(number + 1);
}

static void take_option(int option, char *value) {
    switch (option) {
    case 'p': bench.port = atoi(value); break;
    case 'P': bench.path = value; break;
    case 'h': bench.header = value; break;
    case 's': bench.speech = speech_of(value); break;
    case 'c': bench.clients = atoi(value); break;
    case 'a': bench.at_once = atoi(value); break;
    case 'S': bench.stalled_percent = atoi(value); break;
    case 'o': bench.sources = atoi(value); break;
    case 't': bench.topic = value; break;
    case 'm': bench.feeds_mqtt = true; /* fall through */
    case 'r': bench.feed_port = atoi(value); break;
    case 'u': bench.feed_user = value; break;
    case 'e': bench.sends_envelope = true; break;
    case 'b': bench.body_bytes = atoi(value); break;
    case 'i': watch_pid(value); break;
    case 'C': bench.core = atoi(value); break;
    default: die("usage: client OPTIONS STAGE...; see bench/client/main.c");
    }
}

static void take_options(int count, char **words) {
    for (int option; (option = getopt_long(count, words, "", OPTIONS, NULL)) != -1;) take_option(option, optarg);
    /* Passwords and tokens come by the environment: a command line is everybody's to read. */
    const char *password = getenv("BENCH_FEED_PASSWORD"), *header = getenv("BENCH_HEADER");
    bench.feed_password = password ? password : "";
    if (header) bench.header = header;
    if (getenv("BENCH_GREETING")) bench.greeting = getenv("BENCH_GREETING");
}

static void raise_file_limit(void) {
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur < (rlim_t)bench.clients + 32)
        die("%d clients need as many open files, and the limit is %lu", bench.clients, (unsigned long)limit.rlim_cur);
}

int main(int count, char **words) {
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* whoever measures is gone: so are we */
    take_options(count, words);
    raise_file_limit();
    srand48(getpid());
    bench.run = (uint32_t)(now_ns() / 1000) & 0xffff;
    bench.epoll = epoll_create1(EPOLL_CLOEXEC);
    bench.all = calloc((size_t)bench.clients, sizeof *bench.all);
    for (int i = 0; i < bench.clients; i++) {
        bench.all[i].fd = -1;
        bench.all[i].stalled = (i + 1) * bench.stalled_percent / 100 != i * bench.stalled_percent / 100;
        bench.readers += !bench.all[i].stalled;
    }
    feed_connect();
    while (optind < count) run_stage(words[optind++]);
    return 0;
}
