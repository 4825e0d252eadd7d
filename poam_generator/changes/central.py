"""Which settings of a check a Group Policy object decides, so that a plan names the object and not the host."""

from collections.abc import Iterable, Mapping
from typing import Any

from checks.model import Check
from checks.settings import list_settings
from poam_generator.changes.group import HostToMend, winner_of
from poam_generator.lint.model import CentralSetting
from poam_generator.names import join_names


def central_settings(check: Check, parameters: Mapping[str, Any], hosts: Iterable[HostToMend]) -> tuple[CentralSetting, ...]:
    """Each setting with the object that wins it and the hosts where it does, in the order of the check."""
    found: dict[tuple[str, str], list[str]] = {}
    settings = [setting for setting in list_settings(check, parameters) if setting.platform == "windows"]
    for host in hosts:
        for setting in settings if host.platform == "windows" else ():
            winner = winner_of(setting, host.winners)
            names = found.setdefault((setting.key, winner.gpo), []) if winner else []
            if host.host_name not in names:
                names.append(host.host_name)
    return tuple(CentralSetting(key, gpo, tuple(sorted(names))) for (key, gpo), names in found.items())


def say_central(settings: Iterable[CentralSetting]) -> str:
    """What a remediation says of them, one line each; empty where no object decides."""
    return "\n".join(
        f"Today the Group Policy object {one.gpo!r} sets {one.key} on {join_names(one.hosts)}: change it there, "
        "since a local edit is undone at the next refresh."
        for one in settings
    )
