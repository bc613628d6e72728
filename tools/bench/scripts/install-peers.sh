#!/usr/bin/env bash
# Installs what the bench compares with and npm does not bring: a C++ compiler, RocksDB's library and its sst_dump, as Debian and
# Ubuntu package them. `npm run bench:peers`; it asks for the rights it needs. SlateDB itself comes with `npm ci`.
set -euo pipefail

packages=(g++ librocksdb-dev rocksdb-tools)

if ! command -v apt-get >/dev/null; then
  echo "There is no apt-get here. The bench needs g++, RocksDB's headers and library, and sst_dump; without them it skips RocksDB." >&2
  exit 1
fi
as_root=()
if [ "$(id -u)" -ne 0 ]; then as_root=(sudo); fi
"${as_root[@]}" apt-get update
"${as_root[@]}" apt-get install --yes --no-install-recommends "${packages[@]}"
