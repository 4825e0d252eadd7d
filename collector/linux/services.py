"""Services: what is started at boot, what is active now, under which account, and what inetd would offer."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from collector.facts import Fact, Unknown, Value
from collector.files import Files, need_whole
from collector.linux.shown import addressable, said, split_shown
from collector.linux.unit_files import AT_BOOT, KINDS, UNIT_FILES, Units, read_units, script_names, unit_states
from collector.probe import Frames, Probe, ProbeError, Source

__all__ = ["ACTIVE", "AT_BOOT", "PROBES", "UNIT_FILES", "unit_states"]

ACTIVE = Source(
    "services.active",
    f"""
[ -d /run/systemd/system ] || {{ echo 'systemd is not running here, so what is active now is not known' >&2; exit 1; }}
need systemctl
systemctl list-units --all --plain --no-legend --no-pager --full --type={",".join(KINDS)} | awk '$2 != "not-found" {{ print $1, $3 }}'
""",
)
ACCOUNTS = Source(
    "services.accounts",
    r"""
need ps
ps -e -o user:64=,cgroup= | awk 'match($2, /system\.slice\/[^,]*\.service/) {
  unit = substr($2, RSTART + 13, RLENGTH - 13); sub(/\.service.*/, ".service", unit); sub(/.*\//, "", unit)
  if (!seen[$1 " " unit]++) print unit, $1 } END { if (!NR) exit 1 }'
""",
)
# Start links of System V scripts, and the tables of the super-servers where one is installed.
OLD_WAYS = Source(
    "services.old_ways",
    """
