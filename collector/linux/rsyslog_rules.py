"""Rules of rsyslog: which messages a selector takes, where an action puts them, and with what mode a file is made."""

import re
from collections.abc import Iterable

_RULE = re.compile(r"\s*([\w*,.;=!-]+\.[\w*=!]+)\s+(\S.*)")
_KEEPS = re.compile(r"-?/|[@|?^]|action\s*\(|:om(?!usrmsg)", re.IGNORECASE)  # not people's terminals, and not the waste
_BY_TEXT = re.compile(r"\$syslogfacility-text\s*(==|contains|startswith)\s*['\"]auth", re.IGNORECASE)
_MODE = re.compile(r"\s*\$FileCreateMode\s+(0?[0-7]{3})\s*$", re.IGNORECASE)
_DEFAULT_MODE = re.compile(r"module\s*\([^)]*builtin:omfile[^)]*FileCreateMode\s*=\s*\"(0?[0-7]{3})\"", re.IGNORECASE)
_OWN_MODE = re.compile(r"action\s*\([^)]*omfile[^)]*FileCreateMode\s*=\s*\"(0?[0-7]{3})\"", re.IGNORECASE)
_USUAL = 0o644
_LOGINS = ("auth", "authpriv")
_ALL = ("*", "debug", "info")  # the messages of logins are of the level info


def keeps_logins(lines: Iterable[str]) -> bool:
    """Whether some rule puts the messages of auth or authpriv into a file, or sends them on."""
    rules = [found for line in lines if (found := _RULE.fullmatch(line))]
    return any(_takes_logins(rule[1]) and _KEEPS.match(rule[2]) for rule in rules) or any(map(_BY_TEXT.search, lines))


def _takes_logins(selector: str) -> bool:
    """Of several parts that name a facility the later adds to or takes from what the earlier took (rsyslog.conf(5))."""
    taken = dict.fromkeys(_LOGINS, False)
    for part in selector.lower().split(";"):
        before, _, level = part.rpartition(".")
        names = before.replace("security", "auth").split(",")  # its old name
        for name in _LOGINS if "*" in names else set(names) & set(_LOGINS):
            taken[name] = _passes(level, before=taken[name])
    return any(taken.values())


def _passes(level: str, *, before: bool) -> bool:
    if level == "none" or (level.startswith("!") and level[1:].lstrip("=") in _ALL and level != "!=debug"):
        return False
    return before or level in _ALL or level == "=info"


def file_mode(lines: Iterable[str]) -> str:
    """The mode of new log files: the loosest of those in force at a rule that writes a file, as each holds for the rules below it."""
    mode, used = _USUAL, []
    for line in lines:
        if found := _MODE.match(line) or _DEFAULT_MODE.search(line):
            mode = int(found[1], 8)
        elif found := _OWN_MODE.search(line):
            used.append(int(found[1], 8))
        elif re.search(r"\s-?/\S|type\s*=\s*\"omfile\"", line) and not line.lstrip().startswith("$"):
            used.append(mode)
    loosest = 0
    for one in used or [mode]:
        loosest |= one
    return f"{loosest:04o}"
