#!/usr/bin/env bash
# Clones what is committed into a temporary folder and runs there what the README tells a user to run.
set -euo pipefail

top=$(git -C "$(dirname "$0")" rev-parse --show-toplevel)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
git clone --quiet "file://$top" "$folder/slate-sst"
cd "$folder/slate-sst"
npm ci && npm run demo
npm cit
echo "fresh clone of $(git rev-parse --short HEAD): both commands passed on Node $(node --version)"
