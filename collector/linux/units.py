"""Which systemd units start with the host, and which run now, as other probes ask it of the sources of the services probe."""

from collector.facts import Unknown
from collector.linux.services import ACTIVE as RUNNING
from collector.linux.services import read_active
from collector.linux.unit_files import UNIT_FILES as ENABLED
from collector.linux.unit_files import read_units
from collector.probe import Frames, ProbeError

__all__ = ["ENABLED", "RUNNING", "running", "runs", "starting", "starts"]


def starting(frames: Frames, names: tuple[str, ...]) -> list[str] | Unknown:
    """Those of these units that start with the host; Unknown where there is no systemd."""
    try:
        at_boot = read_units(frames).at_boot
    except ProbeError as error:
        return Unknown(str(error))
    return [name for name in names if name in at_boot]


def starts(frames: Frames, *names: str) -> bool | Unknown:
    """Whether one of these units starts with the host."""
    found = starting(frames, names)
    return found if isinstance(found, Unknown) else bool(found)


def running(frames: Frames, names: tuple[str, ...]) -> list[str] | Unknown:
    """Those of these units that run now; Unknown where systemd does not answer."""
    try:
        if frames.absent(RUNNING):
            return Unknown("systemd is not installed here, so what runs now was not read")
        states = read_active(frames.text(RUNNING))
    except ProbeError as error:
        return Unknown(str(error))
    return [name for name in names if states.get(name) in ("active", "activating", "reloading")]


def runs(frames: Frames, *names: str) -> bool | Unknown:
    """Whether one of these units runs now."""
    found = running(frames, names)
    return found if isinstance(found, Unknown) else bool(found)
