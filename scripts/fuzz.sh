#!/bin/bash
# Runs the fuzz targets of the module, each for a while or so many times:
# scripts/fuzz.sh 60s, scripts/fuzz.sh 2000x
#
# A fuzzer counts the branches that an input takes. Here it counts those of our
# own code alone (what go test -fuzz sets for all): the rest is then what the
# tests have compiled already, SQLite's code, which is many times ours, too.
#
# CI counts runs, since a machine that is busy makes an end by the clock fail
# now and then (golang/go#75804): that is told by its words, where nothing was
# found.
set -euo pipefail
cd "$(dirname "$0")/.."
go=${GO:-go}
long=${1:-1000x}

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cache=$($go env GOCACHE)/fuzz/plumbline
for pkg in $(grep -rl --include='*_test.go' '^func Fuzz' internal | xargs -n1 dirname | sort -u); do
  $go test -vet=off -gcflags=plumbline/internal/...=-d=libfuzzer -ldflags='-s -w' -c -o "$dir/fuzz.test" "./$pkg"
  for target in $(cat "$pkg"/*_test.go | grep -o '^func Fuzz[A-Za-z0-9_]*' | cut -d' ' -f2 | sort); do
    echo "fuzz $pkg $target $long"
    if ! (cd "$pkg" && "$dir/fuzz.test" -test.run '^$' -test.fuzz "^$target\$" -test.fuzztime "$long" \
      -test.fuzzminimizetime 20x -test.fuzzcachedir "$cache/$pkg") >"$dir/log" 2>&1; then
      if ! grep -qx ' *context deadline exceeded' "$dir/log" || grep -q 'Failing input written' "$dir/log"; then
        cat "$dir/log" >&2
        exit 1
      fi
    fi
    if grep -q 'without coverage' "$dir/log"; then
      echo "$pkg was compiled without counting its branches" >&2
      exit 1
    fi
  done
done
