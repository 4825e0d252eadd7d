#!/bin/sh
# What every lab host has alike, beyond its packages. Argument: the root file system that mmdebstrap has just built.
# A host's own name, keys and passwords are added when it starts.
set -eu
root=$1
rm -f "$root"/etc/ssh/ssh_host_* "$root/etc/resolv.conf" "$root/etc/machine-id"
chroot "$root" /bin/sh -eu <<'END'
useradd --create-home --shell /bin/bash --uid 1001 scan
useradd --create-home --shell /bin/bash --uid 1002 ask
useradd --create-home --shell /bin/bash --uid 1003 plain
# Debian has a group `tty` already, so this user cannot have one of its own name.
useradd --create-home --shell /bin/bash --uid 1004 --gid users tty
echo 'scan ALL=(ALL:ALL) NOPASSWD: ALL' >/etc/sudoers.d/scan
echo 'ask ALL=(ALL:ALL) ALL' >/etc/sudoers.d/ask
printf 'Defaults:tty requiretty\ntty ALL=(ALL:ALL) NOPASSWD: ALL\n' >/etc/sudoers.d/tty
chmod 440 /etc/sudoers.d/*
END
