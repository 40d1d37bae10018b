#!/bin/bash
# What the tests need beside Go: a C compiler, for the race detector alone,
# PostgreSQL, on which the store must do the same as on SQLite, and Chromium, in
# which pages are looked at, with a font that has Chinese. Installs them
# where it may (Debian, as root), and says what to install where it may not: the
# race detector can't do without a compiler, the tests say what they leave out.
set -euo pipefail

need=()
cc=$(${GO:-go} env CC)
command -v "${cc:-gcc}" >/dev/null 2>&1 || need+=(gcc libc6-dev)
compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || command -v initdb >/dev/null 2>&1 || need+=(postgresql)
command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 || command -v google-chrome >/dev/null 2>&1 || need+=(chromium fonts-noto-cjk)
if [ ${#need[@]} = 0 ]; then
  exit 0
fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "installing ${need[*]} for the tests" >&2
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "${need[@]}" >/dev/null
  exit 0
fi
echo "the tests need what isn't there; install ${need[*]} (Debian's names)" >&2
[[ " ${need[*]} " != *" gcc "* ]]
