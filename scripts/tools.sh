#!/bin/bash
# What the tests need beside Go: a C compiler, for the race detector alone,
# PostgreSQL, on which the store must do the same as on SQLite, and Chromium, in
# which pages are looked at, with a font that has Chinese. Installs them
# where it may (Debian, as root), and says what to install where it may not: the
# race detector can't do without a compiler, the tests say what they leave out.
set -euo pipefail

there() { command -v "$1" >/dev/null 2>&1; }

missing() {
  local cc
  cc=$(${GO:-go} env CC)
  there "${cc:-gcc}" || printf '%s\n' gcc libc6-dev
  compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || there initdb || echo postgresql
  there chromium || there chromium-browser || there google-chrome || echo chromium
  compgen -G '/usr/share/fonts/*/noto/Noto*CJK*' >/dev/null || { there fc-list && [ -n "$(fc-list :lang=zh)" ]; } || echo fonts-noto-cjk
}

mapfile -t need < <(missing)
if [ ${#need[@]} = 0 ]; then
  exit 0
fi
if [ "$(id -u)" = 0 ] && there apt-get; then
  echo "installing ${need[*]} for the tests" >&2
  export DEBIAN_FRONTEND=noninteractive
  patient=(-qq -o Acquire::Retries=3 -o DPkg::Lock::Timeout=600)
  if apt-get "${patient[@]}" update && apt-get "${patient[@]}" install -y --no-install-recommends "${need[@]}" >/dev/null; then
    exit 0
  fi
  mapfile -t need < <(missing)
fi
echo "the tests need what isn't there; install ${need[*]} (Debian's names)" >&2
[[ " ${need[*]} " != *" gcc "* ]]
