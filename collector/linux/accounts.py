"""The accounts and groups of the host's own files: who there is, who could log in, who is in a group that gives power."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from collector.facts import Fact, Unknown
from collector.linux.login_defs import LOGIN_DEFS, read_login_defs
from collector.probe import Frames, Probe, ProbeError, Source

# A password field becomes a word here, so that no hash leaves the host.
ACCOUNTS = Source(
    "accounts",
    """
for file in /etc/passwd /etc/group; do
  [ -r "$file" ] || { echo "$file: cannot be read" >&2; exit 1; }
done
awk -F: '
  FNR == 1 { print "@file " FILENAME }
  /^[ \\t]*$/ { next }
  FNR > 20000 { if (FNR == 20001) print "@cut"; next }
  /^[+-]/ && $1 !~ /[$]/ { print ":nis:" substr($1, 1, 33); next }
  { wanted = (FILENAME == "/etc/passwd") ? 7 : 4; number = (wanted == 7) ? $4 : "0" }
  NF != wanted || $1 !~ /^[^$]+[$]?$/ || $3 !~ /^[0-9]+$/ || number !~ /^[0-9]+$/ { print ":odd:" FNR; next }
  {
    field = $2
    if (field == "") word = "empty"
    else if (field == "x") word = "shadow"
    else if (field ~ /^[!*]/ || length(field) < 13) word = "locked"
    else word = "set"
    $2 = word
    if (FILENAME == "/etc/passwd") $5 = ""
    line = $1
    for (n = 2; n <= NF; n++) line = line ":" $n
    print ":entry:" line
  }' /etc/passwd /etc/group
echo '@file nsswitch'
if [ -r /etc/nsswitch.conf ]; then
  awk '/^[ \\t]*(passwd|shadow|group)[ \\t]*:/ { sub(/#.*/, ""); print ":entry:" $0 }' /etc/nsswitch.conf
