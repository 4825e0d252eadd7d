"""When the accounts of people were last used, so that those nobody uses any more can be told."""

import re
from datetime import UTC, date, datetime
from typing import Any

from collector.aging import Aging
from collector.facts import Fact, Unknown, Value
from collector.linux.accounts import ACCOUNTS
from collector.linux.accounts import parse as parse_accounts
from collector.linux.login_defs import LOGIN_DEFS
from collector.linux.passwords import SHADOW
from collector.linux.passwords import parse as parse_passwords
from collector.probe import Frames, Probe, ProbeError, Source

# Of each record only the name and the day leave the host: not from where, not how long.
LOGINS = Source(
    "logins",
    r"""
TZ=UTC0; export TZ
reduce='{
  for (i = 2; i + 4 <= NF; i++)
    if ($i ~ /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)$/ && $(i + 1) ~ /^[A-Z][a-z][a-z]$/ && $(i + 3) ~ /^[0-9][0-9]:/) {
      year = $(i + 4) ~ /^[-+]/ ? $(i + 5) : $(i + 4)
      if ($1 != "wtmp" && !seen[$1]++) print "login " $(i + 2) " " $(i + 1) " " year " " $1
      else if ($1 == "wtmp" || $1 == "wtmpdb") print "begins " $(i + 2) " " $(i + 1) " " year
      next
    }
}'
if [ -e /var/log/lastlog ] && have lastlog; then echo 'records lastlog'; [ ! -s /var/log/lastlog ] || lastlog | awk "$reduce"; fi
if have lastlog2 && [ -e /var/lib/lastlog/lastlog2.db ]; then echo 'records lastlog2'; lastlog2 | awk "$reduce"; fi
if [ -e /var/log/wtmp ] && have last; then
  if [ ! -r /var/log/wtmp ]; then echo 'hidden /var/log/wtmp'
  else echo 'records wtmp'; [ ! -s /var/log/wtmp ] || last -w -F -n 50000 | awk "$reduce"; fi
elif have wtmpdb; then echo 'records wtmpdb'; wtmpdb last | awk "$reduce"
fi
""",
    volatile=True,
)
_MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec"
_ROW = re.compile(r"(\d\d?) ([A-Z][a-z]{2}) (\d{4}) ?(\S*)")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC).date()


def read_logins(text: str) -> tuple[list[str], dict[str, date], date | None]:
    """The records that there are, account -> day of its last login in any of them, and the day on which wtmp begins."""
    records: list[str] = []
    last: dict[str, date] = {}
    begins: date | None = None
    for line in text.splitlines():
        word, _, rest = line.partition(" ")
        if word == "records":
            records.append(rest)
        elif word == "hidden":
            raise ProbeError(f"{rest}: permission denied; collect as root or with sudo")
        elif (row := _ROW.fullmatch(rest)) and row[2] in _MONTHS:
            day = date(int(row[3]), _MONTHS.index(row[2]) // 3 + 1, int(row[1]))
            if word == "begins":
                begins = day
            elif row[4] and day > _EPOCH:
                last[row[4]] = max(day, last.get(row[4], day))
    return records, last, begins


def parse(frames: Frames) -> dict[str, Any]:
    """{"records": ["lastlog", "wtmp"], "names": ["alice"], "people": {"alice": {"last": "2026-11-20", "since": "2026-11-20", ...}}, ...}"""
    records, last, begins = read_logins(frames.text(LOGINS))
    if not records:
        raise ProbeError("logins: the host keeps no record of logins that can be read (lastlog, lastlog2, wtmp or wtmpdb)")
    people = parse_accounts(frames)["people"]
    if isinstance(people, Unknown):
        raise ProbeError(people.reason)
    try:
        passwords: dict[str, Any] = parse_passwords(frames).get("users", {})
    except ProbeError as error:
        unknown = Unknown(str(error))
        return {
            "records": records,
            "names": unknown,
            "people": {name: {"last": _text(last.get(name)), "since": unknown, "ends": unknown} for name in people},
            "first_password_kept": unknown,
        }
    whole = bool({"lastlog", "lastlog2"} & set(records))
    reach = None if whole else begins or date.max
    return {
        "records": records,
        "people": {name: _person(last.get(name), passwords.get(name), reach) for name in people},
        "names": people,
        "first_password_kept": [name for name in people if name not in last and _kept(passwords.get(name), reach)],
    }


def _text(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _kept(entry: dict[str, Any] | None, reach: date | None) -> bool:
    """An account that nobody has used yet, whose password somebody else has set and that may stay."""
    if not entry or entry["state"] != "set" or entry["change_required"]:
        return False
    return reach is None or (entry["last_change"] or "") >= reach.isoformat()


def _person(last: date | None, entry: dict[str, Any] | None, reach: date | None) -> dict[str, Value | Unknown]:
    """reach: the day before which the records know nothing; None when they know every last login."""
    made = date.fromisoformat(entry["last_change"]) if entry and entry["last_change"] else None
    if reach and last is None and (made is None or made < reach):
        unknown = Unknown(f"the records of logins {_reaching(reach)}, and the account is older")
        return {"last": unknown, "since": unknown, "ends": _ends(entry)}
    return {"last": _text(last), "since": _text(last or made), "ends": _ends(entry)}


def _reaching(reach: date) -> str:
    return "are empty" if reach == date.max else f"reach back to {reach} only"


def _ends(entry: dict[str, Any] | None) -> str | None:
    return entry["expires"] if entry else None


def derive(aging: Aging) -> None:
    """For how long nobody has used an account; accounts that have ended by then are left out."""
    aging.fill("people.*.idle_days", since="since")
    people = aging.tree["people"] or {}
    ended = {name for name, one in people.items() if one.get("ends") and one["ends"] <= aging.today.isoformat()}
    aging.tree["people"] = {name: one for name, one in people.items() if name not in ended}
    for names in ("names", "first_password_kept"):
        if aging.tree[names] is not None:
            aging.tree[names] = [name for name in aging.tree[names] if name not in ended]


PROBES = (
    Probe(
        name="logins",
        sources=(LOGINS, ACCOUNTS, LOGIN_DEFS, SHADOW),
        facts=(
            Fact("records", "strings", "where logins are recorded: lastlog, lastlog2, wtmp, wtmpdb"),
            Fact("names", "strings", "accounts of people with a shell that have not ended: the members of people"),
            Fact("people.*.last", "string", "day of the last login that the records know, YYYY-MM-DD; null for never"),
            Fact("people.*.since", "string", "the same, or for an account never used the day its password was set; null for neither"),
            Fact("people.*.ends", "string", "last day of the account, YYYY-MM-DD; null for never"),
            Fact("people.*.idle_days", "integer", "days since the account was used, or its password was set; null where neither is known"),
            Fact("first_password_kept", "strings", "accounts never used whose password need not be changed at the first login"),
        ),
        parse=parse,
        derive=derive,
        version=2,
    ),
)
