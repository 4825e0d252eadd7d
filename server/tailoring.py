"""What a system makes of the checks: the parameters with the values in force, and what confirming one changes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from checks.judgement import judgement_digest
from checks.load import Content
from checks.model import Check, Parameter
from checks.parameters import describe_bounds, list_faults, resolve_settings
from checks.views import DefinedValue, load_view
from collector.facts import Value
from server import store
from server.models import JudgementRecord, ParameterValue, System


@dataclass(frozen=True, slots=True)
class ParameterRow:
    """A parameter with its value in force. cited: the organization's word on it; None while nobody has confirmed it."""

    check: Check
    name: str
    value: Value
    cited: ParameterValue | None

    @property
    def key(self) -> str:
        """CHECK.NAME, as commands and files write it."""
        return f"{self.check.id}.{self.name}"

    @property
    def parameter(self) -> Parameter:
        """What the check says of it."""
        return self.check.parameters[self.name]

    @property
    def text(self) -> str:
        """The value as a form or a command takes it."""
        value = self.value
        return ", ".join(value) if isinstance(value, list) else str(value).lower() if isinstance(value, bool) else str(value)

    @property
    def bounds(self) -> str:
        """What the value has to be."""
        return describe_bounds(self.parameter)

    @property
    def fault(self) -> str:
        """Why a value that was confirmed once is allowed no longer; empty when it is."""
        return "; ".join(list_faults(self.parameter, self.value))

    def to_json(self) -> dict[str, Any]:
        """What `closeout tailoring show --json` prints of it."""
        cited = self.cited
        return {
            "parameter": self.key,
            "label": self.parameter.label,
            "value": self.value,
            "default": self.parameter.default,
            "bounds": self.bounds,
            "confirmed": cited is not None,
            "document": cited.document if cited else "",
            "section": cited.section if cited else "",
            "approver": cited.approver if cited else "",
            "approved_on": cited.approved_on.isoformat() if cited and cited.approved_on else None,
        }


@cache
def published_values() -> Mapping[str, tuple[DefinedValue, ...]]:
    """CHECK.PARAMETER -> the organization-defined parameters of Revision 3 that it puts into force, with the DoD's values."""
    every = [one for requirement in load_view("r3").requirements for one in requirement.parameters]
    names = {name for one in every for name in one.values}
    return {name: tuple(one for one in every if name in one.values) for name in names}


def parameter_rows(system: System, content: Content) -> tuple[ParameterRow, ...]:
    """Every parameter of every check, in the order of the checks, with the value in force."""
    held = {(row.check_id, row.parameter): row for row in store.parameter_values(system)}
    return tuple(_row(check, name, held.get((check.id, name))) for check in content.checks.values() for name in check.parameters)


def _row(check: Check, name: str, cited: ParameterValue | None) -> ParameterRow:
    return ParameterRow(check, name, cited.value if cited else check.parameters[name].default, cited)


def read_values(system: System, content: Content, texts: Iterable[str]) -> dict[str, Value]:
    """CHECK.NAME -> value, of texts CHECK.NAME=VALUE, or CHECK.NAME alone for the value in force. Raises ParameterError."""
    in_force = {row.key: row.value for row in parameter_rows(system, content)}
    wanted = list(texts)
    kept = {text: in_force[text] for text in wanted if text in in_force}
    told = resolve_settings(content, [text for text in wanted if text not in kept])
    known = resolve_settings(content, kept)
    return {f"{check}.{name}": value for found in (known, told) for check, values in found.items() for name, value in values.items()}


def unconfirmed_checks(system: System, content: Content) -> frozenset[str]:
    """Checks of which a value is still a tool's default: a person has to say that it is the organization's."""
    return frozenset(row.check.id for row in parameter_rows(system, content) if row.cited is None)


def judged_now(system: System, content: Content) -> dict[str, frozenset[str]]:
    """Check id -> the digests of how it is judged now, of the checks whose values the organization has confirmed."""
    settings = store.parameter_settings(system)
    return {one: _digests(content.checks[one], values) for one, values in settings.items() if one in content.checks}


def new_judgements(system: System, content: Content, changed: Iterable[str]) -> tuple[str, ...]:
    """The checks among those changed that will be judged as they never were here: a reviewer confirms that after the next scan."""
    settings = store.parameter_settings(system)
    used: dict[tuple[str, str], set[str]] = {}
    rows = JudgementRecord.objects.filter(system=system, check_id__in=list(changed))
    for check, platform, digest in rows.values_list("check_id", "platform", "digest"):
        used.setdefault((check, platform), set()).add(digest)
    known = {(check, platform): digests for (check, platform), digests in used.items() if platform in content.checks[check].platforms}
    return tuple(sorted({
        check
        for (check, platform), digests in known.items()
        if judgement_digest(content.checks[check], platform, settings.get(check)) not in digests
    }))  # fmt: skip


def _digests(check: Check, values: Mapping[str, Value]) -> frozenset[str]:
    return frozenset(judgement_digest(check, platform, values) for platform in check.platforms)
