/* Clocks, CPU and memory of this process and of the servers. */
#define _GNU_SOURCE
#include "client.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static uint64_t read_clock(clockid_t clock) {
    struct timespec t;
    if (clock_gettime(clock, &t) != 0) return 0;
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

uint64_t now_ns(void) { return read_clock(CLOCK_MONOTONIC); }

double own_cpu_seconds(void) { return (double)read_clock(CLOCK_PROCESS_CPUTIME_ID) / 1e9; }

/* User and system time of all threads: what /proc/PID/stat shows, in nanoseconds instead of hundredths. */
double cpu_seconds(int pid) {
    clockid_t clock;
    if (clock_getcpuclockid(pid, &clock) != 0) return 0;
    return (double)read_clock(clock) / 1e9;
}

/* How long a core was busy, for whomever: shows whether somebody else was on the server's core. */
double core_busy_seconds(int core) {
    char name[16], line[512];
    double busy = 0;
    snprintf(name, sizeof name, "cpu%d ", core);
    FILE *file = fopen("/proc/stat", "r");
    if (!file) return 0;
    while (fgets(line, sizeof line, file)) {
        if (strncmp(line, name, strlen(name)) != 0) continue;
        unsigned long long user, nice, system, idle, wait, irq, softirq, steal;
        if (sscanf(line + strlen(name), "%llu %llu %llu %llu %llu %llu %llu %llu", &user, &nice, &system, &idle, &wait,
                   &irq, &softirq, &steal) == 8)
            busy = (double)(user + nice + system + irq + softirq + steal) / (double)sysconf(_SC_CLK_TCK);
    }
    fclose(file);
    return busy;
}

long resident_bytes(int pid) {
    char path[64];
    long size = 0, resident = 0;
    snprintf(path, sizeof path, "/proc/%d/statm", pid);
    FILE *file = fopen(path, "r");
    if (!file) return 0;
    if (fscanf(file, "%ld %ld", &size, &resident) != 2) resident = 0;
    fclose(file);
    return resident * sysconf(_SC_PAGESIZE);
}

/* Pages in the buffers of all TCP sockets of this network namespace, which belong to no process. */
long kernel_tcp_pages(void) {
    char line[256];
    long pages = 0;
    FILE *file = fopen("/proc/net/sockstat", "r");
    if (!file) return 0;
    while (fgets(line, sizeof line, file)) {
        char *mem = strstr(line, " mem ");
        if (strncmp(line, "TCP:", 4) == 0 && mem) pages = atol(mem + 5);
    }
    fclose(file);
    return pages;
}

void die(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "client: ");
    vfprintf(stderr, format, arguments);
    fprintf(stderr, "\n");
    va_end(arguments);
    exit(1);
}
