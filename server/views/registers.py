"""The registers: the plan, where several factors are asked for, what encrypts CUI, and what providers do."""

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Final, cast, get_args

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from checks.errors import ContentError
from checks.framework import load_framework
from poam_generator.answers import Answers
from poam_generator.attestation import Authorization, Inheritance, ProviderKind, Responsibility, inheritance_faults
from poam_generator.errors import PoamError
from poam_generator.json_form import from_json, to_json
from poam_generator.registers import CRYPTOGRAPHY, MFA, CmvpStatus, CryptoModule, MfaInput, MfaPlace, place_words
from poam_generator.score import Ssp
from server import store
from server.errors import ServerError
from server.views.access import Access, enter
from server.views.forms import text_of
from server.views.page import back, show
from server.words import record_answers

if TYPE_CHECKING:
    from server.models.answers import AnswerKind

CLASSES: Final[Mapping[str, type[Any]]] = {"ssp": Ssp, "mfa": MfaInput, "module": CryptoModule, "inheritance": Inheritance}
_PARTS: Final = {"ssp": "ssp", "mfa": "mfa", "module": "modules", "inheritance": "inheritances"}
_FLAGS: Final = ("covered", "encrypted", "holds_cui", "assessed_in_scope")
_EVIDENCE: Final = ("evidence", "approved_mode")


@require_safe
def registers(request: HttpRequest, system_id: int) -> HttpResponse:
    """Every register with what it says, what it takes from the score, and a form to write in it."""
    access = enter(request, system_id)
    today = timezone.now().date()
    held = store.answers_of(access.system)
    deductions = held.registers().deductions(today)
    return show(
        request,
        "registers.html",
        access,
        held=held,
        mfa={one.place: one for one in held.mfa},
        places=get_args(MfaPlace),
        place_words=place_words,
        mfa_takes=deductions[MFA],
        cryptography_takes=deductions[CRYPTOGRAPHY],
        inherited=[(row, inheritance_faults(row, today)) for row in held.inheritances],
        objectives=[one.id for one in load_framework().objectives],
        documents=store.current_documents(access.system),
        words={
            "status": get_args(CmvpStatus),
            "kind": get_args(ProviderKind),
            "responsibility": get_args(Responsibility),
            "authorization": get_args(Authorization),
        },
    )


@require_POST
def record(request: HttpRequest, system_id: int, kind: str) -> HttpResponse:
    """Write one entry of a register; the newest of a place, an objective and provider, or the plan counts."""
    access = enter(request, system_id, "attest")
    if kind not in CLASSES:
        raise Http404(f"There is no register {kind}.")
    try:
        given = _entry(access, kind, request.POST, timezone.now().date())
        record_answers(access.system, given, access.user, timezone.now())
    except (ServerError, ContentError) as error:
        return back(request, str(error), "registers", access.system.pk, trouble=True)
    return back(request, "Recorded.", "registers", access.system.pk)


@require_POST
def withdraw(request: HttpRequest, system_id: int, kind: str) -> HttpResponse:
    """Take an entry back; it stays in the records."""
    access = enter(request, system_id, "attest")
    if kind not in CLASSES:
        raise Http404(f"There is no register {kind}.")
    try:
        store.withdraw_answer(access.system, cast("AnswerKind", kind), text_of(request.POST, "key"), access.user, timezone.now())
    except ServerError as error:
        return back(request, str(error), "registers", access.system.pk, trouble=True)
    return back(request, "Taken back; it stays in the records.", "registers", access.system.pk)


def _entry(access: Access, kind: str, form: QueryDict, today: date) -> Answers:
    """What the form says as the answer that it stands for; raises ServerError with the field that is wrong."""
    told: dict[str, Any] = {}
    for one in fields(CLASSES[kind]):
        if one.name in _FLAGS:
            told[one.name] = form.get(one.name) == "yes"
        elif one.name in _EVIDENCE:
            told[one.name] = _evidence(access, form)
        elif text := text_of(form, one.name):
            told[one.name] = text
    if kind == "mfa":
        told |= {"by": access.user.full_name or access.user.username, "on": today.isoformat()}
    try:
        entry = from_json(CLASSES[kind], told)
    except PoamError as error:
        raise ServerError(f"Fill in the form: {error}") from error
    part: dict[str, Any] = {_PARTS[kind]: entry if kind == "ssp" else (entry,)}
    return replace(Answers(), **part)


def _evidence(access: Access, form: QueryDict) -> list[Any]:
    numbers = [int(number) for number in form.getlist("document") if number.isdecimal()]
    return [to_json(store.evidence_of(store.find_document(access.system, number))) for number in numbers]
