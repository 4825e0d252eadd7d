"""What is kept of a score day by day: the score with all its lists, and a digest of everything that it rests on."""

from typing import Final

from collector.canonical import digest
from poam_generator.json_form import to_json
from poam_generator.position import Inputs

RECORD: Final = "closeout/score/1"


def inputs_digest(inputs: Inputs) -> str:
    """SHA-256 over all that a score rests on, the same whatever order it was read in; the day is no part of it."""
    return digest({
        "framework": inputs.framework.id,
        "proof_sets": sorted([one.objective, one.platform, sorted(one.checks)] for one in inputs.framework.proof_sets),
        "checks": {check.id: dict(check.assesses) for check in inputs.content.checks.values()},
        "assets": _assets(inputs),
        "words": to_json(inputs.words),
        "ssp": to_json(inputs.ssp),
        "registers": to_json(inputs.registers),
        "items": sorted((to_json(one) for one in inputs.items), key=lambda one: str(one["id"])),
    })  # fmt: skip


def _assets(inputs: Inputs) -> dict[str, list[str]]:
    """Digest of what assets show -> the ids of those that show it."""
    found: dict[str, list[str]] = {}
    for shown in inputs.assets:
        key = digest([shown.platform, shown.category, dict(shown.statuses), sorted(shown.excused)])
        found.setdefault(key, []).extend(shown.assets)
    return {key: sorted(assets) for key, assets in found.items()}
