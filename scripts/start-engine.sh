#!/usr/bin/env bash
# Starts the container engine that is installed, as root: by systemd where systemd runs, detached where it does not.
# Never starts a second daemon, and does not wait until it answers. Part of `make engine` and of `majek-lab doctor --fix`,
# which hold a lock meanwhile.
# Usage: start-engine.sh LOG
set -euo pipefail
log=$1
# Root's own after `su` on Debian has no folders for root's programs.
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

# A daemon that has died stays in the process table where nobody collects it (a container without an init): no daemon.
runs() {
  for comm in $(grep -lsx dockerd /proc/[0-9]*/comm); do
    if ! grep -qs '^State:[[:space:]]*[ZX]' "${comm%comm}status"; then return 0; fi
  done
  return 1
}

if [ -d /run/systemd/system ]; then
  if ! systemctl start docker; then
    journalctl -u docker -n 15 --no-pager >&2 || true
    exit 4
  fi
elif ! runs; then
  echo "majek-lab: starting dockerd (log: $log)"
  # A pid file of a daemon that was killed would keep a new one from starting.
  rm -f /var/run/docker.pid
  setsid dockerd >>"$log" 2>&1 </dev/null &
  # One that cannot start at all, as with a mistake in its configuration, ends within moments.
  sleep 1
  if ! runs; then
    tail -n 5 "$log" >&2
    printf 'majek-lab: dockerd ended at once\n  next: see %s\n' "$log" >&2
    exit 4
  fi
fi
