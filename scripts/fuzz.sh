#!/bin/bash
# Runs every fuzz target of the module for a while: scripts/fuzz.sh 3s
set -euo pipefail
cd "$(dirname "$0")/.."
go=${GO:-go}
long=${1:-3s}

for dir in $(grep -rl --include='*_test.go' '^func Fuzz' internal | xargs -n1 dirname | sort -u); do
  for target in $($go test -list '^Fuzz' "./$dir" | grep '^Fuzz'); do
    echo "fuzz $dir $target $long"
    log=$(mktemp)
    if ! $go test -run '^$' -fuzz "^$target\$" -fuzztime "$long" "./$dir" >"$log" 2>&1; then
      cat "$log" >&2
      rm -f "$log"
      exit 1
    fi
    rm -f "$log"
  done
done
