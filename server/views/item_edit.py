"""The form in which the text of an item is edited."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final, Literal

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from server.errors import ServerError
from server.models import Item
from server.store.items import find_item, platforms_of
from server.store.reviews import edit
from server.views.access import enter, item_in
from server.views.item_data import review_state
from server.views.page import back, show

Kind = Literal["line", "text", "severity", "date", "minutes", "money", "links", "code"]


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the form; a code field stands for one platform of the remediation."""

    name: str
    label: str
    kind: Kind
    hint: str = ""


FIELDS: Final = (
    Field("title", "Title", "line"),
    Field("severity", "Severity", "severity"),
    Field("weakness", "Weakness", "text"),
    Field("impact", "Business impact", "text", "What could happen to whom, in the words of this organization."),
    Field("risk_before", "Risk now", "text"),
    Field("risk_residual", "Residual risk", "text", "What remains when it is fixed."),
    Field("point_of_contact", "Point of contact", "line"),
    Field("resources", "Resources required", "line"),
    Field("effort_minutes", "Effort in minutes", "minutes"),
    Field("cost_cents", "Cost", "money", "In whole units and hundredths, as in 1200.50; empty when it is not known."),
    Field("funding", "Funding", "line"),
    Field("scheduled_completion", "Scheduled completion", "date", "Later than the original date takes a reason."),
    Field("vendor_dependency", "Vendor dependency", "line"),
    Field("blocked_by", "Blocked by", "line"),
    Field("change_reference", "Change ticket", "line"),
    Field("changed_by", "Who made the change", "line"),
    Field("examine", "Documents to examine", "links", "One link a line."),
    Field("interview", "Notes of interviews", "links", "One link a line."),
)


@require_http_methods(["GET", "POST"])
def item_edit(request: HttpRequest, system_id: int, identifier: str) -> HttpResponse:
    """The form, and what is sent with it; a refusal shows what was typed again, with the reason."""
    access = enter(request, system_id, "edit")
    row = item_in(access, identifier)
    fields = (*FIELDS, *(Field(f"remediation.{platform}", f"Remediation on {platform}", "code") for platform in _platforms(row)))
    digest, _ = review_state(find_item(access.system, row.identifier))
    typed = {field.name: write(field, row) for field in fields}
    reason, trouble = "", ""
    if request.method == "POST":
        typed, reason = {field.name: request.POST.get(field.name, "") for field in fields}, request.POST.get("reason", "")
        try:
            _refuse_old(row, request.POST.get("seen", ""), digest)
            edit(row, access.user, read(row, typed), timezone.now(), reason)
        except ServerError as error:
            trouble = str(error)
        else:
            target = "draft" if row.state == "draft" else "item"
            return back(request, f"{row} is changed; an approval binds to what it says now.", target, access.system.pk, row.identifier)
    page = {"item": row, "fields": fields, "typed": typed, "reason": reason, "trouble": trouble, "digest": digest}
    return show(request, "item_edit.html", access, status=400 if trouble else 200, **page)


def _refuse_old(row: Item, seen: str, digest: str) -> None:
    """What somebody else has changed meanwhile is not written over unseen."""
    if seen != digest:
        raise ServerError(
            f"{row} was changed after you opened this form. What you typed is below: compare it with the item, then send it again."
        )


def write(field: Field, row: Item) -> str:
    """What stands in a field of the form before anybody typed."""
    if field.kind == "code":
        return str(row.remediation.get(field.name.partition(".")[2], ""))
    value = getattr(row, field.name)
    if field.kind == "money":
        return "" if value is None else f"{value // 100}.{value % 100:02d}"
    if field.kind == "links":
        return "\n".join(value)
    return value.isoformat() if isinstance(value, date) else str(value)


def read(row: Item, typed: Mapping[str, str]) -> dict[str, Any]:
    """The changes that the store is asked for; raises ServerError on what is no number or date."""
    changes = {field.name: _read_one(field, typed[field.name]) for field in FIELDS}
    remedies = {platform: typed[f"remediation.{platform}"].replace("\r\n", "\n") for platform in _platforms(row)}
    return changes | {"remediation": {one: said for one, said in remedies.items() if said.strip() or one in row.remediation}}


def _platforms(row: Item) -> list[str]:
    """Those that the plan speaks of, and those of hosts that joined after it was written."""
    return sorted({*row.remediation, *platforms_of(row.system, [row.number])[row.number]})


def _read_one(field: Field, text: str) -> Any:  # noqa: ANN401 - of the column's type
    text = text.replace("\r\n", "\n").strip()
    try:
        match field.kind:
            case "date":
                return date.fromisoformat(text)
            case "minutes":
                return int(text)
            case "money":
                return _cents(text)
            case "links":
                return [line.strip() for line in text.splitlines() if line.strip()]
            case _:
                return text
    except (ValueError, InvalidOperation) as error:
        raise ServerError(f"{field.label}: {text or 'an empty field'} is not what belongs there. {field.hint}".strip()) from error


def _cents(text: str) -> int | None:
    if not text:
        return None
    cents = Decimal(text) * 100
    if cents != cents.to_integral_value():
        raise InvalidOperation
    return int(cents)
