"""The state of each account's password: whether there is one, how it is hashed and when it ends. Never the hash."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from collector.aging import Aging
from collector.facts import Fact
from collector.linux.accounts import ACCOUNTS, read_accounts
from collector.probe import Frames, Probe, ProbeError, Source

# The second field becomes state, method and rounds here, on the host.
SHADOW = Source(
    "passwords",
    """
[ -e /etc/shadow ] || { out_of_sight /etc/shadow || exit 69; }
[ -r /etc/shadow ] || { echo '/etc/shadow: permission denied; collect as root or with sudo' >&2; exit 77; }
awk -F: '
  /^[ \\t]*$/ { next }
  FNR > 20000 { if (FNR == 20001) print "@cut"; next }
  /^[+-]/ && $1 !~ /[$]/ { print "nis:" substr($1, 1, 33); next }
  NF != 9 || $1 !~ /^[^$]+[$]?$/ || ($3 $4 $5 $6 $7 $8) !~ /^[-0-9]*$/ { print "odd:" FNR; next }
  {
    hash = $2; state = "set"; method = ""; rounds = ""
    if (hash == "") state = "empty"
    else if (hash ~ /^!/) state = "locked"
    sub(/^!+/, "", hash)
    if (hash ~ /^\\$y\\$/) method = "yescrypt"
    else if (hash ~ /^\\$gy\\$/) method = "gost-yescrypt"
    else if (hash ~ /^\\$7\\$/) method = "scrypt"
    else if (hash ~ /^\\$6\\$/) method = "sha512"
    else if (hash ~ /^\\$5\\$/) method = "sha256"
    else if (hash ~ /^\\$2[abxy]?\\$/) method = "bcrypt"
    else if (hash ~ /^\\$1\\$/) method = "md5"
    else if (hash ~ /^\\$md5/) method = "sunmd5"
    else if (hash ~ /^\\$sha1\\$/) method = "sha1"
    else if (hash ~ /^\\$3\\$/) method = "nt"
    else if (hash ~ /^_/ && length(hash) == 20) method = "bsdi"
    else if (hash ~ /^[.\\/0-9A-Za-z]+$/ && length(hash) == 13) method = "des"
    split(hash, part, "$")
    if (method == "sha512" || method == "sha256") rounds = (part[3] ~ /^rounds=[0-9]+$/) ? substr(part[3], 8) : 5000
    if (method == "bcrypt" && part[3] ~ /^[0-9]+$/) rounds = part[3]
    if (method == "" && state == "set") state = "none"
    line = "entry:" $1 ":" state ":" method ":" rounds
    for (n = 3; n <= 8; n++) line = line ":" $n
    print line
  }' /etc/shadow
