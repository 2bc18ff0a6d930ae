/* Latencies in log-linear buckets: 64 to an octave, so that a percentile is right to 1.6 %. */
#include "client.h"

#include <stdio.h>
#include <string.h>

void histogram_clear(Histogram *h) { memset(h, 0, sizeof *h); }

void histogram_add(Histogram *h, uint64_t value) {
    int octave = 63 - __builtin_clzll(value | 64);
    int bucket = (int)((value >> (octave - 6)) & 63);
    h->counts[octave][bucket]++;
    h->total++;
    if (value > h->most) h->most = value;
}

double histogram_ms(const Histogram *h, double share) {
    uint64_t wanted = (uint64_t)(share * (double)h->total), seen = 0;
    for (int octave = 6; octave < 64; octave++)
        for (int bucket = 0; bucket < 64; bucket++) {
            seen += h->counts[octave][bucket];
            if (seen > wanted) return (double)((64ull + (uint64_t)bucket) << (octave - 6)) / 1e6;
        }
    return (double)h->most / 1e6;
}

void histogram_print(const char *name, const Histogram *h) {
    printf(",\"%s\":{\"samples\":%llu,\"p50\":%.4f,\"p90\":%.4f,\"p99\":%.4f,\"p999\":%.4f,\"max\":%.4f}", name,
           (unsigned long long)h->total, histogram_ms(h, 0.50), histogram_ms(h, 0.90), histogram_ms(h, 0.99),
           histogram_ms(h, 0.999), (double)h->most / 1e6);
}
