"""Files of what people answer for: YAML for all of it, CSV for attestations. Pure: text in, answers out, and back.

ssp: {title: Plant 2, version: "3.1", approved_on: 2026-02-01, approver: A. Official, reviewed_on: 2026-10-01}
attestations:
  - objective: "3.6.1[a]"
    finding: met
    by: J. Doe
    on: 2026-11-20
    methods: [examine, interview]
    statement: The plan names the team, and its members know it.
    review_by: 2027-11-20
    evidence: [{name: ir-plan.pdf, status: final, owner: J. Doe, approved_on: 2026-03-01, version: "2.0"}]

Assets stand in files by their names, and in answers by their ids.
"""

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import yaml

from checks.errors import ContentError
from checks.yaml_file import load_yaml
from poam_generator.answers import Answers
from poam_generator.attestation import Attestation
from poam_generator.errors import PoamError
from poam_generator.json_form import from_json, to_json
from server.errors import ServerError

_PLAIN = ("objective", "finding", "by", "on", "statement", "review_by", "justification", "ssp_reference", "approved_by")
_LISTS = ("methods", "assets", "weighed")
_EVIDENCE = ("name", "status", "owner", "approved_on", "version", "next_review", "sha256")
COLUMNS = (*_PLAIN, *_LISTS, *(f"evidence_{name}" for name in _EVIDENCE))


def read_yaml_answers(text: str, name: str, ids: Mapping[str, str]) -> Answers:
    """The answers in a YAML file; ids: asset name -> id. Raises ServerError that says where the first mistake stands."""
    try:
        given = from_json(Answers, load_yaml(text, name).data)
    except (ContentError, PoamError) as error:
        told = str(error) if isinstance(error, ContentError) else f"{name}: {str(error).removeprefix('Answers').lstrip('.: ')}"
        raise ServerError(told) from error
    return replace(given, attestations=tuple(_rename(one, ids, name) for one in given.attestations))


def write_yaml_answers(answers: Answers, names: Mapping[str, str]) -> str:
    """The file that read_yaml_answers reads; names: asset id -> name."""
    shown = replace(answers, attestations=tuple(_rename(one, names, "the record") for one in answers.attestations))
    form = {key: [_lean(one) for one in value] if isinstance(value, list) else value for key, value in to_json(shown).items()}
    return yaml.safe_dump(_lean(form), sort_keys=False, allow_unicode=True, width=120)


def _lean(form: Any) -> Any:  # noqa: ANN401 - any JSON value
    """The form without what is empty and would be filled in again."""
    return {key: value for key, value in form.items() if value not in (None, [], "")} if isinstance(form, dict) else form


def _rename(word: Attestation, table: Mapping[str, str], where: str) -> Attestation:
    if strange := sorted(word.assets - table.keys()):
        raise ServerError(f"{where}: {word.objective} speaks of the asset {strange[0]!r}, which is not there; see `closeout hosts list`")
    return replace(word, assets=frozenset(table[one] for one in word.assets))


def read_csv_answers(text: str, name: str, ids: Mapping[str, str]) -> Answers:
    """The attestations in a CSV file, one row for each document that they rest on; raises ServerError with the row that is wrong."""
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    found: dict[tuple[str, str], dict[str, Any]] = {}
    try:
        _refuse_columns(name, reader.fieldnames or ())
        for row in reader:
            _take_row(row, found, f"{name}, line {reader.line_num}")
    except csv.Error as error:
        raise ServerError(f"{name}, line {reader.line_num}: {error}; save it as CSV in UTF-8 again") from error
    return Answers(attestations=tuple(_rename(_attestation(form, where), ids, name) for where, form in _located(found)))


def _refuse_columns(name: str, given: Sequence[str]) -> None:
    faults = [
        f"{words} {', '.join(found)}"
        for words, found in (
            ("missing are", [one for one in COLUMNS if one not in given]),
            ("not known are", [repr(one) for one in given if one not in COLUMNS]),
        )
        if found
    ]
    if faults:
        raise ServerError(f"{name}: the columns must be those of `closeout answers export --csv`; {'; '.join(faults)}")


def _take_row(row: Mapping[str | Any, str | Any], found: dict[tuple[str, str], dict[str, Any]], where: str) -> None:
    if None in row or None in row.values():
        raise ServerError(f"{where}: it has more or fewer cells than there are columns")
    form: dict[str, Any] = {column: row[column].strip() for column in _PLAIN}
    form |= {column: [part.strip() for part in row[column].split(";") if part.strip()] for column in _LISTS}
    document = {one: row[f"evidence_{one}"].strip() or None for one in _EVIDENCE}
    held = found.setdefault((form["objective"], ";".join(sorted(form["assets"]))), {"where": where, "form": form, "evidence": []})
    if held["form"] != form:
        raise ServerError(f"{where}: it says something else of {form['objective']} than {held['where']}; keep one of them")
    if any(document.values()):
        held["evidence"].append({key: value for key, value in document.items() if value is not None})


def _located(found: Mapping[tuple[str, str], Mapping[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    for held in found.values():
        yield held["where"], {**held["form"], "evidence": held["evidence"]}


def _attestation(form: dict[str, Any], where: str) -> Attestation:
    try:
        return from_json(Attestation, form)
    except PoamError as error:
        raise ServerError(f"{where}: {error}") from error


def write_csv_answers(words: Sequence[Attestation], names: Mapping[str, str]) -> str:
    """The file that read_csv_answers reads."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    for word in words:
        form = to_json(_rename(word, names, "the record"))
        plain = {column: form[column] for column in _PLAIN} | {column: "; ".join(form[column]) for column in _LISTS}
        for document in form["evidence"] or [{}]:
            writer.writerow(plain | {f"evidence_{one}": document.get(one) or "" for one in _EVIDENCE})
    return out.getvalue()


READERS: Mapping[str, Callable[[str, str, Mapping[str, str]], Answers]] = {
    ".yml": read_yaml_answers,
    ".yaml": read_yaml_answers,
    ".csv": read_csv_answers,
}
