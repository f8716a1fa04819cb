#!/usr/bin/env bash
# Proves the Dockerfile's steps where no Docker runs: a fresh Debian 12 root for each of its stages, made by
# debootstrap, with the same scripts run in it, by chroot. Needs root and a network; takes a few minutes.
#
#   tests/image/run.sh [DIRECTORY]    where the roots go (default: a temporary directory, removed afterwards)
set -euo pipefail
cd "$(dirname "$0")/../.."
[ "$(id -u)" = 0 ] || exec sudo "$0" "$@"

base=${1:-$(mktemp -d /var/tmp/breakwater-image.XXXXXX)}
server=
finish() {
  [ -z "$server" ] || { kill -TERM "$server" 2>/dev/null && wait "$server"; } || true
  for root in "$base"/build "$base"/server; do
    umount "$root/proc" "$root/dev" 2>/dev/null || true
  done
  [ -n "${1-}" ] || rm -rf --one-file-system "$base"
}
trap 'finish "${1-}"' EXIT

# Where this machine's apt takes Debian from; empty: debootstrap's own choice.
mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | sed '/^#/d' |
  grep -oE 'https?://[^ ]+/debian/?( |$)' | head -n 1 | tr -d ' ') || true

# fresh NAME: a new root that installs from the same place, and starts no services.
fresh() {
  debootstrap --variant=minbase bookworm "$base/$1" $mirror >"$base/$1.log"
  for suite in bookworm bookworm-updates; do
    [ -z "$mirror" ] || echo "deb $mirror $suite main"
  done >"$base/$1/etc/apt/sources.list.new"
  [ ! -s "$base/$1/etc/apt/sources.list.new" ] || mv "$base/$1/etc/apt/sources.list.new" "$base/$1/etc/apt/sources.list"
  printf '#!/bin/sh\nexit 101\n' >"$base/$1/usr/sbin/policy-rc.d"
  chmod +x "$base/$1/usr/sbin/policy-rc.d"
  cp /etc/resolv.conf "$base/$1/etc/" 2>/dev/null || true
  mount -t proc proc "$base/$1/proc"
  mount --bind /dev "$base/$1/dev"
}

in_root() { chroot "$base/$1" /usr/bin/env -i HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "${@:2}"; }

echo "== stage build"
fresh build
mkdir "$base/build/src"
git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents -t "$base/build/src"
in_root build sh -c 'cd /src && docker/packages.sh cmake/packages/build.txt && docker/build.sh'

echo "== stage server"
fresh server
mkdir "$base/server/tmp/docker"
cp docker/packages.sh docker/runtime.txt docker/user.sh "$base/server/tmp/docker/"
in_root server sh -c 'cd /tmp && docker/packages.sh docker/runtime.txt && docker/user.sh && rm -r docker'
cp docker/health.sh "$base/server/usr/local/bin/breakwater-health"
cp "$base/build/src/build/release/breakwater" "$base/server/usr/local/bin/"

echo "== run as its own user"
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
export BREAKWATER_ROOT_PASSWORD="image test"
chroot --userspec=breakwater:breakwater "$base/server" /usr/bin/env HOME=/var/lib/breakwater \
  breakwater serve --data-dir /var/lib/breakwater --listen "127.0.0.1:$port" &
server=$!
for _ in $(seq 100); do
  in_root server breakwater-health "$port" 2>/dev/null && break
  kill -0 "$server"
  sleep 0.1
done
in_root server breakwater-health "$port"
docker/first-session.sh 127.0.0.1 "$port" /backup
in_root server ls -lR /backup
kill -TERM "$server"
wait "$server"
server=
echo "== the image's steps work"
