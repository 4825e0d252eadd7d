"""Closing policies: one person proposes when a passing scan is believed, another one approves it."""

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import datetime
from typing import Final, get_args

from django.db import transaction

from collector.canonical import digest
from poam_generator import model as poam
from poam_generator.json_form import from_json, to_json
from poam_generator.policies import ClosingRules, choose_policy, closing_rules, describe_scope
from server.errors import ServerError
from server.models import PolicyProposal, PolicyRecord, System, User
from server.models.items import Severity
from server.models.people import Role
from server.store.people import DECIDING, require
from server.store.seam import read_policy

APPROVING: Final[tuple[Role, ...]] = ("reviewer", "affirming_official")
_LEAST = {"fresh_days": 1, "passes": 1, "flapping_days": 1, "flapping_changes": 1, "flapping_passes": 1, "soak_days": 0}
_MOST = 366


def policies_of(system: System) -> tuple[poam.Policy, ...]:
    """The policies in force, one for each group and severity that has its own; empty until one was approved."""
    rows = PolicyRecord.objects.filter(system=system).select_related("approved_by").order_by("since", "id")
    newest = {(row.group, row.severity): row for row in rows}
    return tuple(read_policy(row) for _, row in sorted(newest.items()) if not row.withdrawn)


def policy_of(system: System, group: str = "", severity: str = "") -> poam.Policy:
    """The policy that holds for hosts of a group and checks of a severity; the default one, which nobody approved, where there is none."""
    return choose_policy(policies_of(system), group, severity)


def closing_rules_of(system: System, severity: str, now: datetime) -> ClosingRules:
    """The policies that hold for a check of a severity."""
    return closing_rules(policies_of(system), severity, now)


def propose_policy(system: System, policy: poam.Policy, reason: str, user: User, now: datetime) -> PolicyProposal:
    """Ask for a policy; it holds once another person has approved it.

    Raises ServerError on numbers that would believe anything, or nothing ever.
    """
    require(system, user, DECIDING, "propose a closing policy")
    _refuse_wrong(policy)
    return _ask(system, policy, reason, user, now)


def propose_withdrawal(system: System, scope: poam.Policy, reason: str, user: User, now: datetime) -> PolicyProposal:
    """Ask that the group and severity of scope have no policy of their own any more; it holds once another person has approved it."""
    require(system, user, DECIDING, "propose a closing policy")
    if (scope.group, scope.severity) not in [(one.group, one.severity) for one in policies_of(system)]:
        raise ServerError(f"there is no closing policy for {describe_scope(scope)} that could be withdrawn")
    return _ask(system, scope, reason, user, now, withdraw=True)


def _ask(system: System, policy: poam.Policy, reason: str, user: User, now: datetime, *, withdraw: bool = False) -> PolicyProposal:  # noqa: PLR0913 - one row's columns
    if not reason.strip():
        raise ServerError("give the reason of the closing policy")
    form = to_json(replace(policy, approved_by=""))
    return PolicyProposal.objects.create(
        system=system,
        policy=form,
        withdraw=withdraw,
        reason=reason.strip(),
        digest=digest({"schema": "closeout.policy/1", "policy": form, "withdraw": withdraw, "reason": reason.strip()}),
        asked_by=user,
        asked_at=now,
    )


def _refuse_wrong(policy: poam.Policy) -> None:
    for name, least in _LEAST.items():
        if not least <= getattr(policy, name) <= _MOST:
            raise ServerError(f"{name.replace('_', ' ')} must be at least {least} and at most {_MOST}")
    if policy.severity not in {"", *get_args(Severity)}:
        raise ServerError(f"{policy.severity!r} is no severity; there are {', '.join(get_args(Severity))}")


def approve_policy(asked: PolicyProposal, user: User, seen: str, now: datetime) -> PolicyRecord:
    """Another person puts in force what was proposed; seen: the digest of what they had before them.

    Raises ServerError for the one who proposed it, and where it was answered already.
    """
    with transaction.atomic():
        current = _answerable(asked, user)
        if current.digest != seen:
            raise ServerError("this is not what was proposed; look at it again")
        _answer(current, "approved", user, "", now)
        policy = from_json(poam.Policy, current.policy)
        columns = {field.name: getattr(policy, field.name) for field in fields(policy) if field.name != "approved_by"}
        return PolicyRecord.objects.create(
            system=current.system, proposal=current, withdrawn=current.withdraw, approved_by=user, since=now, **columns
        )


def refuse_policy(asked: PolicyProposal, user: User, because: str, now: datetime) -> PolicyProposal:
    """Another person does not agree, and says why; what held before goes on."""
    if not because.strip():
        raise ServerError("say why the closing policy is refused")
    with transaction.atomic():
        current = _answerable(asked, user)
        _answer(current, "refused", user, because.strip(), now)
    return current


def _answerable(asked: PolicyProposal, user: User) -> PolicyProposal:
    require(asked.system, user, APPROVING, "answer for a closing policy")
    PolicyProposal.objects.select_for_update().get(pk=asked.pk)
    current = PolicyProposal.objects.select_related("asked_by", "system").get(pk=asked.pk)
    if current.state != "asked":
        raise ServerError(f"this policy was {current.state} already")
    if current.asked_by_id == user.pk:
        raise ServerError(f"{user} proposed it; another person has to answer")
    return current


def _answer(asked: PolicyProposal, state: str, user: User, answer: str, now: datetime) -> None:
    asked.state, asked.answered_by, asked.answered_at, asked.answer = state, user, now, answer
    asked.save(update_fields=["state", "answered_by", "answered_at", "answer"])


def open_proposals(system: System) -> Sequence[PolicyProposal]:
    """The policies that wait for an answer, oldest first."""
    return list(PolicyProposal.objects.filter(system=system, state="asked").select_related("asked_by"))


def find_proposal(system: System, number: int) -> PolicyProposal:
    """The proposal of a number; raises ServerError when the system has none such."""
    found = PolicyProposal.objects.filter(system=system, pk=number).select_related("system", "asked_by").first()
    if found is None:
        waiting = ", ".join(str(one.pk) for one in open_proposals(system)) or "none"
        raise ServerError(f"no closing policy was proposed under the number {number}; waiting: {waiting}")
    return found
