"""Other frameworks as views of the one that judges: what each asks, and which of the judged requirements stand behind it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final

from checks.errors import ContentError, KeyPath, UnknownIdError
from checks.framework import Eligibility, Framework, Requirement, load_framework
from checks.schema import list_shape_errors
from checks.yaml_file import Document, read_yaml

JUDGING: Final = "r2"
LEVEL_1: Final = "cmmc-l1"
NEVER_ON_A_LEVEL_1_POAM: Final = "32 CFR 170.21(a)(1)"


@dataclass(frozen=True, slots=True)
class DefinedValue:
    """An organization-defined parameter. dod: what the DoD has published for it, guidance: it only advises; values: CHECK.PARAMETER."""

    id: str
    asks: str
    dod: str
    guidance: bool = False
    values: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The parameter as JSON data."""
        return {"id": self.id, "asks": self.asks, "dod": self.dod, "guidance": self.guidance, "values": list(self.values)}


@dataclass(frozen=True, slots=True)
class ViewRequirement:
    """A requirement of a view. r2: the judged requirements behind it; in_addition: what no finding of theirs says anything of.

    points and l2_poam are None where the framework has none. statements: how many determination statements it is assessed by.
    """

    id: str
    family: str
    title: str
    summary: str
    r2: tuple[str, ...]
    statements: int
    cmmc_id: str | None = None
    points: int | None = None
    points_partial: int | None = None
    l2_poam: Eligibility | None = None
    l2_poam_paragraph: str | None = None
    objectives: tuple[str, ...] = ()
    sp_800_53: tuple[str, ...] = ()
    in_addition: tuple[str, ...] = ()
    parameters: tuple[DefinedValue, ...] = ()

    @property
    def adds(self) -> bool:
        """True when it asks for anything that the judged requirements do not."""
        return not self.r2 or bool(self.in_addition or self.parameters)

    def to_json(self) -> dict[str, Any]:
        """The requirement as `closeout requirements --json` prints it, with what a view knows beside."""
        return {
            "id": self.id,
            "cmmc_id": self.cmmc_id,
            "title": self.title,
            "points": self.points,
            "points_partial": self.points_partial,
            "l2_poam": self.l2_poam,
            "l2_poam_paragraph": self.l2_poam_paragraph,
            "objectives": list(self.objectives),
            "family": self.family,
            "summary": self.summary,
            "r2": list(self.r2),
            "statements": self.statements,
            "sp_800_53": list(self.sp_800_53),
            "in_addition": list(self.in_addition),
            "parameters": [one.to_json() for one in self.parameters],
        }


@dataclass(frozen=True, slots=True)
class View:
    """A framework by its key. dropped: judged requirements that it does not have any more, and why."""

    key: str
    title: str
    source: str
    families: Mapping[str, str]
    requirements: tuple[ViewRequirement, ...]
    dropped: Mapping[str, str]

    def requirement(self, requirement_id: str) -> ViewRequirement:
        """The requirement with this id; ContentError where there is none."""
        found = next((one for one in self.requirements if one.id == requirement_id), None)
        if found is None:
            known = f"write one from {self.requirements[0].id} to {self.requirements[-1].id}"
            raise UnknownIdError(self.title, 1, (), f"there is no requirement {requirement_id}; {known}")
        return found


@cache
def list_keys() -> tuple[str, ...]:
    """The keys of the frameworks there are, the judging one first."""
    return (JUDGING, *sorted(file.name.removesuffix(".yml") for file in _directory().iterdir() if file.name.endswith(".yml")), LEVEL_1)


@cache
def load_view(key: str) -> View:
    """The view of a key; raises ContentError on a key that there is not."""
    if key not in list_keys():
        raise ContentError(key, 1, (), f"there is no framework {key}; there are {', '.join(list_keys())}")
    judging = load_framework()
    if key == JUDGING:
        return _whole(judging)
    if key == LEVEL_1:
        return _level_1(judging)
    return _load(key, _directory() / f"{key}.yml", f"checks/frameworks/views/{key}.yml", judging)


def read_view(path: Path, judging: Framework) -> View:
    """The view in a file, its key being the file's name; raises ContentError for the first thing that is wrong in it."""
    return _load(path.stem, path, str(path), judging)


def _directory() -> Traversable:
    return files("checks") / "frameworks" / "views"