for l in /etc/rc[2345S].d/S* /etc/rc.d/rc[2345].d/S*; do if [ -e "$l" ]; then echo "start ${l##*/}"; fi; done
if have inetd || have inetutils-inetd || have rlinetd; then show_settings /etc/inetd.conf /etc/inetd.d/* |
  awk '/^:/ { n = ($1 == ":") ? 7 : 6; if (NF > n) { line = $1; for (i = 2; i <= n; i++) line = line " " $i; $0 = line } } { print }'; fi
if have xinetd; then show /etc/xinetd.conf /etc/xinetd.d/* | only '^[[:space:]]*(service|disable|[}{])'; fi
""",
)


def _pairs(text: str) -> list[tuple[str, str]]:
    rows = (line.split() for line in text.splitlines())
    return [(row[0], row[1]) for row in rows if len(row) > 1 and addressable(row[0])]


def read_active(text: str) -> dict[str, str]:
    """Unit -> active, inactive, failed, activating, ..., of every unit that is loaded."""
    found = dict(_pairs(text))
    if not found:
        raise ProbeError("services.active: systemctl named no units; it does not answer here")
    return found


def read_inetd(files: Files) -> list[str]:
    """Names of the services that inetd and xinetd would start."""
    names = set()
    for file in (need_whole(f) for f in files if f.state not in ("missing", "directory")):
        names |= _xinetd(file.lines) if "xinetd" in file.path else _inetd(file.lines)
    return sorted(names)


def _inetd(lines: Iterable[str]) -> set[str]:
    rows = (line.split() for line in lines if not line.lstrip().startswith("#"))
    return {row[0].rpartition(":")[2] for row in rows if len(row) > 5}  # noqa: PLR2004 - inetd.conf(5): six fields and more


def _xinetd(lines: Iterable[str]) -> set[str]:
    """Services of one file; xinetd.conf(5): one without `disable = yes` is offered."""
    offered, name = set(), None
    for line in lines:
        if found := re.match(r"\s*service\s+(\S+)", line):
            name = found[1]
            offered.add(name)
        elif name and re.match(r"\s*disable\s*=\s*yes\b", line):
            offered.discard(name)
    return offered


def parse(frames: Frames) -> dict[str, Any]:
    """{"units": {"ssh.service": {"state": "enabled", "active": "active", "accounts": ["root"]}}, "at_boot": [...], ...}"""
    old: Any = _read(lambda: split_shown(frames.text(OLD_WAYS)))
    links = set() if isinstance(old, Unknown) else script_names(said(old[0], "start"))
    units: Any = _read(lambda: read_units(frames))
    states = units if isinstance(units, Unknown) else units.state
    active: Any = _read(lambda: read_active(frames.text(ACTIVE)))
    accounts: Any = _read(lambda: _accounts(frames))
    return {
        "units": states if isinstance(states, Unknown) else _units(states, active, accounts),
        "at_boot": _first_unknown(units, old) or _at_boot(units, links),
        "masked": states if isinstance(states, Unknown) else sorted(u for u, s in states.items() if s.startswith("masked")),
        "active": active
        if isinstance(active, Unknown)
        else sorted(u for u, s in active.items() if s in ("active", "activating", "reloading")),
        "nameless": _first_unknown(active, accounts) or _nameless(accounts),
        "inetd": old if isinstance(old, Unknown) else _read(lambda: read_inetd(old[1])),
    }


def _read(read: Any) -> Any:  # noqa: ANN401 - whatever the reader gives
    try:
        return read()
    except ProbeError as error:
        return Unknown(str(error))


def _first_unknown(*values: Value | Unknown) -> Unknown | None:
    return next((value for value in values if isinstance(value, Unknown)), None)


def _accounts(frames: Frames) -> dict[str, list[str]]:
    if frames.absent(ACCOUNTS):
        raise ProbeError("services.accounts: ps is not installed here")
    found: dict[str, list[str]] = {}
    for unit, account in _pairs(frames.text(ACCOUNTS)):
        found.setdefault(unit, []).append(account)
    return {unit: sorted(accounts) for unit, accounts in found.items()}


def _nameless(accounts: Mapping[str, list[str]]) -> list[str]:
    # ps gives the number where nothing gives a name
    return [f"{unit}: {account}" for unit, names in sorted(accounts.items()) for account in names if account.isdecimal()]


def _at_boot(units: Units, links: set[str]) -> list[str]:
    # a script of the same name as a unit is not started: the unit takes its place
    return sorted(units.at_boot | (links - units.state.keys()))


def _units(states: Mapping[str, str], active: Any, accounts: Any) -> dict[str, dict[str, Value | Unknown]]:  # noqa: ANN401
    now = {} if isinstance(active, Unknown) else active
    return {
        unit: {
            "state": states.get(unit),
            "active": active if isinstance(active, Unknown) else now.get(unit, "inactive"),
            "accounts": _unit_accounts(unit, active, accounts),
        }
        for unit in sorted(states.keys() | now.keys())
    }


def _unit_accounts(unit: str, active: Any, accounts: Any) -> Value | Unknown:  # noqa: ANN401
    if not unit.endswith(".service"):
        return None
    return _first_unknown(active, accounts) or accounts.get(unit)


PROBES = (
    Probe(
        name="services",
        sources=(UNIT_FILES, ACTIVE, ACCOUNTS, OLD_WAYS),
        facts=(
            Fact("units.*.state", "string", "state of the unit file: enabled, disabled, masked, static, indirect, alias, ..."),
            Fact("units.*.active", "string", "state now: active, inactive, failed, ...; inactive where the unit is not loaded"),
            Fact("units.*.accounts", "strings", "accounts that its processes run under now; not set where it has none"),
            Fact("at_boot", "strings", f"units that links start at boot ({', '.join(KINDS)}), System V scripts among them as NAME.service"),
            Fact("masked", "strings", "unit files that cannot be started by anything"),
            Fact("active", "strings", "units that are active now"),
            Fact("nameless", "strings", "services with processes under a uid that no account has, as `app.service: 1907`"),
            Fact("inetd", "strings", "services that inetd or xinetd would start, where one of them is installed"),
        ),
        parse=parse,
    ),
)
