"""What people answer for: recorded as it was said, never changed, the newest counts."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from django.db import transaction

from checks.framework import load_framework
from collector.canonical import canonical_bytes, digest, sha256, time_text
from poam_generator.answers import Answers
from poam_generator.attestation import Attestation, Inheritance
from poam_generator.json_form import from_json, to_json
from poam_generator.registers import CryptoModule, MfaInput
from poam_generator.score import Registers, Ssp
from server.errors import ServerError
from server.models import AnswerRecord, Asset, System, User
from server.models.answers import AnswerKind
from server.store.people import DECIDING, require

ANSWER = "closeout/answer/1"
Key = tuple[AnswerKind, str]


@dataclass(frozen=True, slots=True)
class Recorded:
    """How many answers were new, how many replaced an older one, and how many stood so already."""

    new: int
    changed: int
    unchanged: int


def answers_of(system: System) -> Answers:
    """What holds now."""
    forms = _by_kind(_newest(system))
    registers = _registers(forms)
    return Answers(
        ssp=next((from_json(Ssp, form) for form in forms.get("ssp", [])), None),
        attestations=tuple(from_json(Attestation, form) for form in forms.get("attestation", [])),
        inheritances=tuple(from_json(Inheritance, form) for form in forms.get("inheritance", [])),
        relevant=next((tuple(form) for form in forms.get("relevant", [])), None),
        mfa=registers.mfa,
        modules=registers.modules,
    )


def registers_of(system: System) -> Registers:
    """What partial credit goes by now, without the other answers."""
    return _registers(_by_kind(_newest(system, "mfa", "module")))


def _by_kind(held: Mapping[Key, Any]) -> dict[AnswerKind, list[Any]]:
    forms: dict[AnswerKind, list[Any]] = {}
    for (kind, _), form in held.items():
        forms.setdefault(kind, []).append(form)
    return forms


def _registers(forms: Mapping[AnswerKind, list[Any]]) -> Registers:
    return Registers(
        mfa=tuple(from_json(MfaInput, form) for form in forms.get("mfa", [])),
        modules=tuple(from_json(CryptoModule, form) for form in forms.get("module", [])),
    )


@dataclass(frozen=True, slots=True)
class RelevantChoice:
    """What somebody chose for security protection assets; objectives: None where the choice was taken back."""

    at: datetime
    by: str
    objectives: tuple[str, ...] | None
    added: tuple[str, ...]
    removed: tuple[str, ...]


def relevant_choices(system: System) -> list[RelevantChoice]:
    """Every choice of objectives for security protection assets, newest first, each with what it changed of the one before."""
    found: list[RelevantChoice] = []
    before: frozenset[str] = frozenset()
    for row in AnswerRecord.objects.filter(system=system, kind="relevant").select_related("recorded_by").order_by("since", "id"):
        form = json.loads(bytes(row.canonical))["answer"]
        chosen = frozenset(form or ())
        added, removed = (tuple(sorted(one)) for one in (chosen - before, before - chosen))
        found.append(RelevantChoice(row.since, str(row.recorded_by), None if form is None else tuple(form), added, removed))
        before = chosen
    return found[::-1]


def record_answers(system: System, given: Answers, user: User, now: datetime) -> Recorded:
    """Note what a person answers, all of it or nothing; what is not in it stays as it was.

    An approval that an answer brings along is not taken over: a second person gives it here (approve_not_applicable). Raises
    ServerError when an answer names an objective, or an asset, that there is not.
    """
    require(system, user, DECIDING, "record answers")
    wanted = dict(_forms(given))
    _refuse_unknown(system, given)
    if len(wanted) != _count(given):
        raise ServerError("two answers speak of the same objective and assets, or of the same place; keep one of them")
    with transaction.atomic():
        held = _newest(System.objects.select_for_update().get(pk=system.pk))
        wanted = {key: _keep_approval(form, held.get(key)) for key, form in wanted.items()}
        fresh = {key: form for key, form in wanted.items() if held.get(key) != form}
        AnswerRecord.objects.bulk_create(_row(system, key, form, user, now) for key, form in fresh.items())
    changed = len(fresh.keys() & held.keys())
    return Recorded(len(fresh) - changed, changed, len(wanted) - len(fresh))


def _keep_approval(form: Any, held: Any) -> Any:  # noqa: ANN401 - any JSON value
    """The form without an approval of its own; with the one that was given here, where it says nothing else than what was approved."""
    if not isinstance(form, dict) or "approved_by" not in form:
        return form
    plain = form | {"approved_by": ""}
    return held if isinstance(held, dict) and held | {"approved_by": ""} == plain else plain


def withdraw_answer(system: System, kind: AnswerKind, key: str, user: User, now: datetime) -> None:
    """Take an answer back; raises ServerError when there is none."""
    require(system, user, DECIDING, "take back an answer")
    if (kind, key) not in _newest(system):
        names = ", ".join(sorted(name for one, name in _newest(system) if one == kind)) or "none"
        raise ServerError(f"there is no {kind} {key!r}; there are: {names}")
    _row(system, (kind, key), None, user, now).save(force_insert=True)


def put_off(system: System, objective: str, user: User, now: datetime) -> None:
    """Leave an objective for later in the first pass; an answer to it takes that back by itself. Raises ContentError on no objective."""
    require(system, user, DECIDING, "put an objective off")
    load_framework().objective(objective)
    _row(system, ("put_off", objective), True, user, now).save(force_insert=True)


def objectives_put_off(system: System) -> frozenset[str]:
    """The objectives that somebody left for later."""
    return frozenset(key for kind, key in _newest(system) if kind == "put_off")


def approve_not_applicable(system: System, objective: str, user: User, now: datetime) -> None:
    """A second person's word that an objective does not apply; raises ServerError for the first one, or where there is no such word."""
    require(system, user, ("reviewer", "affirming_official"), "approve that an objective does not apply")
    form = _newest(system).get(("attestation", objective))
    if form is None or form["finding"] != "not_applicable":
        raise ServerError(f"nobody has said that {objective} does not apply; attest it first")
    recorder = AnswerRecord.objects.filter(system=system, kind="attestation", key=objective).latest("since", "id").recorded_by_id
    if form["by"] in {user.username, user.full_name} or recorder == user.pk:
        raise ServerError(f"{user} has attested {objective} or recorded that, and cannot approve it; somebody else has to")
    approved = form | {"approved_by": user.full_name or user.username}
    _row(system, ("attestation", objective), approved, user, now).save(force_insert=True)


