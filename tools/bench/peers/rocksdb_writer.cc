// RocksDB's SstFileWriter over the benchmark's rows.
// usage: rocksdb_writer FILE none|snappy|lz4|zstd [ROWS VALUE_BYTES]
// With a number of rows, one pass. Without, one for each line "ROWS VALUE_BYTES" of standard input. Prints one line of JSON for each
// pass. Finish() syncs the file: a memory-backed FILE leaves that out of the time.
#include "rows.h"
#include <rocksdb/filter_policy.h>
#include <rocksdb/options.h>
#include <rocksdb/sst_file_writer.h>
#include <rocksdb/table.h>
#include <cstdlib>
#include <iostream>
#include <map>
#include <string>

static rocksdb::CompressionType codec_of(const std::string &name) {
  if (name == "none") return rocksdb::kNoCompression;
  if (name == "snappy") return rocksdb::kSnappyCompression;
  if (name == "lz4") return rocksdb::kLZ4Compression;
  if (name == "zstd") return rocksdb::kZSTD;
  fprintf(stderr, "rocksdb_writer: there is no codec %s\n", name.c_str());
  exit(2);
}

// What SlateDB's SSTs have too: blocks of 4 KiB, a full bloom filter of 10 bits a key. The rest is RocksDB's default.
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

static void pass(const rocksdb::Options &options, const char *file, size_t rows, const ValuePool &pool) {
  remove(file);
  const double cpu = cpu_seconds_of(own_usage()), started = now_seconds();
  const rocksdb::Status status = write_rows(options, file, rows, pool);
  const double seconds = now_seconds() - started;
  if (!status.ok()) {
    fprintf(stderr, "rocksdb_writer: %s\n", status.ToString().c_str());
    exit(1);
  }
  const double cpu_used = cpu_seconds_of(own_usage()) - cpu;
  printf("{\"rows\":%zu,\"seconds\":%.6f,\"cpuSeconds\":%.6f,\"fileBytes\":%lld,\"peakRssKib\":%ld}\n", rows, seconds, cpu_used, file_bytes(file), own_peak_rss_kib());
  fflush(stdout);
}

int main(int argc, char **argv) {
  if (argc != 3 && argc != 5) {
    fprintf(stderr, "usage: %s FILE none|snappy|lz4|zstd [ROWS VALUE_BYTES]\n", argv[0]);
    return 2;
  }
  const rocksdb::Options options = options_for(argv[2]);
  if (argc == 5) {
    pass(options, argv[1], strtoull(argv[3], nullptr, 10), ValuePool(strtoull(argv[4], nullptr, 10)));
    return 0;
  }
  std::map<size_t, ValuePool> pools;
  size_t rows, value_bytes;
  while (std::cin >> rows >> value_bytes) pass(options, argv[1], rows, pools.try_emplace(value_bytes, value_bytes).first->second);
  return 0;
}