""",
)

NUMBERS = ("last_change", "min_days", "max_days", "warn_days", "inactive_days", "expires")
DATES = ("last_change", "expires")
FOREVER = 99999
FIRST_PERSON = 1000  # as every family has it; who moves UID_MIN moves it up
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def parse(frames: Frames) -> dict[str, Any]:
    """{"users": {"alice": {"state": "set", "method": "yescrypt", "max_days": 60, ...}}, "empty": [], "never_expire": [], ...}"""
    accounts = read_accounts(frames)
    login = {user.name for user in accounts.users if user.login}
    unshadowed = {user.name for user in accounts.users if user.password == "empty"}  # noqa: S105 - a state, no password
    if frames.absent(SHADOW):
        return {"shadow": False, "empty": sorted(unshadowed & login)}
    users, odd = _read(frames.text(SHADOW).splitlines())
    known = {user.name for user in accounts.users}
    usable = {name: user for name, user in users.items() if user["state"] == "set" and name in login}
    empty = {name for name, user in users.items() if user["state"] == "empty" and name in known - _not_asked(accounts)} | unshadowed
    return {
        "shadow": True,
        "users": users,
        "usable": usable,
        "usable_names": sorted(usable),
        "empty": sorted(empty & login),
        "empty_any": sorted(empty),
        "of_system_accounts": sorted(
            user.name for user in accounts.users if 0 < user.uid < FIRST_PERSON and users.get(user.name, {}).get("state") == "set"
        ),
        "methods": sorted({user["method"] for user in usable.values()}),
        "never_expire": sorted(name for name, user in usable.items() if user["max_days"] is None or user["max_days"] >= FOREVER),
        "never_disabled": sorted(name for name, user in usable.items() if user["inactive_days"] is None),
        "change_required": sorted(name for name, user in users.items() if user["change_required"]),
        "without_entry": sorted(user.name for user in accounts.users if user.password == "shadow" and user.name not in users),  # noqa: S105
        "nis_entries": [line for line in odd if line.startswith(("shadow: +", "shadow: -"))],
        "malformed": [line for line in odd if not line.startswith(("shadow: +", "shadow: -"))],
    }


def _not_asked(accounts: Any) -> set[str]:  # noqa: ANN401 - Accounts
    """Accounts for which programs go by /etc/passwd alone."""
    return {user.name for user in accounts.users if user.password != "shadow"}  # noqa: S105 - a state, no password


def _read(lines: list[str]) -> tuple[dict[str, dict[str, Any]], list[str]]:
    """Entries by name, the first of a name, and what is none."""
    users: dict[str, dict[str, Any]] = {}
    odd: list[str] = []
    for line in lines:
        if line == "@cut":
            raise ProbeError("/etc/shadow: longer than 20000 lines, cut by the collection script")
        kind, name, *rest = line.rstrip("\r").split(":")
        if kind in ("nis", "odd"):
            odd.append(f"shadow: {'line ' if kind == 'odd' else ''}{name}")
        elif not all(re.fullmatch(r"-?\d{0,9}", text) for text in rest[3:]):
            odd.append(f"shadow: {name}")
        elif name not in users:
            users[name] = _entry(*rest)
    return users, odd


def _entry(state: str, method: str, rounds: str, *numbers: str) -> dict[str, Any]:
    values: dict[str, Any] = {name: _number(text) for name, text in zip(NUMBERS, numbers, strict=True)}
    required = values["last_change"] == 0
    values |= {name: _date(values[name]) for name in DATES}
    if required:
        values["last_change"] = None
    return {"state": state, "method": method or None, "rounds": int(rounds) if rounds else None, "change_required": required} | values


def _number(text: str) -> int | None:
    return int(text) if text and int(text) >= 0 else None


def _date(days: int | None) -> str | None:
    try:
        return None if days is None else (EPOCH + timedelta(days=days)).date().isoformat()
    except OverflowError:
        return "9999-12-31"


def _user_facts(branch: str) -> tuple[Fact, ...]:
    return (
        Fact(
            f"{branch}.*.state",
            "string",
            "set, empty (no password is asked for), locked (!), none (no password can match)",
            ("set", "empty", "locked", "none"),
        ),
        Fact(f"{branch}.*.method", "string", "how it is hashed: yescrypt, sha512, bcrypt, md5, des ..."),
        Fact(f"{branch}.*.rounds", "integer", "rounds of SHA hashes, cost of bcrypt"),
        Fact(f"{branch}.*.change_required", "boolean", "it must be changed at the next login"),
        Fact(f"{branch}.*.last_change", "string", "day of the last change, YYYY-MM-DD"),
        Fact(f"{branch}.*.min_days", "integer", "days before it may be changed again"),
        Fact(f"{branch}.*.max_days", "integer", "days after which it must be changed; not set is never"),
        Fact(f"{branch}.*.warn_days", "integer", "days of warning"),
        Fact(f"{branch}.*.inactive_days", "integer", "days after its end until the account is disabled; not set is never"),
        Fact(f"{branch}.*.expires", "string", "last day of the account, YYYY-MM-DD"),
    )


def derive(aging: Aging) -> None:
    """How old each password is that can be used."""
    aging.fill("usable.*.age_days", since="last_change", ahead=True)


PROBES = (
    Probe(
        name="passwords",
        sources=(SHADOW, ACCOUNTS),
        facts=(
            Fact("shadow", "boolean", "/etc/shadow exists"),
            *_user_facts("users"),
            *_user_facts("usable"),
            Fact(
                "usable.*.age_days",
                "integer",
                "days since its last change, below zero where that is still to come; null where it is not known",
            ),
            Fact("usable_names", "strings", "accounts with a password that have a shell to work in: the members of usable"),
            Fact("empty", "strings", "accounts with an empty password that have a shell to work in"),
            Fact("empty_any", "strings", "accounts with an empty password, whatever their shell"),
            Fact("of_system_accounts", "strings", "system accounts other than root that have a password, whatever their shell"),
            Fact("methods", "strings", "hash methods of the usable passwords"),
            Fact("never_expire", "strings", "usable passwords that never have to be changed"),
            Fact("never_disabled", "strings", "accounts with a usable password that stay enabled after it ended"),
            Fact("change_required", "strings", "accounts that must change their password at the next login"),
            Fact("without_entry", "strings", "accounts of /etc/passwd that /etc/shadow does not have"),
            Fact("nis_entries", "strings", "entries of /etc/shadow that begin with + or -"),
            Fact("malformed", "strings", "entries that are none"),
        ),
        parse=parse,
        derive=derive,
    ),
)
