#!/usr/bin/env bash
# The seed image (ARCHITECTURE.md, "Inputs") comes from mmdebstrap where no registry answers: have it on Debian and Ubuntu.
set -euo pipefail
command -v mmdebstrap >/dev/null && exit 0
[ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null || exit 0
echo "majek-lab: installing mmdebstrap"
apt-get update -q >/dev/null
DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends mmdebstrap debian-archive-keyring xz-utils >/dev/null
