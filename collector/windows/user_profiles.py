r"""Profiles that users have left here, by the names of their folders: C:\Users\anna, and C:\Users\anna.CORP where that was taken."""

import re
from collections import Counter
from collections.abc import Mapping
from pathlib import PureWindowsPath
from typing import Any

from collector.facts import Fact
from collector.probe import Frames, Probe, ProbeError, Source
from collector.windows.answers import read_object

USER_PROFILES = Source(
    "user_profiles",
    r"""
$list = 'SOFTWARE\Microsoft\Windows NT\CurrentVersion\ProfileList'
$found = @{}
foreach ($sid in @(Get-Subkeys LocalMachine $list | Where-Object { $_ -match '^S-1-(5-21|12-1)-[0-9-]+$' })) {
  $found[$sid] = Read-Registry LocalMachine "$list\$sid" 'ProfileImagePath'
}
Format-Json $found
""",
)


def parse(frames: Frames) -> Mapping[str, Any]:
    """{"names": ["anna"], "names_used_twice": []}"""
    answer = read_object(frames, USER_PROFILES)
    if not all(isinstance(path, str) and PureWindowsPath(path).name for path in answer.values()):
        raise ProbeError(f"{USER_PROFILES.name}: a profile without a folder")
    # The SID up to its last number is the machine's or the domain's that gave it.
    known = Counter((_account(str(path)), sid.rpartition("-")[0]) for sid, path in answer.items())
    return {
        "names": sorted({name for name, _ in known}),
        "names_used_twice": sorted({name for (name, _), times in known.items() if times > 1}),
    }


def _account(path: str) -> str:
    """The account's name: the folder's without the domain and the number that Windows puts behind one that is taken."""
    folder = re.sub(r"\.\d{3}$", "", PureWindowsPath(path).name)
    return folder.split(".")[0].lower()


PROBES = (
    Probe(
        name="user_profiles",
        sources=(USER_PROFILES,),
        facts=(
            Fact("names", "strings", "names of accounts that have a profile here"),
            Fact("names_used_twice", "strings", "names under which one machine or domain has known two accounts, one after the other"),
        ),
        parse=parse,
    ),
)
