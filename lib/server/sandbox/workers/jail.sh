#!/bin/sh
# Runs a command in a root folder of its own: jail.sh <empty folder> <readable folder>… -- <command>…
# Called in mount and process namespaces of its own, so nothing of this is seen outside.
set -eu
# The server keeps its own files to itself; who is inside is another user, and must find the way to what it may read.
umask 022
room=$1
shift
mount -t tmpfs -o size=64m,mode=755,nosuid,nodev tmpfs "$room"

readable() {
  mkdir -p "$room$1"
  mount --bind "$1" "$room$1"
  mount -o remount,bind,ro,nosuid,nodev "$room$1" 2>/dev/null || mount -o remount,bind,ro "$room$1"
}

for folder in /usr /bin /sbin /lib /lib32 /lib64; do
  if [ -L "$folder" ]; then cp -P "$folder" "$room$folder"; elif [ -d "$folder" ]; then readable "$folder"; fi
done
while [ "$1" != "--" ]; do
  readable "$1"
  shift
done
shift

mkdir -p "$room/tmp" "$room/dev"
chmod 1777 "$room/tmp"
for device in null zero urandom random; do
  : >"$room/dev/$device"
  mount --bind "/dev/$device" "$room/dev/$device"
done
echo 1000 >/proc/self/oom_score_adj 2>/dev/null || true
cd "$room"
exec chroot "$room" /usr/bin/env -i PATH=/usr/bin:/bin:/usr/sbin:/sbin "$@"
