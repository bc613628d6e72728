// Prints the version of the RocksDB that the peers are built with.
#include <rocksdb/version.h>
#include <cstdio>

int main() { return printf("%d.%d.%d\n", ROCKSDB_MAJOR, ROCKSDB_MINOR, ROCKSDB_PATCH) > 0 ? 0 : 1; }
