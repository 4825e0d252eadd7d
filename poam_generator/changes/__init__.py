"""Groups what is to be mended by the place where it is mended, so that people work through changes and not through findings."""

from collections.abc import Callable, Mapping
from typing import Final

from poam_generator.changes.ansible import write_ansible
from poam_generator.changes.group import HostToMend, Part, PlannedChange, Weakness, Winner, plan_changes
from poam_generator.changes.places import Place
from poam_generator.changes.powershell import write_powershell
from poam_generator.changes.shell import write_shell

__all__ = ["ENDINGS", "WRITERS", "HostToMend", "Part", "Place", "PlannedChange", "Weakness", "Winner", "languages_of", "plan_changes"]

WRITERS: Final[Mapping[str, Callable[[PlannedChange], str]]] = {
    "ansible": write_ansible,
    "shell": write_shell,
    "powershell": write_powershell,
}
ENDINGS: Final[Mapping[str, str]] = {"ansible": "yml", "shell": "sh", "powershell": "ps1"}


def languages_of(change: PlannedChange) -> tuple[str, ...]:
    """The languages in which a change can be written."""
    if change.place.kind == "gpo":
        return ("powershell",)
    return ("ansible", "powershell" if change.place.platform == "windows" else "shell")
