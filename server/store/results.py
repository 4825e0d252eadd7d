"""Results: what is true now, every transition on the way, and the findings that reconcile decides on."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count

from checks.manifest import Manifest
from checks.model import Result as Verdict
from collector.canonical import canonical_bytes, digest, sha256, time_text
from collector.errors import CollectorError
from poam_generator import model as poam
from server.errors import ServerError
from server.models import Asset, Confirmation, JudgementRecord, Receipt, Result, Scope, System, Transition, User
from server.store.content import content_in_use
from server.store.people import require
from server.store.score_policy import score_policy
from server.store.standings import write_standing

TRANSITION = "closeout/transition/1"
MOST_PASSES = 60  # newest passes of a host that a finding carries besides the first
Sources = Mapping[str, frozenset[str]]  # platform -> names of the sources that a check is judged by there


@dataclass(frozen=True, slots=True)
class _State:
    """How a check stands from some receipt on."""

    status: str
    judgement: str
    observations: tuple[Mapping[str, Any], ...]

    @property
    def digest(self) -> str:
        return digest(list(self.observations))


def record_results(  # noqa: PLR0913 - what a receipt came to, and how it is to be taken
    receipt: Receipt,
    verdicts: Sequence[Verdict],
    needs: Mapping[str, frozenset[str]],
    now: datetime,
    *,
    reread: bool = False,
    unseen: frozenset[str] = frozenset(),
) -> int:
    """Note what a receipt's facts came to under the checks; the number of transitions. Again with the same, it changes nothing.

    needs: check id -> the sources that it is judged by on the receipt's platform; a check whose sources the receipt did not
    cover is left out. The receipt takes its place by time: an older one than the newest that covered a check adds to the
    history only. Call it in the transaction that saves the receipt, so that no receipt counts that nobody has judged.
    unseen: the checks that came with content which nobody has accepted yet.
    """
    covered = frozenset(receipt.scope.sources)
    outcomes = {
        v.check: _State(v.status, v.judgement, tuple(_writable(o.to_json()) for o in v.observations))
        for v in verdicts
        if needs[v.check] <= covered
    }
    with transaction.atomic():
        note_judgements(receipt.system, receipt.platform, {check: state.judgement for check, state in outcomes.items()}, now, unseen)
        current = {r.check_id: r for r in Result.objects.filter(asset=receipt.asset, check_id__in=outcomes).select_for_update()}
        work = _Recording(receipt, needs, now, reread=reread)
        for check, state in outcomes.items():
            work.add(check, state, current.get(check))
        work.save()
        count_results(receipt.asset)
        write_standing(receipt.asset, score_policy(receipt.system).fresh_days, now)
    return len(work.transitions)


def _writable(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """The same without NUL characters, which PostgreSQL cannot hold: written as bytes that are no text are."""
    if isinstance(value, str):
        return value.replace("\0", "\\x00")
    if isinstance(value, dict):
        return {_writable(key): _writable(member) for key, member in value.items()}
    return [_writable(member) for member in value] if isinstance(value, (list, tuple)) else value


class _Recording:
    """What one receipt changes, gathered so that it is written in few statements."""

    def __init__(self, receipt: Receipt, needs: Mapping[str, frozenset[str]], now: datetime, *, reread: bool) -> None:
        self.receipt = receipt
        self.needs = needs
        self.now = now
        self.reread = reread
        self.transitions: list[Transition] = []
        self.created: list[Result] = []
        self.changed: list[Result] = []
        self.confirmed: list[int] = []

    def add(self, check: str, state: _State, current: Result | None) -> None:
        if current is None:
            self._write(check, "", state, self.receipt)
            self.created.append(self._renew(Result(system=self.receipt.system, asset=self.receipt.asset, check_id=check), state))
        elif self.receipt.ordered_at < current.ordered_at:
            self._add_to_past(check, state)
        elif state != _State(current.status, current.judgement, tuple(current.observations)):
            self._write(check, current.status, state, self.receipt, before_judgement=current.judgement)
            self.changed.append(self._renew(current, state))
        else:
            self.confirmed.append(current.pk)

    def _renew(self, result: Result, state: _State) -> Result:
        if result.status != state.status:
            result.status_since = self.receipt.ordered_at
        result.status, result.judgement, result.observations = state.status, state.judgement, list(state.observations)
        result.reread = self.reread
        result.receipt = result.changed_by = self.receipt
        result.ordered_at, result.observed_at, result.changed_at = (
            self.receipt.ordered_at,
            self.receipt.observed_at,
            self.receipt.ordered_at,
        )
        return result

    def _add_to_past(self, check: str, state: _State) -> None:
        """Put an older observation in its place; what stood there before stands again from the next one on."""
        history = Transition.objects.filter(asset=self.receipt.asset, check_id=check)
        before = history.filter(ordered_at__lte=self.receipt.ordered_at).last()
        after = history.filter(ordered_at__gt=self.receipt.ordered_at).first()
        if before and state == _state_of(before):
            return
        self._write(check, before.status if before else "", state, self.receipt, before_judgement=before.judgement if before else None)
        following = self._next_covering(check)
        if before and following and (after is None or following.ordered_at < after.ordered_at):
            self._write(check, state.status, _state_of(before), following)

    def _next_covering(self, check: str) -> Receipt | None:
        later = Receipt.objects.filter(asset=self.receipt.asset, ordered_at__gt=self.receipt.ordered_at)
        scopes = covering_scopes(self.receipt.system, {self.receipt.platform: self.needs[check]})
        return later.filter(scope_id__in=scopes).order_by("ordered_at").first()

    def _write(self, check: str, before: str, state: _State, receipt: Receipt, before_judgement: str | None = None) -> None:
        judged_anew = before_judgement not in (None, state.judgement)
        cause = "reread" if self.reread and receipt.pk == self.receipt.pk else "judgement" if judged_anew else "observation"
        row = Transition(
            system=receipt.system,
            asset=receipt.asset,
            check_id=check,
            receipt=receipt,
            ordered_at=receipt.ordered_at,
            before=before,
            status=state.status,
            judgement=state.judgement,
            observations_digest=state.digest,
            cause=cause,
            recorded_at=self.now,
        )
        row.canonical = canonical_bytes(_transition_json(row, state))
        row.sha256 = sha256(row.canonical)
        self.transitions.append(row)

    def save(self) -> None:
        Transition.objects.bulk_create(self.transitions)
        Result.objects.bulk_create(self.created)
        fields = [
            "status",
            "judgement",
            "observations",
            "reread",
            "receipt",
            "changed_by",
            "ordered_at",
            "observed_at",
            "changed_at",
            "status_since",
        ]
        Result.objects.bulk_update(self.changed, fields, batch_size=100)
        newest = {"receipt": self.receipt, "ordered_at": self.receipt.ordered_at, "observed_at": self.receipt.observed_at}
        if not self.reread:
            Result.objects.filter(pk__in=self.confirmed).update(reread=False, **newest)


def _state_of(row: Transition) -> _State:
    return _State(row.status, row.judgement, tuple(json.loads(bytes(row.canonical))["observations"]))


def transition_problem(row: Transition) -> str:
    """Why a transition is not what was recorded, empty where it is: its digest, or what its columns say, is not of its canonical bytes."""
    stored = bytes(row.canonical)
    try:
        as_columns_say = canonical_bytes(_transition_json(row, _state_of(row)))
    except (ValueError, KeyError, TypeError, CollectorError):
        as_columns_say = b""
    return "" if sha256(stored) == row.sha256 and as_columns_say == stored else f"transition {row.pk} is not what its digest says"


def _transition_json(row: Transition, state: _State) -> dict[str, Any]:
    return {
        "schema": TRANSITION,
        "system": row.system_id,
        "asset": str(row.asset_id),
        "check": row.check_id,
        "receipt": str(row.receipt_id),
        "ordered_at": time_text(row.ordered_at),
        "before": row.before,
        "status": row.status,
        "judgement": row.judgement,
        "observations": [dict(one) for one in state.observations],
        "cause": row.cause,
        "recorded_at": time_text(row.recorded_at),
    }


def covering_scopes(system: System, sources: Sources) -> list[int]:
    """The scopes of this system's receipts that hold all of a check's sources."""
    return [scope.pk for scope in Scope.objects.filter(system=system, platform__in=sources) if covers(scope, sources)]


def covers(scope: Scope, sources: Sources) -> bool:
    """True when a receipt of this scope holds all of a check's sources."""
    return scope.platform in sources and sources[scope.platform] <= frozenset(scope.sources)


