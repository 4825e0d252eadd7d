"""Access lists as Windows writes them (SDDL): who may do what to an object, by SID. Pure.

The grammar: Microsoft Open Specifications, [MS-DTYP] 2.5.1; the order in which entries count: 2.5.3.2.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from collector.probe import ProbeError

EVERYONE, ANONYMOUS, AUTHENTICATED, NETWORK, INTERACTIVE = "S-1-1-0", "S-1-5-7", "S-1-5-11", "S-1-5-2", "S-1-5-4"
USERS, GUESTS = "S-1-5-32-545", "S-1-5-32-546"
# Of a domain's or a machine's own accounts, whose SIDs differ from place to place, the last number says what they are.
DOMAIN_USERS, DOMAIN_GUESTS, GUEST = "-513", "-514", "-501"
# What stands in the token of anybody who can log on, and of somebody who has no account here.
ORDINARY: Final = frozenset((EVERYONE, AUTHENTICATED, USERS, INTERACTIVE, NETWORK, DOMAIN_USERS))
STRANGER: Final = frozenset((EVERYONE, ANONYMOUS, NETWORK, GUESTS, DOMAIN_GUESTS, GUEST))

READ_DATA, WRITE_DATA, APPEND_DATA, DELETE_CHILD = 0x1, 0x2, 0x4, 0x40
DELETE, WRITE_DAC, WRITE_OWNER = 0x10000, 0x40000, 0x80000
OVER_ALL = DELETE | WRITE_DAC | WRITE_OWNER
CHANGE_FILE = WRITE_DATA | APPEND_DATA | OVER_ALL
CHANGE_FOLDER = WRITE_DATA | DELETE_CHILD | OVER_ALL
MAKE_FOLDER = CHANGE_FOLDER | APPEND_DATA
_ALL = 0x1F01FF
_GENERIC = {0x10000000: _ALL, 0x80000000: 0x120089, 0x40000000: 0x120116, 0x20000000: 0x1200A0}
_RIGHTS: Final = {
    "GA": 0x10000000, "GR": 0x80000000, "GW": 0x40000000, "GX": 0x20000000, "RC": 0x20000, "SD": DELETE, "WD": WRITE_DAC, "WO":
    WRITE_OWNER, "CC": 0x1, "DC": 0x2, "LC": 0x4, "SW": 0x8, "RP": 0x10, "WP": 0x20, "DT": 0x40, "LO": 0x80, "CR": 0x100, "FA":
    _ALL, "FR": 0x120089, "FW": 0x120116, "FX": 0x1200A0,
}  # fmt: skip
_SIDS: Final = {
    "WD": EVERYONE, "AN": ANONYMOUS, "AU": AUTHENTICATED, "NU": NETWORK, "IU": INTERACTIVE, "SU": "S-1-5-6", "SY": "S-1-5-18",
    "LS": "S-1-5-19", "NS": "S-1-5-20", "CO": "S-1-3-0", "CG": "S-1-3-1", "OW": "S-1-3-4", "RC": "S-1-5-12", "WR": "S-1-5-33",
    "AC": "S-1-15-2-1", "PS": "S-1-5-10", "ED": "S-1-5-9", "BA": "S-1-5-32-544", "BU": USERS, "BG": GUESTS, "PU": "S-1-5-32-547",
    "AO": "S-1-5-32-548", "SO": "S-1-5-32-549", "PO": "S-1-5-32-550", "BO": "S-1-5-32-551", "RE": "S-1-5-32-552", "RU":
    "S-1-5-32-554", "RD": "S-1-5-32-555", "NO": "S-1-5-32-556", "MU": "S-1-5-32-558", "LU": "S-1-5-32-559", "IS": "S-1-5-32-568",
    "CY": "S-1-5-32-569", "ER": "S-1-5-32-573", "CD": "S-1-5-32-574", "RA": "S-1-5-32-575", "ES": "S-1-5-32-576", "MS":
    "S-1-5-32-577", "HA": "S-1-5-32-578", "AA": "S-1-5-32-579", "RM": "S-1-5-32-580", "LA": "-500", "LG": GUEST, "DA": "-512",
    "DU": DOMAIN_USERS, "DG": DOMAIN_GUESTS, "DC": "-515", "DD": "-516", "CA": "-517", "SA": "-518", "EA": "-519", "PA": "-520",
    "RS": "-553", "RO": "-498", "CN": "-522", "AP": "-525", "KA": "-526", "EK": "-527",
}  # fmt: skip
_LIST = re.compile(r"D:([A-Z_]*)((?:\([^()]*\))*)")
_ENTRY = re.compile(r"\(([A-Z]*);([A-Z]*);([^;()]*);[^;()]*;[^;()]*;([^;()]*)\)")
_SID = re.compile(r"S-1(-\d{1,15}){1,16}")
_INHERITED_ONLY = "IO"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a list: rights as bits, and the SID that they are given to or kept from, -513 and the like for a domain's groups."""

    allows: bool
    rights: int
    sid: str


