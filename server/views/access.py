"""Who is asking, for which system, and what they may do there: the first line of every view that names a system."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeVar
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest

from server.models import AssessmentRecord, Asset, Document, Item, Job, Membership, Receipt, ScanRun, System, User
from server.models.people import Role
from server.store.people import DECIDING
from server.store.seam import item_number

T = TypeVar("T")

Action = Literal[
    "read",
    "comment",
    "edit",
    "approve",
    "ask",
    "answer",
    "accept_pass",
    "confirm",
    "scan",
    "attest",
    "tailor",
    "assess",
    "close_out",
    "enrol",
]

_WORKERS: Final = frozenset[Role](DECIDING)
_SIGNERS: Final = frozenset[Role]({"reviewer", "affirming_official"})
ALLOWED: Final[Mapping[Action, frozenset[Role]]] = {
    "read": frozenset[Role]({"viewer", "administrator", "reviewer", "affirming_official"}),
    "comment": _WORKERS | _SIGNERS,
    "edit": _WORKERS,
    "approve": _WORKERS,
    "ask": _WORKERS,
    "answer": _SIGNERS,
    "accept_pass": frozenset[Role]({"reviewer"}),
    "confirm": frozenset[Role]({"reviewer"}),
    "scan": _WORKERS,
    "attest": _WORKERS,
    "assess": _WORKERS | _SIGNERS,
    "close_out": _WORKERS | _SIGNERS,  # which of them the system names; the store asks
    "tailor": _WORKERS,
    "enrol": frozenset[Role]({"administrator"}),
}
WORDS: Final[Mapping[Action, str]] = {
    "read": "see this system",
    "comment": "comment",
    "edit": "edit an item",
    "approve": "approve or return a draft",
    "ask": "ask for a disposition",
    "answer": "answer what somebody asked",
    "accept_pass": "accept a pass",
    "confirm": "confirm a judgement",
    "scan": "scan",
    "attest": "attest an objective",
    "assess": "record an assessment",
    "close_out": "enter a closeout",
    "tailor": "tailor the checks",
    "enrol": "install, approve and revoke agents",
}


@dataclass(frozen=True, slots=True)
class Access:
    """A person in a system, with the roles that they have there."""

    user: User
    system: System
    roles: frozenset[str]

    def may(self, action: Action) -> bool:
        """True when one of the roles allows the action."""
        return not self.roles.isdisjoint(ALLOWED[action])


def enter(request: HttpRequest, system_id: int, action: Action = "read") -> Access:
    """The access of the person who asks.

    Raises Http404 for a system in which they have no role, as for one that does not exist, and PermissionDenied with a sentence
    when no role of theirs allows the action.
    """
    user = signed_in(request)
    rows = list(Membership.objects.filter(user=user, system_id=system_id).select_related("system"))
    if not rows:
        raise Http404("There is no such system among those that you have a role in.")
    access = Access(user, rows[0].system, frozenset(row.role for row in rows))
    if not access.may(action):
        wanted = " or ".join(sorted(role.replace("_", " ") for role in ALLOWED[action]))
        raise PermissionDenied(f"To {WORDS[action]} takes the role of {wanted} in {access.system.name}; an administrator can give it.")
    return access


def signed_in(request: HttpRequest) -> User:
    """The person who asks; the middleware lets nobody else as far as a view."""
    if not isinstance(request.user, User):
        raise PermissionDenied("Sign in first.")
    return request.user


def item_in(access: Access, identifier: str) -> Item:
    """The item of an id within the system, ready to be shown; raises Http404 when the system has none such."""
    rows = Item.objects.filter(system=access.system, number=item_number(identifier)).select_related(
        "system", "predecessor__system", "split_from__system", "owner"
    )
    found = rows.first()
    if found is None or found.identifier != identifier.upper():
        raise Http404(f"There is no item {identifier} in {access.system.name}.")
    return found


def _only(found: T | None, kind: str, access: Access) -> T:
    """The row that was found within the system; raises Http404 where there is none."""
    if found is None:
        raise Http404(f"There is no such {kind} in {access.system.name}.")
    return found


def asset_in(access: Access, asset_id: UUID) -> Asset:
    """The asset of an id within the system; raises Http404."""
    return _only(
        Asset.objects.filter(system=access.system, pk=asset_id).select_related("owner", "retired_by", "merged_into").first(), "host", access
    )


def receipt_in(access: Access, receipt_id: UUID) -> Receipt:
    """The receipt of an id within the system; raises Http404."""
    return _only(Receipt.objects.filter(system=access.system, pk=receipt_id).select_related("asset", "scope").first(), "receipt", access)


def scan_in(access: Access, run_id: UUID) -> ScanRun:
    """The scan of an id within the system; raises Http404."""
    return _only(ScanRun.objects.filter(system=access.system, pk=run_id).select_related("requested_by").first(), "scan", access)


def job_in(access: Access, job_id: UUID) -> Job:
    """The job of an id within the system; raises Http404."""
    return _only(Job.objects.filter(system=access.system, pk=job_id).select_related("system", "requested_by").first(), "job", access)


def document_in(access: Access, document_id: int) -> Document:
    """The document of a number within the system; raises Http404."""
    return _only(Document.objects.filter(system=access.system, pk=document_id).select_related("system").first(), "document", access)


def assessment_in(access: Access, number: int) -> AssessmentRecord:
    """The assessment of a number within the system; raises Http404."""
    return _only(
        AssessmentRecord.objects.filter(system=access.system, number=number).select_related("system", "recorded_by").first(),
        "assessment",
        access,
    )
