#!/usr/bin/env bash
# Checks, before anything is installed, what would only fail after minutes: Node, architecture, disk, memory.
set -euo pipefail

fail() {
  printf 'majek-lab: %s\n  next: %s\n' "$1" "$2" >&2
  exit 1
}

command -v node >/dev/null || fail "Node.js is not installed (20.19 or newer is needed)" "install Node.js, then run make again"
node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' ||
  fail "Node.js $(node --version) is too old (20.19 or newer is needed)" "install a newer Node.js, then run make again"

case "$(uname -s)/$(uname -m)" in
  Linux/x86_64 | Linux/aarch64) ;;
  *) fail "labs need a Linux kernel on x86_64 or arm64, and this is $(uname -s) on $(uname -m)" "use a Linux machine or virtual machine" ;;
esac

cache=${MAJEK_LAB_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/majek-lab}

# django-8workers is made of seven trees: two root file systems, the probe, two interpreters, the application on each.
# Once everything is built, only results and containers need room, and fleets of an earlier run may hold memory. A first
# run that was interrupted has made fewer.
trees=$({ find "$cache/derived" -mindepth 2 -maxdepth 2 -name tree.tar 2>/dev/null || true; } | wc -l)
all_trees=7
if [ "$trees" -ge "$all_trees" ]; then need_gb=2 need_mb=1000; else need_gb=10 need_mb=3500; fi

existing() {
  local folder=$1
  while [ ! -d "$folder" ]; do folder=$(dirname "$folder"); done
  echo "$folder"
}

for folder in "$PWD" "$(existing /var/lib/docker)" "$(existing "$cache")"; do
  free_gb=$(df -Pk "$folder" | awk 'NR == 2 {print int($4 / 1048576)}')
  [ "$free_gb" -ge "$need_gb" ] ||
    fail "$need_gb GB of free disk are needed, $folder has $free_gb GB" "free some space, or move the folder to a larger disk"
done

memory_mb=$(awk '/^MemAvailable:/ {print int($2 / 1024)}' /proc/meminfo)
[ "$memory_mb" -ge "$need_mb" ] ||
  fail "$need_mb MB of free memory are needed, $memory_mb MB are available" "stop other programs or fleets (majek-lab down --all)"

if [ "$trees" -eq 0 ]; then
  echo "majek-lab: first run on this machine: expect about 15 to 25 minutes on 2 cores (two interpreters are compiled)"
elif [ "$trees" -lt "$all_trees" ]; then
  echo "majek-lab: not everything is built yet: expect up to 25 minutes on 2 cores (two interpreters are compiled)"
fi
