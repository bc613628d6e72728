// Reads an SST of RocksDB from end to end, checksums verified.
// usage: rocksdb_reader FILE
// Prints one line of JSON: how many rows there are, and the CRC-32 of all their keys and values in turn.
#include "rows.h"
#include <rocksdb/options.h>
#include <rocksdb/sst_file_reader.h>
#include <memory>

// CRC-32 as zlib has it, one table.
class Crc32 {
  uint32_t table_[256];
  uint32_t state_ = 0xffffffffu;

 public:
  Crc32() {
    for (uint32_t byte = 0; byte < 256; byte++) {
      uint32_t word = byte;
      for (int bit = 0; bit < 8; bit++) word = (word >> 1) ^ ((word & 1) != 0 ? 0xedb88320u : 0);
      table_[byte] = word;
    }
  }
  void add(const rocksdb::Slice &bytes) {
    for (size_t at = 0; at < bytes.size(); at++) state_ = (state_ >> 8) ^ table_[(state_ ^ static_cast<unsigned char>(bytes[at])) & 0xff];
  }
  uint32_t value() const { return ~state_; }
};

static int fail(const rocksdb::Status &status) {
  fprintf(stderr, "rocksdb_reader: %s\n", status.ToString().c_str());
  return 1;
}

int main(int argc, char **argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: %s FILE\n", argv[0]);
    return 2;
  }
  rocksdb::SstFileReader reader{rocksdb::Options()};
  rocksdb::Status status = reader.Open(argv[1]);
  if (!status.ok()) return fail(status);
  rocksdb::ReadOptions options;
  options.verify_checksums = true;
  options.fill_cache = false;
  const std::unique_ptr<rocksdb::Iterator> rows(reader.NewIterator(options));
  Crc32 crc;
  size_t count = 0;
  for (rows->SeekToFirst(); rows->Valid(); rows->Next()) {
    crc.add(rows->key());
    crc.add(rows->value());
    count++;
  }
  if (!rows->status().ok()) return fail(rows->status());
  printf("{\"rows\":%zu,\"crc32\":%u}\n", count, crc.value());
  return 0;
}
