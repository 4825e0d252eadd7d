"""Inventory files, read: our own YAML, and those that people keep for Ansible. Pure: text in, entries out.

defaults: {user: scan, key: ~/.ssh/scan, group: office}
hosts:
  gate: {address: 192.0.2.1, user: hop}
  ws-014: {address: 10.0.0.14, port: 2222, category: cui, jump: gate}
  dc-02: {address: dc-02.corp.example, way: winrm, auth: kerberos, user: svc-scan@CORP.EXAMPLE}
  printer-1: {kind: printer, category: out_of_scope, because: prints no CUI}
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from checks.errors import ContentError
from checks.yaml_file import Document, load_yaml
from server.errors import ServerError

MOST_HOSTS = 10_000
MOST_BYTES = 5_000_000
FIELDS = ("address", "user", "key", "port", "group", "category", "jump", "way", "auth", "ca", "kind", "because", "ssp")
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._:%-]{0,253}[A-Za-z0-9])?")
_PORT = range(1, 2**16)
_TEXTS: Mapping[str, re.Pattern[str]] = {
    "address": re.compile(r"[A-Za-z0-9:](?:[A-Za-z0-9._:%-]{0,254})"),
    "user": re.compile(r"[^\s:/\x00-\x1f]{1,255}"),
    "key": re.compile(r"[^\x00-\x1f]{1,1000}"),
    "group": re.compile(r"[^\x00-\x1f]{1,100}"),
    "category": re.compile(r"[a-z_]{1,30}"),
    "jump": re.compile(r"[^\s\x00-\x1f]{1,300}"),
    "way": re.compile(r"ssh|winrm"),
    "auth": re.compile(r"kerberos|ntlm|certificate"),
    "ca": re.compile(r"[^\x00-\x1f]{1,1000}"),
    "kind": re.compile(r"[a-z_]{1,20}"),
    "because": re.compile(r"[^\x00-\x1f]{1,1000}"),
    "ssp": re.compile(r"[^\x00-\x1f]{1,300}"),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One host of a file; what the file does not say is empty. refused: why closeout cannot take it as it stands."""

    name: str
    line: int
    address: str = ""
    user: str = ""
    key: str = ""
    port: int | None = None
    group: str = ""
    category: str = ""
    jump: str = ""
    way: str = ""
    auth: str = ""
    ca: str = ""
    kind: str = ""
    because: str = ""
    ssp: str = ""
    refused: str = ""


@dataclass(frozen=True, slots=True)
class InventoryFile:
    """The hosts of a file in its order, and what a person should know of what was passed over."""

    name: str
    entries: tuple[Entry, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong on a line, and how to mend it."""

    line: int
    problem: str


class InventoryFileError(ServerError):
    """A file that cannot be taken; the message has one fault a line, each with file and line."""

    def __init__(self, name: str, faults: Iterable[Fault]) -> None:
        self.faults = tuple(sorted(faults, key=lambda fault: fault.line))
        super().__init__("\n".join(f"{name}:{fault.line}: {fault.problem}" for fault in self.faults))


@dataclass(slots=True)
class Faults:
    """Collects what is wrong, so that a person mends a file once."""

    found: list[Fault] = field(default_factory=list)

    def add(self, line: int, problem: str) -> None:
        """Note a fault."""
        self.found.append(Fault(line, problem))


def make_entry(name: str, line: int, said: Mapping[str, str], lines: Mapping[str, int], faults: Faults) -> Entry:
    """The entry of a host by what a file says of it, as text; every value that cannot be one is a fault on its own line."""
    if not _NAME.fullmatch(name):
        faults.add(line, f"{name[:80]!r} is no name of a host; write letters, digits and . _ -")
    values: dict[str, Any] = {}
    for key, text in said.items():
        where = lines.get(key, line)
        if key == "port":
            values[key] = int(text) if re.fullmatch(r"[0-9]{1,5}", text) and int(text) in _PORT else None
            if values[key] is None:
                faults.add(where, f"port {text[:40]!r} of {name} is no port; write a number from 1 to 65535")
        elif not _TEXTS[key].fullmatch(text):
            faults.add(where, f"{key} {text[:80]!r} of {name} cannot be one; write it plainly, without spaces or control characters")
        values.setdefault(key, text)
    return Entry(name, line, **values)


def read_own(text: str, name: str) -> InventoryFile:
    """The hosts of our own format; raises InventoryFileError with every fault and its line."""
    try:
        document = load_yaml(text, name)
    except ContentError as error:
        raise InventoryFileError(name, [Fault(error.line, error.problem)]) from error
    faults = Faults()
    for key in set(document.data) - {"defaults", "hosts"}:
        faults.add(document.line((key,)), f"{key!r} means nothing here; the file has the keys defaults and hosts")
    defaults = _read_fields(document, ("defaults",), document.data.get("defaults") or {}, faults)
    hosts = document.data.get("hosts")
    if not isinstance(hosts, dict):
        faults.add(document.line(("hosts",)), "hosts is not a mapping; write `NAME: {address: ..., user: ...}`, a line each")
        hosts = {}
    entries = [_read_host(document, host, said, defaults, faults) for host, said in hosts.items()]
    if faults.found:
        raise InventoryFileError(name, faults.found)
    return InventoryFile(name, tuple(entries))


def _read_host(document: Document, host: str, said: Any, defaults: Mapping[str, str], faults: Faults) -> Entry:  # noqa: ANN401 - any YAML
    own = _read_fields(document, ("hosts", host), said if said is not None else {}, faults)
    lines = {key: document.line(("hosts", host, key)) for key in own}
    stated = {key: text for key, text in {**defaults, **own}.items() if not (key == "jump" and text == host)}
    return make_entry(host, document.line(("hosts", host)), stated, lines, faults)


def _read_fields(document: Document, path: tuple[str, ...], said: Any, faults: Faults) -> dict[str, str]:  # noqa: ANN401 - any YAML
    if not isinstance(said, dict):
        faults.add(document.line(path), f"{path[-1]} is not a mapping; write `{path[-1]}: {{address: ..., user: ...}}`")
        return {}
    fields = {}
    for key, value in said.items():
        where = document.line((*path, key))
        if key not in FIELDS:
            faults.add(where, f"{key!r} of {path[-1]} means nothing here; there are {', '.join(FIELDS)}")
        elif not isinstance(value, (str, int)) or isinstance(value, bool):
            faults.add(where, f"{key} of {path[-1]} is not text; write one word, in quotes where it looks like something else")
        else:
            fields[key] = str(value)
    return fields


def is_own(text: str) -> bool:
    """True where a YAML file has no other keys on its top level than ours."""
    top = {found[1] for found in re.finditer(r"(?m)^([^\s#:][^:\n]*?)\s*:", text)}
    return "hosts" in top and top <= {"defaults", "hosts"} and not re.search(r"(?m)^  (hosts|children|vars):", text)


def refuse(entry: Entry, why: str) -> Entry:
    """The entry, which closeout will leave alone for this reason."""
    return replace(entry, refused=why)