def count_results(asset: Asset) -> Asset:
    """Count an asset's results by status anew."""
    by_status = dict(Result.objects.filter(asset=asset).values_list("status").annotate(Count("id")))
    asset.passing, asset.failing = by_status.get("pass", 0), by_status.get("fail", 0)
    asset.not_applicable, asset.unclear = by_status.get("not_applicable", 0), by_status.get("error", 0) + by_status.get("manual", 0)
    asset.save(update_fields=["passing", "failing", "not_applicable", "unclear"])
    return asset


def note_judgements(system: System, platform: str, digests: Mapping[str, str], now: datetime, unseen: frozenset[str] = frozenset()) -> None:
    """Note the judgements in use; the first one of a check on a platform needs nobody's word, since nothing was closed under another.

    One of the unseen waits all the same: it came with content that nobody has accepted yet.
    """
    records = JudgementRecord.objects.filter(system=system, platform=platform, check_id__in=digests)
    known = set(records.values_list("check_id", "digest"))
    judged_before = {check for check, _ in known}
    new = {check: judgement for check, judgement in digests.items() if (check, judgement) not in known}
    JudgementRecord.objects.bulk_create(
        (
            JudgementRecord(system=system, check_id=check, platform=platform, digest=judgement, first_used_at=now)
            for check, judgement in new.items()
        ),
        ignore_conflicts=True,
    )
    first = records.filter(check_id__in=set(new) - judged_before - unseen, confirmations=None) if new else []
    Confirmation.objects.bulk_create(
        (Confirmation(system=system, judgement=row, by=None, at=now, reason="the first judgement of this check here") for row in first),
        ignore_conflicts=True,
    )


