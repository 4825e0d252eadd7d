r"""A whole Windows host in a folder, as the bundle that it would print, read by the real parsers.

`registry.json` is its HKEY_LOCAL_MACHINE, {"KEY|VALUE": number, text or list of texts}; `users.json` the same below each SID of a user who
is logged on; every other file is what one source says: `<source>.out`. `absent.json` names the sources that found nothing to read.
A source without a file failed.
"""

import json
import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from checks.judgement import arguments_of
from checks.model import Check
from collector.bundle import read_bundle
from collector.catalog import probes, sources
from collector.facts import Facts
from collector.probe import Source
from collector.read import read_facts
from collector.windows.registry import ASKED_REGISTRY, ASKED_USER_REGISTRY
from tests.support.windows import bundle_text

_VALUE = re.compile(r"^  '([^']+\|[^']*)'$", re.MULTILINE)
_KINDS = {int: "DWord", str: "String", list: "MultiString"}
Registry = Mapping[str, Any]


def read_host(folder: Path, checks: Iterable[Check]) -> Facts:
    """The facts of the host in a folder, asked for everything that these checks ask for."""
    asked = arguments_of(checks, "windows")
    machine, users = _registry(folder / "registry.json"), json.loads((folder / "users.json").read_text())
    said = {source.name: _said(folder, source, machine) for source in sources(probes("windows"))}
    said[ASKED_REGISTRY.name] = json.dumps(
        [{"asked": one, **_typed(machine, one.removeprefix("HKLM\\"))} for one in asked[ASKED_REGISTRY.name]]
    )
    said[ASKED_USER_REGISTRY.name] = json.dumps(
        [{"asked": one, "users": {sid: _typed(_lower(own), one) for sid, own in users.items()}} for one in asked[ASKED_USER_REGISTRY.name]]
    )
    absent = frozenset(json.loads((folder / "absent.json").read_text()))
    text = bundle_text({name: answer for name, answer in said.items() if answer is not None}, asked=asked, absent=absent)
    return read_facts(read_bundle(text.encode()))


def _said(folder: Path, source: Source, machine: Registry) -> str | None:
    """What a source says: its file, or for one that only reads named values of the registry, those values."""
    file = folder / f"{source.name}.out"
    if file.exists():
        return file.read_text()
    names = _VALUE.findall(source.script)
    return json.dumps({name: machine.get(name.lower()) for name in names}) if names else None


def _typed(values: Registry, name: str) -> dict[str, Any]:
    data = values.get(name.lower())
    return {} if data is None else {"kind": _KINDS[type(data)], "data": data}


@cache
def _registry(file: Path) -> Registry:
    return _lower(json.loads(file.read_text()))


def _lower(values: Registry) -> Registry:
    """The names in lower case: those of the registry are the same in either."""
    return {name.lower(): data for name, data in values.items()}
