"""The calls, files and programs whose audit records are looked for on every host, whatever its rules name."""


def words(text: str) -> tuple[str, ...]:
    """The words of a text."""
    return tuple(text.split())


SYSCALLS = words(
    "chmod fchmod fchmodat fchmodat2 chown fchown fchownat lchown setxattr lsetxattr fsetxattr removexattr lremovexattr fremovexattr "
    "open openat openat2 open_by_handle_at creat truncate ftruncate rename renameat renameat2 unlink unlinkat rmdir link linkat "
    "symlink symlinkat mkdir mkdirat mknod mknodat mount umount2 umount init_module finit_module delete_module create_module "
    "adjtimex settimeofday stime clock_settime execve sethostname setdomainname setuid setgid setreuid setregid ptrace "
    "bpf perf_event_open kexec_load swapon swapoff reboot"
)
WATCHED = words(
    "/etc/passwd /etc/shadow /etc/group /etc/gshadow /etc/security/opasswd /etc/sudoers /etc/sudoers.d /etc/localtime /etc/selinux "
    "/etc/apparmor /etc/apparmor.d /etc/audit /etc/hosts /etc/hostname /etc/issue /etc/issue.net /etc/network /etc/netplan "
    "/etc/sysconfig/network /etc/sysconfig/network-scripts /etc/NetworkManager /etc/ssh/sshd_config /etc/pam.d /etc/login.defs "
    "/etc/crontab /etc/cron.d /etc/security /etc/nsswitch.conf /etc/modprobe.d /etc/sysctl.conf /etc/sysctl.d "
    "/run/utmp /var/log/btmp /var/log/wtmp /var/log/lastlog /var/log/faillog /var/log/faillock /run/faillock /var/log/tallylog "
    "/var/log/sudo.log /var/log/audit /usr/share/selinux /sbin/insmod /usr/sbin/insmod /var/spool/cron /etc/pam.conf /var/log/journal"
)
COMMANDS = words(
    "/usr/bin/sudo /usr/bin/sudoedit /usr/bin/su /usr/bin/passwd /usr/bin/chage /usr/bin/chfn /usr/bin/chsh /usr/bin/gpasswd "
    "/usr/bin/newgrp /usr/bin/newuidmap /usr/bin/newgidmap /usr/bin/mount /usr/bin/umount /usr/bin/crontab /usr/bin/at "
    "/usr/bin/pkexec /usr/bin/chacl /usr/bin/setfacl /usr/bin/chcon /usr/bin/kmod /usr/bin/ssh-agent /usr/bin/fusermount "
    "/usr/bin/fusermount3 /usr/libexec/dbus-1/dbus-daemon-launch-helper /usr/bin/write /usr/bin/wall /usr/bin/screen /usr/bin/expiry "
    "/usr/bin/systemd-run /usr/sbin/usermod /usr/sbin/unix_chkpwd /usr/sbin/unix_update /usr/sbin/unix2_chkpwd "
    "/usr/sbin/pam_timestamp_check /usr/sbin/pam_extrausers_chkpwd /usr/sbin/postdrop /usr/sbin/postqueue /usr/sbin/userhelper "
    "/usr/sbin/usernetctl /usr/sbin/seunshare /usr/sbin/semanage /usr/sbin/setfiles /usr/sbin/setsebool /usr/sbin/restorecon "
    "/usr/sbin/grub2-set-bootflag /usr/sbin/netreport /usr/sbin/rmmod /usr/sbin/insmod /usr/sbin/modprobe /usr/sbin/shutdown "
    "/usr/sbin/reboot /usr/sbin/poweroff /usr/sbin/halt /usr/sbin/init /usr/sbin/fdisk /usr/sbin/apparmor_parser "
    "/usr/libexec/openssh/ssh-keysign /usr/lib/openssh/ssh-keysign "
    "/usr/lib/ssh/ssh-keysign /usr/libexec/pt_chown /usr/lib/polkit-1/polkit-agent-helper-1 "
    "/usr/lib/dbus-1.0/dbus-daemon-launch-helper /usr/sbin/mount.nfs"
)