fi
""",
)

NO_LOGIN = re.compile(r".*/(nologin|false|sync|shutdown|halt|true|git-shell)")
PRIVILEGED = (
    *("root", "sudo", "wheel", "admin", "adm", "docker", "podman", "lxd", "incus-admin", "libvirt", "disk", "shadow", "kmem", "sys"),
    *("systemd-journal", "kvm", "staff", "_ssh", "sssd", "tty"),
)
ROOT_EQUAL = ("root", "docker", "lxd", "incus-admin", "libvirt", "disk", "shadow", "kmem")
ADMINISTRATORS = ("sudo", "wheel", "admin")
UID_MIN, UID_MAX = 1000, 60000
MOST_LINES = 20_001  # what the snippet prints of a file


@dataclass(frozen=True, slots=True)
class User:
    """One line of /etc/passwd; password is empty, shadow, locked or set."""

    name: str
    password: str
    uid: int
    gid: int
    home: str
    shell: str

    @property
    def login(self) -> bool:
        """True when the shell is one that lets a person work; an empty field is /bin/sh."""
        return not NO_LOGIN.fullmatch(self.shell)


@dataclass(frozen=True, slots=True)
class Group:
    """One line of /etc/group."""

    name: str
    password: str
    gid: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Accounts:
    """What the files say, in their order; nis holds entries of NIS as "passwd: +", odd what is no entry at all."""

    users: tuple[User, ...]
    groups: tuple[Group, ...]
    nis: tuple[str, ...]
    odd: tuple[str, ...]
    databases: Mapping[str, tuple[str, ...]]


def read_accounts(frames: Frames) -> Accounts:
    """The accounts of the host; raises ProbeError when the files could not be read whole."""
    lines: dict[str, list[str]] = {"/etc/passwd": [], "/etc/group": [], "nsswitch": []}
    current: list[str] = []
    for line in frames.text(ACCOUNTS).splitlines():
        if line.startswith("@file "):
            current = lines[line.removeprefix("@file ")]
        elif line == "@cut":
            raise ProbeError("/etc/passwd or /etc/group: longer than 20000 lines, cut by the collection script")
        else:
            current.append(line[1:])
    if any(len(entries) > MOST_LINES for entries in lines.values()):
        raise ProbeError(f"accounts: more than {MOST_LINES} lines of a file, which no collection script prints")
    users, user_rest = _entries(lines["/etc/passwd"], "passwd")
    groups, group_rest = _entries(lines["/etc/group"], "group")
    rest = [*user_rest, *group_rest]
    return Accounts(
        tuple(User(f[0], f[1], int(f[2]), int(f[3]), f[5], f[6]) for f in users),
        tuple(Group(f[0], f[1], int(f[2]), tuple(m for m in f[3].split(",") if m)) for f in groups),
        tuple(text for kind, text in rest if kind == "nis"),
        tuple(text for kind, text in rest if kind == "odd"),
        _databases(lines["nsswitch"]),
    )


def _entries(lines: Iterable[str], file: str) -> tuple[list[list[str]], list[tuple[str, str]]]:
    """Whole entries as fields, and (kind, text) of what is none."""
    whole, rest = [], []
    for line in lines:
        kind, _, text = line.partition(":")
        fields = text.rstrip("\r").split(":")
        if kind == "nis":
            rest.append(("nis", f"{file}: {text}"))
        elif kind == "odd":
            rest.append(("odd", f"{file}: line {text}"))
        else:
            whole.append(fields)
    return whole, rest


def _databases(lines: Iterable[str]) -> dict[str, tuple[str, ...]]:
    found = {}
    for line in lines:
        name, _, value = line.partition(":")[2].partition(":")
        found[name.strip()] = tuple(re.sub(r"\[[^\]]*\]", " ", value).split())
    return found


def parse(frames: Frames) -> dict[str, Any]:
    """{"users": {"alice": {"uid": 1000, ...}}, "groups": {"sudo": {...}}, "uid_zero": ["root"], "duplicate_uids": [], ...}"""
    accounts = read_accounts(frames)
    users, groups = _first(accounts.users), _first(accounts.groups)
    members = members_by_group(accounts)
    try:
        defs = read_login_defs(frames)
        people = range(_or(defs.integer("UID_MIN"), UID_MIN), _or(defs.integer("UID_MAX"), UID_MAX) + 1)
    except ProbeError as error:
        return {"users": Unknown(str(error)), "people": Unknown(str(error)), "system_with_shell": Unknown(str(error))} | _lists(
            accounts, groups, members
        )
    return {
        "users": {u.name: _user(u, u.uid in people) for u in users.values()},
        "people": sorted(u.name for u in users.values() if u.uid in people and u.login),
        "system_with_shell": sorted(u.name for u in users.values() if u.uid not in people and u.uid != 0 and u.login),
    } | _lists(accounts, groups, members)


def _or(value: int | None, default: int) -> int:
    return default if value is None else value


def _first(entries: Iterable[Any]) -> dict[str, Any]:
    """By name; the first of a name is the one that programs find."""
    return {entry.name: entry for entry in reversed(list(entries))}


def members_by_group(accounts: Accounts) -> dict[str, list[str]]:
    """Names of all members of each group, those too that have it as their first group."""
    first: dict[int, list[str]] = defaultdict(list)
    for user in accounts.users:
        first[user.gid].append(user.name)
    found: dict[str, set[str]] = defaultdict(set)
    for group in accounts.groups:
        found[group.name].update(group.members, first[group.gid])
    return {name: sorted(members) for name, members in found.items()}


def _user(user: User, person: bool) -> dict[str, Any]:  # noqa: FBT001 - the one place that calls it names it
    return {"uid": user.uid, "gid": user.gid, "home": user.home, "shell": user.shell or "/bin/sh", "person": person, "login": user.login}


def _lists(accounts: Accounts, groups: Mapping[str, Group], members: Mapping[str, list[str]]) -> dict[str, Any]:
    gids = {group.gid for group in accounts.groups}
    administrators = {name for group in ADMINISTRATORS for name in members.get(group, [])}
    others = {f"{group}: {name}" for group in ROOT_EQUAL for name in members.get(group, []) if name != "root"}
    return {
        "groups": {name: {"gid": group.gid, "members": members[name]} for name, group in groups.items()},
        "privileged": {name: {"members": members[name]} for name in PRIVILEGED if name in groups},
        "administrators": sorted(administrators - {"root"}),
        "root_equal": sorted(others),
        "uid_zero": sorted({user.name for user in accounts.users if user.uid == 0}),
        "gid_zero": sorted({user.name for user in accounts.users if user.gid == 0}),
        "duplicate_uids": _shared((user.uid, user.name) for user in accounts.users),
        "duplicate_names": _repeated(user.name for user in accounts.users),
        "duplicate_gids": _shared((group.gid, group.name) for group in accounts.groups),
        "duplicate_group_names": _repeated(group.name for group in accounts.groups),
        "without_group": sorted(user.name for user in accounts.users if user.gid not in gids),
        "password_in_passwd": sorted(user.name for user in accounts.users if user.password == "set"),  # noqa: S105 - a state, no password
        "not_shadowed": sorted(user.name for user in accounts.users if user.password in ("set", "empty")),
        "group_passwords": sorted(group.name for group in accounts.groups if group.password == "set"),  # noqa: S105 - same
        "nis_entries": list(accounts.nis),
        "malformed": list(accounts.odd),
        "databases": list(accounts.databases["passwd"]) if "passwd" in accounts.databases else ["files"],
    }


def _shared(pairs: Iterable[tuple[int, str]]) -> list[str]:
    """Numbers that several names have, as "1001: alice, bob"."""
    names: dict[int, dict[str, None]] = defaultdict(dict)
    for number, name in pairs:
        names[number][name] = None
    return [f"{number}: {', '.join(found)}" for number, found in sorted(names.items()) if len(found) > 1]


def _repeated(names: Iterable[str]) -> list[str]:
    return sorted(name for name, count in Counter(names).items() if count > 1)


PROBES = (
    Probe(
        name="accounts",
        sources=(ACCOUNTS, LOGIN_DEFS),
        facts=(
            Fact("users.*.uid", "integer", "uid"),
            Fact("users.*.gid", "integer", "first group"),
            Fact("users.*.home", "string", "home directory"),
            Fact("users.*.shell", "string", "shell"),
            Fact("users.*.person", "boolean", "the uid is one of people's (UID_MIN to UID_MAX of login.defs)"),
            Fact("users.*.login", "boolean", "the shell lets somebody work"),
            Fact("people", "strings", "accounts of people that have such a shell"),
            Fact("system_with_shell", "strings", "system accounts other than root that have such a shell"),
            Fact("groups.*.gid", "integer", "gid"),
            Fact("groups.*.members", "strings", "members, those too that have it as their first group"),
            Fact("privileged.*.members", "strings", "members of the groups that give power over the host, of those that exist"),
            Fact("administrators", "strings", "members of sudo, wheel and admin but root"),
            Fact("root_equal", "strings", "members but root of groups that are as good as root (docker, disk, ...), as `docker: alice`"),
            Fact("uid_zero", "strings", "accounts with uid 0"),
            Fact("gid_zero", "strings", "accounts with gid 0 as their first group"),
            Fact("duplicate_uids", "strings", "uids that several names have, as `1001: alice, bob`"),
            Fact("duplicate_names", "strings", "names that /etc/passwd has more than once"),
            Fact("duplicate_gids", "strings", "gids that several group names have"),
            Fact("duplicate_group_names", "strings", "names that /etc/group has more than once"),
            Fact("without_group", "strings", "accounts whose first group is not in /etc/group"),
            Fact("password_in_passwd", "strings", "accounts whose password hash stands in /etc/passwd, which everybody can read"),
            Fact(
                "not_shadowed",
                "strings",
                "accounts whose password field in /etc/passwd is a hash or empty, so that /etc/shadow is not asked",
            ),
            Fact("group_passwords", "strings", "groups whose password hash stands in /etc/group"),
            Fact("nis_entries", "strings", "entries of /etc/passwd and /etc/group that begin with + or -"),
            Fact("malformed", "strings", "entries that are none"),
            Fact("databases", "strings", "where accounts are looked up (nsswitch.conf): only `files` is seen here"),
        ),
        parse=parse,
    ),
)
