"""The tailoring file: values of the organization with what sets them, and exceptions. Pure: text in, tailoring out, and back.

source: {document: Access Control Policy 3.1, section: "4", approver: A. Official, approved_on: 2026-02-01}
parameters:
  account-lockout-threshold.max_attempts: 3
  password-minimum-length.length: {value: 16, section: "4.2"}
exceptions:
  - {check: ssh-root-login, group: lab, kind: accepted, reason: no console there, approver: a.official, until: 2027-03-01}

`source` stands for what a value does not say itself. An exception is for one host, group or platform.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, get_args

import yaml

from checks.errors import ContentError
from checks.model import CheckSet
from checks.parameters import resolve_settings
from checks.yaml_file import Document, load_yaml
from collector.facts import Value
from poam_generator.errors import PoamError
from poam_generator.json_form import from_json, to_json
from poam_generator.tailoring import ExceptionScope, Source, StandingException
from server.errors import ServerError
from server.tailoring import ParameterRow

KEYS: Final = ("source", "parameters", "exceptions")
SCOPES: Final = get_args(ExceptionScope)
_SOURCE: Final = tuple(Source.__slots__)


@dataclass(frozen=True, slots=True)
class Tailoring:
    """What a file says. parameters: CHECK.NAME -> value, and what sets it; a host of an exception stands by its name."""

    parameters: Mapping[str, tuple[Value, Source]]
    exceptions: tuple[StandingException, ...]


def read_tailoring(text: str, name: str, content: CheckSet) -> Tailoring:
    """The tailoring of a file; raises ServerError that says where its first mistake stands."""
    try:
        document = load_yaml(text, name)
        top = _mapping(document.data, f"{name}: write {', '.join(KEYS)}")
        _refuse_keys(top, KEYS, name)
        source = _mapping(top.get("source", {}), f"{name}: source is not a mapping")
        _refuse_keys(source, _SOURCE, f"{name}: source")
        given = _mapping(top.get("parameters", {}), f"{name}: parameters is not a mapping")
        values = {key: _value(entry, source, _place(document, name, "parameters", key), content, key) for key, entry in given.items()}
        listed = top.get("exceptions", [])
        if not isinstance(listed, list):
            raise ServerError(f"{name}: exceptions is not a list")
        asked = [_exception(form, _place(document, name, "exceptions", place), content) for place, form in enumerate(listed)]
    except ContentError as error:
        raise ServerError(str(error)) from error
    return Tailoring(values, tuple(asked))


def _place(document: Document, name: str, *path: str | int) -> str:
    return f"{name}:{document.line(path)}"


def _mapping(data: Any, otherwise: str) -> dict[str, Any]:  # noqa: ANN401 - any YAML
    if not isinstance(data, dict):
        raise ServerError(otherwise)
    return data


def _refuse_keys(form: Mapping[str, Any], known: Iterable[str], where: str) -> None:
    if strange := sorted(set(form) - set(known)):
        raise ServerError(f"{where}: {strange[0]!r} means nothing here; there are {', '.join(known)}")


def _value(entry: Any, source: Mapping[str, Any], where: str, content: CheckSet, key: str) -> tuple[Value, Source]:  # noqa: ANN401 - any YAML
    form = entry if isinstance(entry, dict) else {"value": entry}
    _refuse_keys(form, ("value", *_SOURCE), where)
    if "value" not in form:
        raise ServerError(f"{where}: {key} has no value; write {key}: VALUE, or {key}: {{value: VALUE, section: ...}}")
    cited = {**source, **{name: told for name, told in form.items() if name != "value"}}
    try:
        resolve_settings(content, {key: form["value"]})
        return form["value"], from_json(Source, cited)
    except (ContentError, PoamError) as error:
        raise ServerError(f"{where}: {error}") from error


def _exception(form: Any, where: str, content: CheckSet) -> StandingException:  # noqa: ANN401 - any YAML
    told = dict(_mapping(form, f"{where}: an exception is a mapping, as in {{check: ..., host: ..., reason: ...}}"))
    scopes = [scope for scope in SCOPES if scope in told]
    if len(scopes) != 1:
        raise ServerError(f"{where}: an exception is for one of {', '.join(SCOPES)}")
    told |= {"scope": scopes[0], "target": told.pop(scopes[0])}
    try:
        one = from_json(StandingException, told)
    except PoamError as error:
        raise ServerError(f"{where}: {error}") from error
    if one.check not in content.checks:
        raise ServerError(f"{where}: there is no check {one.check!r}; `closeout checks list` shows them")
    return one


def write_tailoring(rows: Iterable[ParameterRow], asked: Iterable[StandingException]) -> str:
    """The file that read_tailoring reads; values that nobody has confirmed wait for a source at its top."""
    known = list(rows)
    form: dict[str, Any] = {}
    if any(row.cited is None for row in known):
        form["source"] = dict.fromkeys(_SOURCE, "")
    form["parameters"] = {row.key: _entry(row) for row in known}
    form["exceptions"] = [_lean(one) for one in asked]
    return yaml.safe_dump(form, sort_keys=False, allow_unicode=True, width=120)


def _entry(row: ParameterRow) -> Any:  # noqa: ANN401 - any YAML
    if row.cited is None:
        return row.value
    cited, day = row.cited, row.cited.approved_on
    told = {"document": cited.document, "section": cited.section, "approver": cited.approver}
    return {"value": row.value, **told, "approved_on": day.isoformat() if day else ""}


def _lean(one: StandingException) -> dict[str, Any]:
    form = {name: told for name, told in to_json(one).items() if told}
    return {"check": form.pop("check"), form.pop("scope"): form.pop("target"), **form}
