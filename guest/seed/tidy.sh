#!/bin/sh
# Drops from a root file system what /lab/volatile.tsv lists, and writes the few files that every root has anew.
# Usage: tidy.sh ROOT
set -eu
umask 022
cd "$1"
tab=$(printf '\t')
while IFS="$tab" read -r path reason; do
    case $path in
    "#"*) ;;
    "->"*) find . -lname "${path#->}" -exec rm {} + ;;
    *) find . -path "./$path" -prune -exec rm -rf {} + ;;
    esac
done </lab/volatile.tsv

# New files: the modes of those that were dropped came from the maker's engine.
echo majek-lab >etc/hostname
printf '127.0.0.1 localhost\n::1 localhost\n' >etc/hosts
: >etc/resolv.conf
mkdir -p etc/apt
echo '# The packages of this root are those of lab.lock; it has no package source.' >etc/apt/sources.list
