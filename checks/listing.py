"""A check as JSON data, for `closeout checks list --json` and for programs that match checks to other rules."""

from collections.abc import Mapping
from typing import Any

from checks.judgement import CATALOG, Catalog
from checks.model import Check, Parameter
from checks.settings import list_settings
from collector.facts import Value


def check_to_json(check: Check, settings: Mapping[str, Value] | None = None, *, catalog: Catalog = CATALOG) -> dict[str, Any]:
    """Id, title, objectives, severity, platforms, parameters, references, paths read and settings expected."""
    return {
        "id": check.id,
        "title": check.title,
        "assesses": dict(check.assesses),
        "severity": check.severity,
        "weakness": check.weakness,
        "rationale": check.rationale,
        "platforms": list(check.platforms),
        "parameters": {name: parameter_to_json(parameter) for name, parameter in check.parameters.items()},
        "references": {name: list(ids) for name, ids in check.references.items()},
        "paths": {platform: list(part.paths()) for platform, part in check.platforms.items()},
        "effort": {platform: part.effort for platform, part in check.platforms.items()},
        "settings": [setting.to_json() for setting in list_settings(check, settings, catalog=catalog)],
        "file": check.file,
    }


def parameter_to_json(parameter: Parameter) -> dict[str, Any]:
    """A parameter as its file has it: what is left out there is left out here."""
    shown = {
        "label": parameter.label,
        "type": parameter.type,
        "default": parameter.default,
        "minimum": parameter.minimum,
        "maximum": parameter.maximum,
        "one_of": list(parameter.one_of) or None,
        "never": list(parameter.never) or None,
        "cac": parameter.cac,
        "unit": parameter.unit,
    }
    return {key: value for key, value in shown.items() if value is not None}
