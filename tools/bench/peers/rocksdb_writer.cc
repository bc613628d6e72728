// RocksDB's SstFileWriter over the benchmark's rows: one pass for each line of standard input, or `once` and no input.
// usage: rocksdb_writer ROWS FILE none|snappy|lz4|zstd VALUE_BYTES [once]
// Prints one line of JSON for each pass. Finish() syncs the file: a memory-backed FILE leaves that out of the time.
#include <algorithm>
#include "rows.h"
#include <rocksdb/filter_policy.h>
#include <rocksdb/options.h>
#include <rocksdb/sst_file_writer.h>
#include <rocksdb/table.h>
#include <cstdlib>
#include <iostream>
#include <string>

static int fail(const rocksdb::Status &status) {
  fprintf(stderr, "rocksdb_writer: %s\n", status.ToString().c_str());
  return 1;
}

static rocksdb::CompressionType codec_of(const std::string &name) {
  if (name == "none") return rocksdb::kNoCompression;
  if (name == "snappy") return rocksdb::kSnappyCompression;
  if (name == "lz4") return rocksdb::kLZ4Compression;
  if (name == "zstd") return rocksdb::kZSTD;
  fprintf(stderr, "rocksdb_writer: no codec %s\n", name.c_str());
  exit(2);
}

// The settings that SlateDB's SSTs have too: blocks of 4 KiB, a full bloom filter of 10 bits a key. The rest is RocksDB's default.
static rocksdb::Options options_for(const std::string &codec) {
  rocksdb::BlockBasedTableOptions table;
  table.block_size = 4096;
  table.format_version = 5;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10, false));
  rocksdb::Options options;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  options.compression = codec_of(codec);
  return options;
}

static rocksdb::Status write_rows(const rocksdb::Options &options, const char *file, size_t rows, const ValuePool &pool) {
  rocksdb::SstFileWriter writer(rocksdb::EnvOptions(), options);
  rocksdb::Status status = writer.Open(file);
  char key[sizeof kFirstKey];
  memcpy(key, kFirstKey, sizeof kFirstKey);
  for (size_t row = 0; status.ok() && row < rows; row++) {
    status = writer.Put(rocksdb::Slice(key, kKeyBytes), rocksdb::Slice(pool.at(row), pool.value_bytes));
    next_key(key);
  }
  return status.ok() ? writer.Finish() : status;
}

int main(int argc, char **argv) {
  if (argc < 5) {
    fprintf(stderr, "usage: %s ROWS FILE none|snappy|lz4|zstd VALUE_BYTES [once]\n", argv[0]);
    return 2;
  }
  const size_t rows = strtoull(argv[1], nullptr, 10);
  const char *file = argv[2];
  const rocksdb::Options options = options_for(argv[3]);
  const ValuePool pool(strtoull(argv[4], nullptr, 10));
  const bool once = argc > 5;
  std::string line;
  while (once || std::getline(std::cin, line)) {
    remove(file);
    const double cpu = cpu_seconds(), started = now_seconds();
    const rocksdb::Status status = write_rows(options, file, rows, pool);
    const double seconds = now_seconds() - started, cpu_used = cpu_seconds() - cpu;
    if (!status.ok()) return fail(status);
    printf("{\"rows\":%zu,\"seconds\":%.6f,\"cpuSeconds\":%.6f,\"fileBytes\":%lld,\"peakRssKib\":%ld}\n", rows, seconds, cpu_used, file_bytes(file), peak_rss_kib());
    fflush(stdout);
    if (once) break;
  }
  return 0;
}
