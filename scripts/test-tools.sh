#!/usr/bin/env bash
# What the tests need on this machine beside the tool itself: the probe's tests run here, as root, against real
# processes, and so does cpython-patch/bin/check.
set -euo pipefail
cd "$(dirname "$0")/.."
missing=()
command -v cc >/dev/null || missing+=(gcc libc6-dev)
for tool in python3 git patch unifdef; do
  command -v "$tool" >/dev/null || missing+=("$tool")
done
# Debian's python3 alone cannot make a folder for Python tools.
python3 -c 'import ensurepip, venv' 2>/dev/null || missing+=(python3-venv)
# Reports are looked at in a real browser.
command -v chromium >/dev/null || missing+=(chromium)
command -v xz >/dev/null || missing+=(xz-utils)
command -v htpasswd >/dev/null || missing+=(apache2-utils)
command -v openssl >/dev/null || missing+=(openssl)
# Debian 13 has the docker command in a package of its own, Debian 12 in docker.io.
if ! command -v docker >/dev/null; then
  if apt-cache show docker-cli >/dev/null 2>&1; then missing+=(docker-cli); else missing+=(docker.io); fi
fi
# Labs are pushed to a real registry. The program is enough: Debian's package would start a service on port 5000.
registry=.tools/docker-registry
[ -x "$registry/usr/bin/docker-registry" ] || missing+=(docker-registry)
[ ${#missing[@]} -eq 0 ] && exit 0
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
  printf 'majek-lab: the tests need %s\n  next: install them, then run make test again\n' "${missing[*]}" >&2
  exit 1
fi
echo "majek-lab: installing ${missing[*]}"
apt-get update -q >/dev/null
if [ "${missing[-1]}" = docker-registry ]; then
  unset 'missing[-1]'
  scratch=$(mktemp -d)
  (cd "$scratch" && apt-get download -q -o APT::Sandbox::User=root docker-registry >/dev/null && dpkg-deb -x docker-registry_*.deb tree)
  mkdir -p .tools && rm -rf "$registry" && mv "$scratch/tree" "$registry"
  rm -rf "$scratch"
fi
[ ${#missing[@]} -eq 0 ] && exit 0
DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}" >/dev/null
