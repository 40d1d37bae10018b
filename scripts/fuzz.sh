#!/bin/bash
# Runs the fuzz targets of the module, each for a while: scripts/fuzz.sh 3s
#
# Fuzzing compiles all that a target stands on anew, with its branches counted.
# So a package is compiled once for its targets, with the tag fuzzing, which
# leaves out what only writes files or makes them for other tests; and SQLite,
# whose code is many times all of ours, is fuzzed with `scripts/fuzz.sh 60s all`.
set -euo pipefail
cd "$(dirname "$0")/.."
go=${GO:-go}
long=${1:-3s}
which=${2:-}

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cache=$($go env GOCACHE)/fuzz/plumbline
for pkg in $(grep -rl --include='*_test.go' '^func Fuzz' internal | xargs -n1 dirname | sort -u); do
  if [ "$pkg" = internal/eventio/ocelsqlite ] && [ "$which" != all ]; then
    continue
  fi
  $go test -vet=off -tags fuzzing -fuzz . -c -o "$dir/fuzz.test" "./$pkg"
  for target in $(cat "$pkg"/*_test.go | grep -o '^func Fuzz[A-Za-z0-9_]*' | cut -d' ' -f2 | sort); do
    echo "fuzz $pkg $target $long"
    if ! (cd "$pkg" && "$dir/fuzz.test" -test.run '^$' -test.fuzz "^$target\$" -test.fuzztime "$long" \
      -test.fuzzcachedir "$cache/$pkg") >"$dir/log" 2>&1; then
      cat "$dir/log" >&2
      exit 1
    fi
  done
done
