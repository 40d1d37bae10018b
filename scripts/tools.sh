#!/bin/bash
# What the tests need beside Go: a C compiler, for the race detector alone.
set -euo pipefail
cc=$(${GO:-go} env CC)
if command -v "${cc:-gcc}" >/dev/null 2>&1; then
  exit 0
fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "installing gcc and the C library's headers for the race detector" >&2
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends gcc libc6-dev >/dev/null
  exit 0
fi
echo "the race detector needs a C compiler, and there is none: install gcc and libc6-dev (Debian), or the like" >&2
exit 1