@dataclass(frozen=True, slots=True)
class AccessList:
    """The entries that count for the object itself, in order; None where there is no list, and everybody may do everything."""

    entries: tuple[Entry, ...] | None

    def rights(self, token: Collection[str]) -> int:
        """What somebody with these SIDs may do, as bits; an entry counts only for what no entry before it has settled."""
        if self.entries is None:
            return _ALL
        given = kept = 0
        for entry in self.entries:
            if _in_token(entry.sid, token):
                given |= entry.rights & ~kept if entry.allows else 0
                kept |= entry.rights & ~given if not entry.allows else 0
        return given

    def holders(self, rights: int) -> list[str]:
        """The SIDs to which an entry gives any of these rights, in order."""
        if self.entries is None:
            return [EVERYONE]
        return sorted({entry.sid for entry in self.entries if entry.allows and entry.rights & rights})


def read_access_list(text: str) -> AccessList:
    """The list in a security descriptor; raises ProbeError on what is none, and on entries whose conditions are not understood."""
    found = _LIST.search(text)
    if not found:
        raise ProbeError(f"{text[:80]!r} is no access list in SDDL that is understood here")
    if "NO_ACCESS_CONTROL" in found[1]:
        return AccessList(None)
    end = text[found.end() :]
    if end and not end.startswith("S:"):
        raise ProbeError(f"an access list has an entry that is not understood here: {end[:80]!r}")
    entries = [_ENTRY.fullmatch(one) for one in re.findall(r"\([^()]*\)", found[2])]
    if None in entries:
        raise ProbeError(f"an access list has an entry that is not understood here: {found[2][:80]!r}")
    return AccessList(tuple(_entry(*one.groups()) for one in entries if one and _INHERITED_ONLY not in _pairs(one[2])))


def _entry(kind: str, _flags: str, rights: str, sid: str) -> Entry:
    if kind not in {"A", "D"}:
        raise ProbeError(f"an access list has an entry of the kind {kind[:8]!r}, which is not understood here")
    return Entry(kind == "A", _read_rights(rights), _read_sid(sid))


def _read_rights(text: str) -> int:
    try:
        bits = int(text, 0) if text[:1].isdigit() else sum({_RIGHTS[pair] for pair in _pairs(text)})
    except (KeyError, ValueError) as error:
        raise ProbeError(f"an access list names rights that are not understood here: {text[:40]!r}") from error
    for generic, meant in _GENERIC.items():
        bits |= meant if bits & generic else 0
    return bits & _ALL


def _read_sid(text: str) -> str:
    sid = _SIDS.get(text, text)
    if not sid.startswith("-") and not _SID.fullmatch(sid):
        raise ProbeError(f"an access list names {text[:60]!r}, which is no SID")
    return sid


def _pairs(text: str) -> list[str]:
    return [text[place : place + 2] for place in range(0, len(text), 2)]


def _in_token(sid: str, token: Collection[str]) -> bool:
    tail = sid[sid.rindex("-") :]
    return sid in token or (sid.startswith("S-1-5-21-") and tail in token)
