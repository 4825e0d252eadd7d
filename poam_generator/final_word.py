"""How an item without a check closes: on final evidence and the word of a reviewer who is not the owner; scans only inform it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from collector.canonical import digest, time_text
from poam_generator.attestation import Evidence, is_final
from poam_generator.json_form import from_json, to_json
from poam_generator.model import LIVE, Item
from poam_generator.names import join_names

SCHEMA: Final = "closeout.closure-by-word/1"
NAMED = 5


@dataclass(frozen=True, slots=True)
class WordContext:
    """What bears on an item without a check. evidence: of the documents attached to it now. owner: name, empty for nobody.

    still_not_met: an attestation in force finds its objective NOT MET. informing: failing checks that bear on its objectives
    -> on how many hosts; they inform, and decide nothing.
    """

    evidence: tuple[Evidence, ...] = ()
    owner: str = ""
    still_not_met: bool = False
    informing: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True)
class ClosingWord:
    """A reviewer's word that an item is mended, and why."""

    by: str
    at: datetime
    because: str


def hindrances(item: Item, context: WordContext, today: date) -> list[tuple[str, str]]:
    """Pairs of what keeps a reviewer from closing it, and what would change that; empty when a word alone is lacking, or it has ended."""
    return list(_hindrances(item, context, today)) if item.state in LIVE else []


def _hindrances(item: Item, context: WordContext, today: date) -> Iterator[tuple[str, str]]:
    if context.still_not_met:
        yield (
            f"The newest attestation finds {item.source_key} NOT MET.",
            f"Somebody attests {item.source_key} anew, as met or not applicable.",
        )
    if any(is_final(one, today) for one in context.evidence):
        return
    lacking = [one.name for one in context.evidence]
    if lacking:
        yield (
            f"None of its documents is final and in force ({join_names(lacking, NAMED)}).",
            "A final, approved document is attached that shows it mended (drafts do not count, 32 CFR 170.24(b)).",
        )
    else:
        yield ("No evidence is attached to it.", "A final, approved document is attached that shows it mended.")


def why_open_word(item: Item, context: WordContext, today: date) -> list[tuple[str, str]]:
    """Pairs of why an item without a check is open, and what would close it."""
    if item.state not in LIVE:
        return []
    held = hindrances(item, context, today)
    who = f"a reviewer who is not {context.owner}" if context.owner else "a reviewer"
    alone = f"No check decides on it (its source is {item.source}): it closes on the word of {who}; scans only inform it."
    pairs = [*held, (alone, f"{who[0].upper()}{who[1:]} closes it.")]
    if failing := context.informing:
        named = join_names((f"{check} on {count}" for check, count in sorted(failing.items())), NAMED)
        pairs.append((f"Scans inform it: checks of its objectives fail ({named}).", ""))
    return pairs


def word_record(item: Item, word: ClosingWord, context: WordContext, title: str, objectives: Sequence[str]) -> dict[str, Any]:
    """Canonical JSON data of a closing by word; it claims that the reviewer said so on this evidence, and no more."""
    record: dict[str, Any] = {
        "schema": SCHEMA,
        "kind": "closure" if item.state == "open" else "withdrawal",
        "item": item.id,
        "source": item.source,
        "source_key": item.source_key,
        "title": title,
        "predecessor": item.predecessor,
        "objectives": list(objectives),
        "at": time_text(word.at),
        "by": word.by,
        "owner": context.owner,
        "because": word.because,
        "evidence": to_json(context.evidence),
        "informing": dict(context.informing or {}),
    }
    record["statement"] = state_word(record)
    return {**record, "digest": digest(record)}


def state_word(record: Mapping[str, Any]) -> str:
    """The record's claim in one sentence."""
    named = ", ".join(f"{one['name']} {one['version']} (SHA-256 {one['sha256'] or 'not kept here'})" for one in record["evidence"])
    failing = ", ".join(f"{check} on {count}" for check, count in record["informing"].items())
    return (
        f"{record['by']} found {', '.join(record['objectives'])} mended on {record['at'][:10]}, by examining {named}: {record['because']} "
        f"No scan shows it; failing checks of its objectives then: {failing or 'none'}."
    )


def word_problems(record: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with a record of a closing by word, one sentence each; needs nothing but the record."""
    if digest({key: value for key, value in record.items() if key != "digest"}) != record["digest"]:
        yield "The digest is not the one of this record: something in it was changed."
    if record["statement"] != state_word(record):
        yield "The statement says something else than the record shows."
    if not record["because"].strip() or not record["by"].strip():
        yield "Nobody says why it is mended."
    if record["by"] == record["owner"]:
        yield "Its owner closed it; a reviewer who is not the owner has to."
    day = date.fromisoformat(record["at"][:10])
    if not any(is_final(from_json(Evidence, one), day) for one in record["evidence"]):
        yield "It rests on no final evidence."
