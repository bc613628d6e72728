// The benchmark's rows, byte for byte those of src/rows.ts, and what the programs measure.
#pragma once
#include <sys/resource.h>
#include <sys/stat.h>
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <vector>

// Key i: "user" and the 12 decimal digits of 37 * i.
static const int kKeyBytes = 16;
static const int kKeyStep = 37;
static const char kFirstKey[] = "user000000000000";

static inline void next_key(char *key) {
  int carry = kKeyStep;
  for (int at = kKeyBytes - 1; carry > 0; at--) {
    int digit = key[at] - '0' + carry;
    key[at] = static_cast<char>('0' + digit % 10);
    carry = digit / 10;
  }
}

// Value i is entry i modulo `count` of a pool of about 1 MiB. An entry is its first half of pseudo-random bytes (xorshift32) twice,
// so that a codec can roughly halve it.
struct ValuePool {
  size_t value_bytes, count;
  std::vector<char> bytes;

  explicit ValuePool(size_t length) : value_bytes(length), count(length == 0 ? 1 : std::max<size_t>(1, (1u << 20) / length)) {
    bytes.resize(value_bytes * count + 1);
    uint32_t word = 2463534242u;
    const size_t half = (value_bytes + 1) / 2;
    for (size_t entry = 0; entry < count; entry++) {
      char *value = bytes.data() + entry * value_bytes;
      for (size_t at = 0; at < half; at++) {
        word ^= word << 13;
        word ^= word >> 17;
        word ^= word << 5;
        value[at] = static_cast<char>(word & 0xff);
        if (half + at < value_bytes) value[half + at] = value[at];
      }
    }
  }
  const char *at(size_t row) const { return bytes.data() + (row % count) * value_bytes; }
};

static inline double now_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

static inline double cpu_seconds_of(const struct rusage &usage) {
  return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
}

static inline struct rusage own_usage() {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return usage;
}

// Largest resident set so far. Not ru_maxrss of this process: that begins with the memory of whoever started it.
static inline long own_peak_rss_kib() {
  long peak = -1;
  char line[256];
  FILE *status = fopen("/proc/self/status", "r");
  while (status != nullptr && fgets(line, sizeof line, status) != nullptr) sscanf(line, "VmHWM: %ld kB", &peak);
  if (status != nullptr) fclose(status);
  return peak >= 0 ? peak : own_usage().ru_maxrss;
}

static inline long long file_bytes(const char *path) {
  struct stat found;
  return stat(path, &found) == 0 ? static_cast<long long>(found.st_size) : -1;
}
