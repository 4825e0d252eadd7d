"""What an entry says: its plan, its owner, impact, risk and means."""

import re
from collections.abc import Iterator
from typing import Final

from poam_generator.lint.model import STEPS, Entry, Problem
from poam_generator.texts import UNUSED

FEWEST_WORDS: Final = 5
_PLACEHOLDER: Final = re.compile(
    r"[\W_]*(tbd|tba|tbc|todo|n/?a|none|unknown|pending|see above|various|same|xxx+|#(ref|value|name|div/0|num|null))?[\W_]*", re.IGNORECASE
)
# What a plan says when nobody has thought about it yet; alone it names no step.
_VAGUE: Final = re.compile(
    r"\b(will (be )?(fix|resolv|remediat|address|correct|mitigat|review|investigat|look)\w*|to be (determined|fixed|resolved|remediated)|"
    r"as soon as possible|asap|in (the )?(near )?future|work(ing)? on (it|this)|as (needed|appropriate)|best practices?|"
    r"(fix|resolve|address|remediate|correct) (the|this) (issue|problem|finding|weakness|vulnerability)|bring into compliance)\b",
    re.IGNORECASE,
)
# A path, a command with its option, an assignment, a number, a place in a menu, or a name in quotation marks.
_CONCRETE: Final = re.compile(r"[/\\]\w|\s--?\w|\w\s?=\s?\S|\d|\s>\s|[`'\"“]\S|\w\(\d\)|\.\w{2,4}\b")


def is_said(text: str) -> bool:
    """False for an empty text and for a word that only fills its place, such as TBD or N/A."""
    return not _PLACEHOLDER.fullmatch(text.strip())


def is_vague(plan: str) -> bool:
    """True for a plan that names nothing to be done: too short, or good intentions without a path, a command or a value."""
    if not is_said(plan):
        return True
    if _CONCRETE.search(plan):
        return False
    return len(plan.split()) < FEWEST_WORDS or _VAGUE.search(plan) is not None


def lint_texts(entry: Entry) -> Iterator[Problem]:
    """What is missing, vague or nobody's own word in a live entry."""
    yield from _lint_plan(entry)
    if entry.owner is not None and not is_said(entry.owner):
        yield Problem(entry.id, "no_owner", "Nobody is named who sees to it; name a point of contact.")
    yield from _lint_impact(entry)
    if entry.risk is not None and not is_said(entry.risk):
        yield Problem(entry.id, "risk", "The risk is not stated; say how bad it is as long as nothing is done.")
    if entry.residual_risk is not None and not is_said(entry.residual_risk):
        yield Problem(entry.id, "residual_risk", "The residual risk is not stated; say what remains when it is fixed.")
    if entry.resources is not None and not is_said(entry.resources):
        yield Problem(entry.id, "resources", "The resources are not stated; say whose hours it takes, and how many.")
    if entry.cost is not None and not is_said(entry.cost):
        yield Problem(entry.id, "cost", "The cost is not stated; write an amount, 0 where it is work alone, and whether it is funded.")
    if entry.funding is not None and not is_said(entry.funding):
        yield Problem(entry.id, "cost", "It is not said whether the cost is funded; write funded, unfunded, or the line of a budget.")
    if entry.identified_by is not None and not is_said(entry.identified_by):
        yield Problem(entry.id, "identification", "It does not say how the weakness was identified; name the scan, assessment or person.")
    yield from _lint_templates(entry)


def _lint_plan(entry: Entry) -> Iterator[Problem]:
    if entry.plan is None:
        return
    if not entry.plan:
        yield Problem(entry.id, "vague_plan", "There is no remediation plan; write the commands, or the path of the setting.")
    for platform, text in sorted(entry.plan.items()):
        where = f" for {platform}" if platform not in {"", "all", STEPS} else ""
        if not is_said(text):
            yield Problem(entry.id, "vague_plan", f"There is no remediation plan{where}; write the commands, or the path of the setting.")
        elif is_vague(text):
            sentence = f"The remediation plan{where} is vague ({text.strip()[:60]!r}); name the setting, its value and where it is set."
            yield Problem(entry.id, "vague_plan", sentence)


def _lint_impact(entry: Entry) -> Iterator[Problem]:
    if entry.impact is None:
        return
    if not is_said(entry.impact):
        yield Problem(entry.id, "impact", "The impact is not stated; say what this system would lose.")
    elif entry.impact_edited is False:
        yield Problem(entry.id, "impact", "The impact is the unedited text of the template; say what this system would lose.")


def _lint_templates(entry: Entry) -> Iterator[Problem]:
    texts = (entry.weakness, entry.impact, entry.risk, entry.residual_risk, entry.resources, entry.identified_by)
    for text in texts:
        if text and text.startswith(UNUSED):
            said = text.partition("; this is the text")[0].removeprefix("(")
            yield Problem(entry.id, "template", f"{said}; mend the template and write the text anew.")
