"""Shares of the file server, and who gets at what: the share's own permissions and those of its folder hold together."""

from collections.abc import Collection, Mapping
from typing import Any, Final

from collector.facts import Fact, Unknown, Value
from collector.probe import Frames, Probe, ProbeError, Source
from collector.windows.access_lists import CHANGE_FILE, ORDINARY, READ_DATA, STRANGER, AccessList, read_access_list
from collector.windows.answers import Answer, member, or_unknown, read_objects
from collector.windows.codes import boolean

SHARES = Source(
    "shares",
    r"""
if ((Get-ServiceStates)['LanmanServer'] -ne 'Running') { Skip-Absent 'the file server does not run' }
$found = foreach ($one in @(Get-Instances 'root/Microsoft/Windows/SMB' 'MSFT_SmbShare')) {
  $folder = $null
  $problem = $null
  if (-not $one.Special -and $one.Path) {
    try { $folder = (Get-Acl -LiteralPath $one.Path).Sddl } catch { $problem = $_.Exception.GetType().FullName }
  }
  @{
    name = $one.Name
    path = $one.Path
    special = $one.Special
    encrypted = $one.EncryptData
    share = $one.SecurityDescriptor
    folder = $folder
    problem = $problem
  }
}
Format-Json @($found | Sort-Object { $_.name })
""",
    seconds=30,
)
_LISTS: Final = ("readable_by_strangers", "readable_by_all_users", "writable_by_all_users", "unencrypted")


def parse(frames: Frames) -> Mapping[str, Any]:
    r"""{"running": true, "names": ["projects"], "by_name": {"projects": {"path": "D:\\Projects", ...}}, "writable_by_all_users": []}"""
    if frames.absent(SHARES):
        return {"running": False, "names": [], "by_name": {}} | {name: [] for name in _LISTS}
    answers = [one for one in read_objects(frames, SHARES) if one.get("special") is not True]
    if not all(isinstance(one.get("name"), str) and one["name"] for one in answers):
        raise ProbeError(f"{SHARES.name}: a share without a name")
    shares = {str(one["name"]): _share(one) for one in answers}
    return {
        "running": True,
        "names": sorted(shares),
        "by_name": shares,
        "readable_by_strangers": _names_where(answers, STRANGER, READ_DATA),
        "readable_by_all_users": _names_where(answers, ORDINARY, READ_DATA),
        "writable_by_all_users": _names_where(answers, ORDINARY, CHANGE_FILE),
        "unencrypted": _unencrypted(shares),
    }


def _share(one: Answer) -> dict[str, Value | Unknown]:
    return {
        "path": member(one, "path"),
        "encrypted": boolean(one, "encrypted"),
        "readers": or_unknown(lambda: _access_list(one, "share").holders(READ_DATA)),
        "writers": or_unknown(lambda: _access_list(one, "share").holders(CHANGE_FILE)),
    }


def _access_list(one: Answer, which: str) -> AccessList:
    text = one.get(which)
    if not isinstance(text, str) or not text:
        reason = f": {str(one['problem'])[:80]}" if one.get("problem") else ""
        raise ProbeError(
            f"the permissions of the share {str(one['name'])[:60]} ({which}) could not be read{reason}; collect as an administrator"
        )
    return read_access_list(text)


def _names_where(answers: list[Answer], token: Collection[str], rights: int) -> list[str] | Unknown:
    """Shares at which somebody with these SIDs has any of these rights, by both lists; where none is found, one not known decides."""
    found, unclear = [], None
    for one in answers:
        may = or_unknown(lambda one=one: _may(one, token, rights))  # type: ignore[misc] # the default binds this round's share
        unclear = unclear or (may if isinstance(may, Unknown) else None)
        found += [str(one["name"])] if may is True else []
    return sorted(found) or unclear or []


def _may(one: Answer, token: Collection[str], rights: int) -> bool:
    shared = _access_list(one, "share").rights(token)
    return bool(shared & rights and shared & _access_list(one, "folder").rights(token) & rights)


def _unencrypted(shares: Mapping[str, Mapping[str, Value]]) -> list[str] | Unknown:
    unclear = next((one["encrypted"] for one in shares.values() if isinstance(one["encrypted"], Unknown)), None)
    return unclear or sorted(name for name, one in shares.items() if one["encrypted"] is not True)


PROBES = (
    Probe(
        name="shares",
        sources=(SHARES,),
        facts=(
            Fact("running", "boolean", "the file server runs"),
            Fact("names", "strings", "shares that somebody made; those of Windows for administrators are left out"),
            Fact("by_name.*.path", "string", "the folder that is shared"),
            Fact("by_name.*.encrypted", "boolean", "what goes to and from it is encrypted"),
            Fact("by_name.*.readers", "strings", "SIDs that the share itself lets read; -513 and the like are groups of a domain"),
            Fact("by_name.*.writers", "strings", "SIDs that the share itself lets change"),
            Fact("readable_by_strangers", "strings", "shares that somebody without an account may read, by share and folder together"),
            Fact("readable_by_all_users", "strings", "shares that everybody with an account may read, by share and folder together"),
            Fact("writable_by_all_users", "strings", "shares that everybody with an account may change, by share and folder together"),
            Fact("unencrypted", "strings", "shares that are not marked as encrypted; the server may encrypt all of them all the same"),
        ),
        parse=parse,
    ),
)