def _whole(judging: Framework) -> View:
    requirements = tuple(_as_judged(one) for one in judging.requirements)
    return View(JUDGING, judging.title, judging.source, judging.families, requirements, {})


def _as_judged(one: Requirement) -> ViewRequirement:
    return ViewRequirement(
        id=one.id,
        family=one.family,
        title=one.title,
        summary=one.summary,
        r2=(one.id,),
        statements=len(one.objectives),
        cmmc_id=one.cmmc_id,
        points=one.points,
        points_partial=one.points_partial,
        l2_poam=one.l2_poam,
        l2_poam_paragraph=one.l2_poam_paragraph,
        objectives=tuple(objective.letter for objective in one.objectives),
    )


def _level_1(judging: Framework) -> View:
    """Level 1 has no points, and nothing of it may stand on a POA&M."""
    chosen = tuple(_in_level_1(one) for one in judging.requirements if one.level_1)
    families = {code: name for code, name in judging.families.items() if any(one.family == code for one in chosen)}
    return View(LEVEL_1, "CMMC Level 1", "48 CFR 52.204-21(b)(1), 32 CFR 170.14(c)(2) and 170.21(a)(1)", families, chosen, {})


def _in_level_1(one: Requirement) -> ViewRequirement:
    return replace(
        _as_judged(one), cmmc_id=one.level_1, points=None, points_partial=None, l2_poam="no", l2_poam_paragraph=NEVER_ON_A_LEVEL_1_POAM
    )


def _load(key: str, file: Traversable, name: str, judging: Framework) -> View:
    document = read_yaml(file, name)
    schema = json.loads((files("checks") / "frameworks" / "view.schema.json").read_text(encoding="utf-8"))
    for error in list_shape_errors(document, schema) or _list_contradictions(document, judging):
        raise error
    data = document.data
    requirements = tuple(_build(one) for one in data["requirements"])
    return View(key, data["title"], data["source"], data["families"], requirements, data["dropped"])


def _build(data: Mapping[str, Any]) -> ViewRequirement:
    parameters = tuple(DefinedValue(**{**one, "values": tuple(one.get("values", ()))}) for one in data.get("parameters", ()))
    lists = {name: tuple(data.get(name, ())) for name in ("r2", "sp_800_53", "in_addition")}
    return ViewRequirement(**{**data, **lists, "parameters": parameters})


def _list_contradictions(document: Document, judging: Framework) -> Iterator[ContentError]:
    """What does not agree in a view that conforms to its schema."""
    data = document.data
    if data["judged_by"] != judging.id:
        yield document.error(("judged_by",), f"the framework that judges is {judging.id}; write that")
    known = {one.id for one in judging.requirements}
    taken = {source for one in data["requirements"] for source in one["r2"]}
    for wrong in sorted(set(data["dropped"]) - known):
        yield document.error(("dropped", wrong), f"{judging.id} has no requirement {wrong}; remove it")
    for both in sorted(set(data["dropped"]) & taken):
        yield document.error(("dropped", both), f"{both} stands under r2 of a requirement too; remove it from one of the two")
    seen: set[str] = set()
    for place, one in enumerate(data["requirements"]):
        yield from _check_requirement(document, ("requirements", place), one, known, seen)
        seen.add(one["id"])
    if forgotten := sorted(known - taken - set(data["dropped"])):
        yield document.error(("dropped",), f"nothing says what became of {', '.join(forgotten)}; add it here, or under r2 of a requirement")


def _check_requirement(
    document: Document, path: KeyPath, one: Mapping[str, Any], known: set[str], seen: set[str]
) -> Iterator[ContentError]:
    if one["id"] in seen:
        yield document.error((*path, "id"), f"{one['id']} stands already above; keep one of the two")
    if one["family"] not in document.data["families"]:
        yield document.error((*path, "family"), f"{one['family']} is no family of this file; add it under families, or write another")
    for wrong in sorted(set(one["r2"]) - known):
        yield document.error((*path, "r2"), f"the judging framework has no requirement {wrong}; write one that it has")
    for place, parameter in enumerate(one.get("parameters", ())):
        if not parameter["id"].startswith(one["id"]):
            yield document.error((*path, "parameters", place, "id"), f"the id begins with {one['id']}; correct it")
