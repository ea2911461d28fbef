#!/bin/sh
# Makes a root file system from exactly the packages in /lab/repo, without network:
# /lab/rootfs.tar, whose bytes depend on nothing but the packages and this file.
# Usage: rootfs.sh SUITE
set -eu
umask 022
export LC_ALL=C.UTF-8 TZ=UTC DEBIAN_FRONTEND=noninteractive
# 1980-01-01, the time of every file in the result.
export SOURCE_DATE_EPOCH=315532800
suite=$1
root=/lab/root

cd /lab/repo
apt-ftparchive -q packages . >Packages
include=$(sed -n 's/^Package: //p' Packages | sort | paste -sd,)

# "custom" installs what --include names and nothing else. Missing mount rights are expected: no package needs /proc here.
mmdebstrap --mode=root --variant=custom --format=directory --include="$include" \
    --aptopt='APT::Install-Recommends "false"' \
    --dpkgopt=force-unsafe-io \
    --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/info/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' \
    --dpkgopt='path-exclude=/usr/share/lintian/*' \
    --dpkgopt='path-exclude=/usr/share/doc/*' \
    --dpkgopt='path-include=/usr/share/doc/*/copyright' \
    "$suite" "$root" 'deb [trusted=yes] copy:///lab/repo ./'
test -z "$(chroot "$root" dpkg --audit)"

# What the maker's machine, its clock or its package tools left.
cd "$root"
rm -rf dev proc sys run tmp var/tmp var/cache var/log var/lib/apt etc/apt
mkdir -p dev proc sys run tmp var/tmp var/cache var/log etc/apt
chmod 1777 tmp var/tmp
rm -f etc/machine-id etc/dpkg/dpkg.cfg.d/99mmdebstrap etc/.pwd.lock
rm -f etc/passwd- etc/group- etc/shadow- etc/gshadow- etc/subuid- etc/subgid-
find var/lib/dpkg -name '*-old' -delete
find . -name __pycache__ -type d -prune -exec rm -rf {} +
# New files: those that mmdebstrap copied have the modes that the engine gave them, and Podman's may be executed.
rm -f etc/hostname etc/hosts etc/resolv.conf
echo majek-lab >etc/hostname
printf '127.0.0.1 localhost\n::1 localhost\n' >etc/hosts
: >etc/resolv.conf
echo '# The packages of this root are those of lab.lock; it has no package source.' >etc/apt/sources.list

tar --create --file /lab/rootfs.tar --format=gnu --sort=name --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" .
