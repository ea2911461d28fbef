#!/bin/sh
# Makes a root file system from exactly the packages in /lab/repo, without network:
# /lab/rootfs.tar, whose bytes depend on nothing but the packages and the files beside this one.
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

sh /lab/tidy.sh "$root"

# The archive has no place for extended attributes (capabilities of programs, access lists): none may be lost in silence.
# A label of SELinux is the host's.
python3 - "$root" <<'END'
import os
import sys

root = sys.argv[1]
for folder, folders, files in os.walk(root):
    for path in (os.path.join(folder, name) for name in folders + files):
        kept = [one for one in os.listxattr(path, follow_symlinks=False) if one != "security.selinux"]
        if kept:
            sys.exit(f"E: a root file system cannot keep {kept[0]} of {path[len(root):]}: lock the lab without its package")
END

tar --create --file /lab/rootfs.tar --format=gnu --sort=name --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" -C "$root" .
