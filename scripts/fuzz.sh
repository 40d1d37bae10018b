#!/bin/bash
# Runs every fuzz target of the module for a while: scripts/fuzz.sh 3s
set -euo pipefail
cd "$(dirname "$0")/.."
go=${GO:-go}
long=${1:-3s}

log=$(mktemp)
trap 'rm -f "$log"' EXIT
for dir in $(grep -rl --include='*_test.go' '^func Fuzz' internal | xargs -n1 dirname | sort -u); do
  for target in $(cat "$dir"/*_test.go | grep -o '^func Fuzz[A-Za-z0-9_]*' | cut -d' ' -f2 | sort); do
    echo "fuzz $dir $target $long"
    if ! $go test -vet=off -run '^$' -fuzz "^$target\$" -fuzztime "$long" "./$dir" >"$log" 2>&1; then
      cat "$log" >&2
      exit 1
    fi
  done
done
