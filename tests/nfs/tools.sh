#!/usr/bin/env bash
# Fetches Debian's NFS server and client, for the guests of uml.py, into build/nfs-tools. They are unpacked and not
# installed: installed, they would start services on this machine.
set -euo pipefail
cd "$(dirname "$0")/../.."
[ ! -d build/nfs-tools ] || exit 0
packages='nfs-common nfs-kernel-server'

new=$(mktemp -d)
trap 'rm -rf "$new"' EXIT
mkdir "$new/root" "$new/tools"
cd "$new"
echo "Fetching from Debian: $packages"
apt-get -q download $packages
for package in ./*.deb; do
  dpkg-deb -x "$package" root
done
cp -P root/sbin/* root/usr/sbin/* tools/
cd "$OLDPWD"
mkdir -p build
cp -RP "$new/tools" build/nfs-tools
