#!/bin/sh
# The first process of a lab host: builds the host's root file system, moves into it and stays until its standard input ends.
# Arguments: the shared Debian root, an empty directory to work in, the archive of the host's own files, the host's name.
# It is started in new mount, pid, net, uts and ipc namespaces, so all that it mounts goes when it goes.
set -eu
umask 022
base=$1 work=$2 own_files=$3 name=$4

# /proc is still that of the machine: this is the number by which the machine knows this process.
read -r pid _ </proc/self/stat
echo "$pid"

mount -t tmpfs -o mode=755,size=512m host "$work"
mkdir "$work/upper" "$work/work" "$work/root"
mount -t overlay -o "lowerdir=$base,upperdir=$work/upper,workdir=$work/work" overlay "$work/root"
cd "$work/root"
tar -x -f "$own_files" --no-overwrite-dir

mount -t proc -o nosuid,nodev,noexec proc proc
mount -t sysfs -o ro,nosuid,nodev,noexec sysfs sys
mount -t tmpfs -o nosuid,mode=755 udev dev
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,gid=5,mode=620,ptmxmode=666 devpts dev/pts
mount -t tmpfs -o nosuid,nodev tmpfs dev/shm
mount -t tmpfs -o nosuid,nodev,noexec,mode=755 tmpfs run
mkdir run/sshd run/lock
mknod -m 666 dev/null c 1 3
mknod -m 666 dev/zero c 1 5
mknod -m 666 dev/full c 1 7
mknod -m 666 dev/random c 1 8
mknod -m 666 dev/urandom c 1 9
mknod -m 666 dev/tty c 5 0
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd

# The kernel is shared with the machine: a test may change what belongs to the host's own network, and no other setting.
echo "$name" >proc/sys/kernel/hostname
for shared in proc/sys/kernel proc/sys/vm proc/sys/fs proc/sys/dev proc/sysrq-trigger; do
  if [ -e "$shared" ]; then mount --bind -o ro "$shared" "$shared"; fi
done

pivot_root . mnt
cd /
umount -l /mnt

# Now the lab plugs in the network card, then sends its address.
echo built
read -r address
ip -batch - <<COMMANDS
link set lo up
address add $address dev eth0
link set eth0 up
COMMANDS
echo ready
exec >/dev/null
# A shell that waits also reaps what loses its parent, as the first process of a host must.
exec /bin/sh -c 'cat >/dev/null; exit 0'
