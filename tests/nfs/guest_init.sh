#!/bin/sh
# The first process of a guest that uml.py boots. Puts a layer in memory over the host's file system, which is
# mounted read-only, so that the guest can write everywhere and the host's files never change. Then runs the
# shell script $bw_command and powers off.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
mount -t proc proc /proc
mountpoint -q /dev || mount -t devtmpfs dev /dev
exec </dev/null >/dev/tty0 2>&1
echo up >/dev/ttyS0
(sleep "$bw_seconds" && echo "guest: out of time" && echo o >/proc/sysrq-trigger) &

modules=/usr/lib/uml/modules/$(uname -r)
insmod "$modules/kernel/fs/overlayfs/overlay.ko"
mount -t tmpfs memory /mnt
mkdir /mnt/changes /mnt/work /mnt/root
mount -t overlay -o lowerdir=/,upperdir=/mnt/changes,workdir=/mnt/work overlay /mnt/root
cd /mnt/root || exit 1
mount -t proc proc proc
mount -t sysfs sys sys
mount -t devtmpfs dev dev
mount -t tmpfs run run
mkdir -p usr/lib/modules host
ln -s "$modules" usr/lib/modules/
pivot_root . host
exec chroot . /bin/sh -c '
  ip link set lo up
  sh "$bw_command"
  echo "ended $?" >/dev/ttyS0
  echo o >/proc/sysrq-trigger
  sleep 60'
