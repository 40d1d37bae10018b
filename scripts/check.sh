#!/bin/bash
# What is known without running anything: formatting, vet, staticcheck, and
# generated code, pages and schemas that are what their generator writes.
set -euo pipefail
cd "$(dirname "$0")/.."
go=${GO:-go}

unformatted=$(gofmt -l cmd internal packs bench)
if [ -n "$unformatted" ]; then
  echo "not formatted (run gofmt -w):" >&2
  echo "$unformatted" >&2
  exit 1
fi
$go vet ./...
$go tool staticcheck ./...

if grep -rqs --include='*.go' '^//go:generate ' cmd internal packs; then
  before=$(mktemp -d)
  trap 'rm -rf "$before"' EXIT
  cp -r cmd internal packs docs schema "$before"
  $go generate ./...
  for dir in cmd internal packs docs schema; do
    if ! diff -rq "$before/$dir" "$dir" >&2; then
      echo "generated code, pages or schemas were not current; they are now: commit them" >&2
      exit 1
    fi
  done
fi