def judgement_of(system: System, check_id: str, current: Mapping[str, str]) -> poam.Judgement:
    """How a check is judged now, and which of its judgements count."""
    return poam.Judgement(check_id, current, confirmed_judgements(system, [check_id])[check_id])


def confirmed_judgements(system: System, checks: Collection[str]) -> dict[str, frozenset[str]]:
    """Check id -> the judgements of it that count."""
    found: dict[str, set[str]] = {check: set() for check in checks}
    rows = Confirmation.objects.filter(system=system, judgement__check_id__in=checks)
    for check, judgement in rows.values_list("judgement__check_id", "judgement__digest"):
        found[check].add(judgement)
    return {check: frozenset(judgements) for check, judgements in found.items()}


def confirmed_by(system: System, check_id: str) -> dict[str, str]:
    """Judgement digest -> who confirmed it, for closure records."""
    rows = Confirmation.objects.filter(system=system, judgement__check_id=check_id).select_related("by", "judgement")
    return {row.judgement.digest: str(row.by) if row.by else row.reason for row in rows}


def pending_judgements(system: System) -> list[JudgementRecord]:
    """The judgements that nobody has confirmed yet: until then, what they say opens and closes nothing."""
    return list(JudgementRecord.objects.filter(system=system, confirmations=None).order_by("check_id", "first_used_at"))


def confirm_judgement(  # noqa: PLR0913, PLR0917 - one row's columns
    system: System, check_id: str, judgement: str, present: Manifest, user: User, reason: str, now: datetime
) -> Confirmation:
    """A reviewer's word that a new way of judging counts, where the check is that of the content in use, judged by another value.

    present: what the content that there is judges by. Raises ServerError when the judgement is unknown here, when the check came or changed
    with content that nobody has accepted, or no reason is given.
    """
    require(system, user, ("reviewer",), "confirm a judgement")
    row = JudgementRecord.objects.filter(system=system, check_id=check_id, digest=judgement).first()
    if row is None:
        raise ServerError(f"{check_id} was never judged by {judgement[:12]} in {system.name}; scan first")
    if _waits_for_report(system, check_id, row.platform, present):
        raise ServerError(f"{check_id} came with new content; see what all of it would do, and accept that: closeout checks activate")
    if not reason.strip():
        raise ServerError(f"say what changed in {check_id} and why it may count")
    found, _ = Confirmation.objects.get_or_create(system=system, judgement=row, defaults={"by": user, "at": now, "reason": reason})
    return found


def _waits_for_report(system: System, check_id: str, platform: str, present: Manifest) -> bool:
    """Whether a check is not, or not as it judges now, in the content that is in use."""
    in_use = content_in_use(system)
    wanted = present.get(check_id, {}).get(platform)
    return in_use is None or wanted is None or in_use.manifest.get(check_id, {}).get(platform) != wanted
