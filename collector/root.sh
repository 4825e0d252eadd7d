#!/bin/sh
# closeout @COLLECTOR@: collects configuration facts of the system installed below a directory of this machine. It only reads.
root=@ROOT@
script=@SCRIPT@

enter() {
  case $(id -u) in 0) ;; *) echo "closeout: only root may enter $root; run this as root" >&2; exit 77 ;; esac
  if [ ! -d "$root" ]; then echo "closeout: $root is not a directory; mount the image there first" >&2; exit 66; fi
  if [ ! -x "$root/bin/sh" ] && [ ! -L "$root/bin/sh" ]; then echo "closeout: $root holds no /bin/sh, so nothing can be asked there" >&2; exit 66; fi
  if [ -e "$root/proc/version" ] || [ -d "$root/sys/kernel" ]; then
    echo "closeout: /proc or /sys is mounted below $root, and would tell of this machine; unmount them there first" >&2
    exit 69
  fi
  SYSTEMD_OFFLINE=1
  export SYSTEMD_OFFLINE
  printf '%s' "$script" | chroot "$root" /bin/sh -s
}

enter
