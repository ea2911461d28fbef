#!/usr/bin/env bash
# Makes sure that a container engine answers. Does nothing where one does; otherwise installs Debian's docker.io and
# starts it: by systemd where systemd runs, detached where it does not. Never starts a second daemon.
set -euo pipefail
cd "$(dirname "$0")/.."

log=/var/log/majek-lab-dockerd.log
answers() { node scripts/engine-answers.mjs; }

wait_for_engine() {
  for _ in $(seq 60); do
    if answers; then return 0; fi
    sleep 1
  done
  return 1
}

answers && exit 0 || status=$?
[ "$status" -eq 1 ] || exit "$status"

if [ -n "${DOCKER_HOST:-}" ]; then
  printf 'majek-lab: the engine at DOCKER_HOST=%s does not answer\n  next: start it, or unset DOCKER_HOST\n' "$DOCKER_HOST" >&2
  exit 4
fi
if [ "$(id -u)" -ne 0 ]; then
  printf 'majek-lab: no container engine answers, and only root can install or start one\n  next: sudo make engine\n' >&2
  exit 4
fi

# Two `make` at once must not start two daemons.
exec 9>/run/majek-lab-engine.lock
flock 9
answers && exit 0

if ! command -v dockerd >/dev/null; then
  if ! command -v apt-get >/dev/null; then
    printf 'majek-lab: no container engine is installed, and this is no Debian system\n  next: install Docker Engine or Podman, then run make again\n' >&2
    exit 4
  fi
  echo "majek-lab: installing docker.io"
  apt-get update -q >/dev/null
  DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends docker.io iptables ca-certificates >/dev/null
fi
answers && exit 0

scripts/start-engine.sh "$log" 9>&- || exit 4
if ! wait_for_engine; then
  printf 'majek-lab: the engine did not answer within 60 s; the end of its log:\n' >&2
  tail -n 15 "$log" >&2 2>/dev/null || true
  printf '  next: see %s, then run make engine again\n' "$log" >&2
  exit 4
fi
echo "majek-lab: the engine answers"
