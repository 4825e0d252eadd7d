"""A network of the test process's own: only loopback, and what the tests build in it.

The process leaves the machine's network namespace for a new, nameless one. So it reaches the hosts of a lab like any client
would, nothing that a test sends can leave the machine, several sessions run side by side with the same addresses, and the
kernel removes all of it when the process ends, however it ends.
"""

import ctypes
import fcntl
import os
import socket
import struct
from collections.abc import Sequence
from functools import cache

from tests.support import SupportError
from tests.support.machine import require_command, require_root

_CLONE_NEWNET = 0x40000000  # <sched.h>; os.unshare came with Python 3.12
_SIOCSIFFLAGS = 0x8914  # <linux/sockios.h>
_IFF_UP = 0x1


@cache
def enter_private_network() -> int:
    """Move the calling thread, and whatever it starts from now on, into a new network; return the old network's descriptor.

    A second call changes nothing. Call it before threads are started, because those stay behind. Raises SupportError.
    """
    require_root("A network namespace for the test hosts")
    outside = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_CLONE_NEWNET) != 0:
        reason = os.strerror(ctypes.get_errno())
        os.close(outside)
        raise SupportError(f"this machine refuses a network namespace ({reason}): a container needs --privileged or CAP_SYS_ADMIN.")
    _raise_loopback()
    return outside


def _raise_loopback() -> None:
    """Bring `lo` up, which also gives it 127.0.0.1."""
    request = struct.pack("16sh14x", b"lo", _IFF_UP)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, _SIOCSIFFLAGS, request)


def run_outside(command: Sequence[str]) -> list[str]:
    """Return the command that runs `command` in the machine's own network, for the few that must reach a package archive."""
    descriptor = enter_private_network()
    return [require_command("nsenter"), f"--net=/proc/{os.getpid()}/fd/{descriptor}", "--", *command]
