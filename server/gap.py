"""What another framework would ask of a system in addition to what is judged, with how the system stands and the values it has."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from checks.load import Content
from checks.parameters import resolve_parameters
from checks.views import DefinedValue, View
from poam_generator.views import Stands, stand_all
from server import store
from server.models import System
from server.score import assess


@dataclass(frozen=True, slots=True)
class ValueHere:
    """A check's value that puts an organization-defined parameter into force; document: what sets it, empty for a tool's default."""

    parameter: str
    value: Any
    document: str

    def to_json(self) -> dict[str, Any]:
        """The value as JSON data."""
        return {"parameter": self.parameter, "value": self.value, "document": self.document}


Values = Mapping[str, tuple[ValueHere, ...]]  # id of the organization-defined parameter -> the values of checks for it


def stand_of(system: System, view: View, content: Content, now: datetime) -> tuple[Stands, ...]:
    """How the requirements of a view stand by what was found of the judged ones in a system."""
    found = assess(system, content, now)
    return stand_all(view, {one.requirement: one.finding for one in found.requirements.values()})


def values_of(system: System, view: View, content: Content) -> Values:
    """The values in force here for every organization-defined parameter of a view that some check puts into force."""
    cited = {(row.check_id, row.parameter): f"{row.document}, {row.section}" for row in store.parameter_values(system)}
    settings = store.parameter_settings(system)
    every = [one for requirement in view.requirements for one in requirement.parameters]
    return {one.id: tuple(_values(one, content, settings, cited)) for one in every}


def _values(
    one: DefinedValue, content: Content, settings: Mapping[str, Mapping[str, Any]], cited: Mapping[tuple[str, str], str]
) -> list[ValueHere]:
    found = []
    for name in one.values:
        check_id, _, parameter = name.partition(".")
        if check := content.checks.get(check_id):
            values = resolve_parameters(check, settings.get(check_id))
            found.append(ValueHere(name, values[parameter], cited.get((check_id, parameter), "")))
    return found


def gap_json(stands: Stands, values: Values) -> dict[str, Any]:
    """One line of the gap report as JSON data."""
    one = stands.requirement
    return {
        "id": one.id,
        "title": one.title,
        "standing": stands.standing,
        "because": list(stands.because),
        "r2": list(one.r2),
        "in_addition": list(one.in_addition),
        "parameters": [parameter.to_json() | {"here": [v.to_json() for v in values[parameter.id]]} for parameter in one.parameters],
    }
