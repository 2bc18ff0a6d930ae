/* The measuring client: N WebSocket connections, one publisher, one epoll loop on one core.
 *
 * It publishes events (over MQTT, or to a peer's trigger port), reads what arrives on every connection, and holds
 * each frame against the event that must come next there: nothing missing, nothing twice, nothing out of order.
 */
#ifndef CLIENT_H
#define CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RING 65536u            /* events that may be under way at once; a power of two */
#define RING_MASK (RING - 1u)
#define MOST_OUTSTANDING 60000u
#define MOST_PIDS 4
#define MOST_HELPERS 4

/* An event ends with "id":"RRRRNNNNNNNN","t":"TTTTTTTTTTTTTTTT"}} where R is this run, N the event's number and
 * T the time at which it was due (CLOCK_MONOTONIC, nanoseconds), all in hexadecimal. */
#define TAIL 44
#define TAIL_RUN 6
#define TAIL_NUMBER 10
#define TAIL_MARK 18
#define TAIL_TIME 25

typedef enum { WS_PLAIN, WS_HOMEGUARD, WS_MQTT, WS_CENTRIFUGO } Speech;
typedef enum { CLOSED, CONNECTING, UPGRADING, GREETING, OPEN } State;

typedef struct {
    int fd;
    State state;
    bool stalled;         /* reads nothing once it is open */
    bool was_lost;
    uint32_t next;        /* number of the event that must come next */
    uint64_t since;       /* seq of the newest event seen: where a HomeGuard client resumes */
    uint64_t begun_ns;
    uint64_t retry_ns;
    uint8_t *carry;       /* the beginning of a frame whose rest has not come */
    uint32_t carry_len, carry_room;
} Connection;

typedef struct {
    uint64_t counts[64][64];
    uint64_t total, most;
} Histogram;

typedef struct {
    /* what was asked for */
    const char *host, *path, *header, *greeting, *topic, *feed_host, *feed_user, *feed_password;
    int port, feed_port, clients, at_once, stalled_percent, sources, core;
    Speech speech;
    bool feeds_mqtt, sends_envelope;
    int body_bytes;
    int pids[MOST_PIDS];
    const char *pid_names[MOST_PIDS];
    int pid_count;
    /* the connections */
    int epoll;
    Connection *all;
    int open, ever_lost, readers;
    char epoch[64];
    uint32_t run;
    /* the events: published so far, and received by every reader so far */
    uint32_t published, done;
    uint64_t times[RING], spelled[RING];
    uint32_t waiting[RING];
    /* what a stage counts */
    uint64_t frames, bytes, reads, others, foreign, missing, doubled, gaps, resumed, closed, refused;
    uint64_t tick, sample_every;
    Histogram latency, handshake;
} Bench;

extern Bench bench;

/* system.c */
uint64_t now_ns(void);
void sleep_until(uint64_t when);
double own_cpu_seconds(void);
double cpu_seconds(int pid);
double core_busy_seconds(int core);
long resident_bytes(int pid);
long kernel_tcp_pages(void);
void die(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

/* histogram.c */
void histogram_clear(Histogram *);
void histogram_add(Histogram *, uint64_t value);
double histogram_ms(const Histogram *, double share);
void histogram_print(const char *name, const Histogram *);

/* connection.c */
void open_connection(Connection *);
void drop_connection(Connection *, bool retry);
void on_ready(Connection *, uint32_t what);
void spell_number(uint32_t number, uint8_t *eight);

/* frames.c */
void read_frames(Connection *);
void send_masked(Connection *, int opcode, const uint8_t *payload, size_t length);
void make_stalled(Connection *);

/* feed.c */
void feed_connect(void);
bool feed_is_up(void);
bool feed_has_room(void);
void feed_publish(uint64_t due_ns);
void feed_flush(void);
void feed_on_ready(uint32_t what);
void feed_retry(void);
extern int feed_token;

/* stages.c */
void run_stage(const char *spec);
void turn(uint64_t until_ns);

#endif