def _newest(system: System, *kinds: AnswerKind) -> dict[Key, Any]:
    """(kind, key) -> form, without what was taken back, in the order in which it was first said; of these kinds, or of all."""
    held: dict[Key, Any] = {}
    rows = AnswerRecord.objects.filter(system=system)
    for row in (rows.filter(kind__in=kinds) if kinds else rows).order_by("since", "id"):
        held[cast("AnswerKind", row.kind), row.key] = json.loads(bytes(row.canonical))["answer"]
    return {key: form for key, form in held.items() if form is not None}


def _row(system: System, key: Key, form: Any, user: User, now: datetime) -> AnswerRecord:  # noqa: ANN401 - any JSON value
    kind, name = key
    said = {"schema": ANSWER, "system": system.pk, "kind": kind, "key": name, "by": user.username, "since": time_text(now), "answer": form}
    raw = canonical_bytes(said)
    return AnswerRecord(system=system, kind=kind, key=name, canonical=raw, sha256=sha256(raw), recorded_by=user, since=now)


def _forms(given: Answers) -> Iterator[tuple[Key, Any]]:
    if given.ssp:
        yield ("ssp", ""), to_json(given.ssp)
    if given.relevant is not None:
        yield ("relevant", ""), sorted(given.relevant)
    yield from ((("attestation", attestation_key(one)), to_json(one)) for one in given.attestations)
    yield from ((("inheritance", f"{one.objective} {one.provider}"[:300]), to_json(one)) for one in given.inheritances)
    yield from ((("mfa", one.place), to_json(one)) for one in given.mfa)
    yield from ((("module", one.place[:300]), to_json(one)) for one in given.modules)


def attestation_key(word: Attestation) -> str:
    """The objective, and for one that names assets what tells their set from others."""
    return f"{word.objective} {digest(sorted(word.assets))[:12]}" if word.assets else word.objective


def _count(given: Answers) -> int:
    lists = (given.attestations, given.inheritances, given.mfa, given.modules)
    return (given.ssp is not None) + (given.relevant is not None) + sum(map(len, lists))


def _refuse_unknown(system: System, given: Answers) -> None:
    framework = load_framework()
    if given.relevant == ():
        raise ServerError("choose at least one objective for security protection assets; they would answer for nothing else")
    spoken_of = [one.objective for one in given.attestations] + [one.objective for one in given.inheritances]
    for objective in (*spoken_of, *(given.relevant or ())):
        framework.objective(objective)
    named = {asset for one in given.attestations for asset in one.assets}
    known: Mapping[str, str] = {str(pk): name for pk, name in Asset.objects.filter(system=system).values_list("id", "name")}
    if strange := sorted(named - known.keys()):
        raise ServerError(f"there is no asset {strange[0]!r} in {system.name}; name hosts as `closeout hosts list` does")
