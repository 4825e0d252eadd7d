"""What is kept of a score day by day: the score with all its lists, and a digest of everything that it rests on."""

from typing import Any, Final

from checks.framework import ProofSet
from collector.canonical import canonical_bytes, digest
from poam_generator.json_form import to_json
from poam_generator.position import Inputs

RECORD: Final = "closeout/score/1"


def inputs_digest(inputs: Inputs) -> str:
    """SHA-256 over all that a score rests on, the same whatever order it was read in; the day is no part of it."""
    return digest({
        "framework": inputs.framework.id,
        "proof_sets": sorted(_proof_form(one) for one in inputs.framework.proof_sets),
        "checks": {check.id: dict(check.assesses) for check in inputs.content.checks.values()},
        "assets": _assets(inputs),
        "words": {name: _sorted(words) for name, words in to_json(inputs.words).items()},
        "ssp": to_json(inputs.ssp),
        "registers": {name: _sorted(places) for name, places in to_json(inputs.registers).items()},
        "items": _sorted(to_json(inputs.items)),
    })  # fmt: skip


def _proof_form(proof: ProofSet) -> list[Any]:
    return [proof.objective, proof.platform, sorted(proof.checks), sorted(proof.must_apply)]


def _sorted(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """A list in the order of its members' own bytes; what is no list as it is."""
    return sorted(value, key=canonical_bytes) if isinstance(value, list) else value


def _assets(inputs: Inputs) -> dict[str, list[str]]:
    """Digest of what assets show -> the ids of those that show it."""
    found: dict[str, list[str]] = {}
    for shown in inputs.assets:
        key = digest([shown.platform, shown.category, dict(shown.statuses), sorted(shown.excused)])
        found.setdefault(key, []).extend(shown.assets)
    return {key: sorted(assets) for key, assets in found.items()}
