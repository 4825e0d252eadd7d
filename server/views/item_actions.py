"""What people do to an item from its pages. Each is a POST; a refusal comes back as the sentence that the store gives."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from server.assess import make_assessor, update_items
from server.errors import ServerError
from server.models import Ask, Item, Milestone, User
from server.store import dispositions, reviews
from server.store.closing import close_on_word
from server.store.deficiencies import note_progress
from server.store.seam import item_number
from server.store.splitting import split_off
from server.views.access import Access, enter, item_in
from server.views.content import content
from server.views.item_data import seen_milestone
from server.views.page import back
from server.words import informing_checks, update_words


@require_POST
def approve(request: HttpRequest, system_id: int, identifier: str) -> HttpResponse:
    """Approve what the reviewer saw, by its digest; from the review, go on to the next draft."""
    access = enter(request, system_id, "approve")
    row = item_in(access, identifier)
    try:
        reviews.approve(row, access.user, request.POST.get("seen", ""), timezone.now())
    except ServerError as error:
        return _refused(request, access, row, error)
    ends = "It closes by itself when a scan shows every host of it fixed." if row.source == "check" else "It closes on a reviewer's word."
    sentence = f"{row.identifier} is approved. {ends}"
    return _onward(request, access, row, sentence)


@require_POST
def send_back(request: HttpRequest, system_id: int, identifier: str) -> HttpResponse:
    """Return a draft with a reason."""
    access = enter(request, system_id, "approve")
    row = item_in(access, identifier)
    try:
        reviews.return_draft(row, access.user, request.POST.get("because", ""), timezone.now())
    except ServerError as error:
        return _refused(request, access, row, error)
    return _onward(request, access, row, f"{row.identifier} is returned with your reason.")


def _refused(request: HttpRequest, access: Access, row: Item, error: ServerError) -> HttpResponse:
    """Why it was not done, on the page from which it was asked; an item that is no draft any more is shown on its own."""
    page = "draft" if request.POST.get("from") == "review" else "item"
    return back(request, str(error), page, access.system.pk, row.identifier, trouble=True)


def _onward(request: HttpRequest, access: Access, row: Item, sentence: str) -> HttpResponse:
    """From the review to the next draft, which the form names; from anywhere else back to the item."""
    if request.POST.get("from") != "review":
        return back(request, sentence, "item", access.system.pk, row.identifier)
    number = item_number(request.POST.get("after", ""))
    following = Item.objects.filter(system=access.system, state="draft", number=number).select_related("system").first()
    if following:
        return back(request, sentence, "draft", access.system.pk, following.identifier)
    return back(request, sentence, "review", access.system.pk)


@require_POST
def assign(request: HttpRequest, system_id: int, identifier: str) -> HttpResponse:
    """Name the person who sees to the item, or nobody."""
    access = enter(request, system_id, "edit")
    row = item_in(access, identifier)
    name = request.POST.get("owner", "")
    owner = User.objects.filter(memberships__system=access.system, username=name, is_active=True).distinct().first()
    if name and owner is None:
        return back(
            request,
            f"Nobody of the name {name} has a role in {access.system.name}.",
            "item",
            access.system.pk,
            row.identifier,
            trouble=True,
        )
    return _do(
        request, access, row, lambda: reviews.assign_owner(row, access.user, owner, timezone.now()), f"Assigned to {owner or 'nobody'}."
    )


@require_POST
def comment(request: HttpRequest, system_id: int, identifier: str) -> HttpResponse:
    """Say something about the item."""
    access = enter(request, system_id, "comment")
    row = item_in(access, identifier)
    text = request.POST.get("text", "")
    return _do(request, access, row, lambda: reviews.comment(row, access.user, text, timezone.now()), "Your comment is kept.")


@require_POST
def add_milestone(request: HttpRequest, system_id: int, identifier: str) -> HttpResponse:
    """A further step of the item."""
    access = enter(request, system_id, "edit")
    row = item_in(access, identifier)
    title = request.POST.get("title", "")
    return _do(
        request,
        access,
        row,
        lambda: reviews.add_milestone(row, access.user, title, read_day(request, "due"), timezone.now()),
        "The milestone is added.",
    )


@require_POST
def change_milestone(request: HttpRequest, system_id: int, identifier: str, number: int) -> HttpResponse:
    """Another title, date or end of a milestone; what stood there before stays beside it."""
    access = enter(request, system_id, "edit")
    row = item_in(access, identifier)
    milestone = Milestone.objects.filter(item=row, number=number).select_related("item__system", "system").first()
    if milestone is None:
        raise Http404(f"{row.identifier} has no milestone {number}.")

    def change() -> object:
        if request.POST.get("seen") != seen_milestone(milestone):
            raise ServerError("The milestone was changed after you opened this page, by a person or a scan; look at it and send it again.")
        done = read_day(request, "done_on") if request.POST.get("done_on") else None
        changes = {"title": request.POST.get("title", ""), "due": read_day(request, "due"), "done_on": done}
        return reviews.change_milestone(milestone, access.user, changes, request.POST.get("reason", ""), timezone.now())

    return _do(request, access, row, change, "The milestone is changed; the original stays beside it.")


@require_POST
def ask(request: HttpRequest, system_id: int, identifier: str) -> HttpResponse:
    """Ask another person for a disposition of hosts of the item."""
    access = enter(request, system_id, "ask")
    row = item_in(access, identifier)

    def ask_for() -> object:
        wish = dispositions.Wish(
            kind=request.POST.get("kind", ""),  # type: ignore[arg-type] # the store refuses a word that is no disposition
            reason=request.POST.get("reason", ""),
            until=read_day(request, "until"),
            hosts=tuple(request.POST.getlist("host")),
            reference=request.POST.get("reference", ""),
            mitigation=request.POST.get("mitigation", ""),
            **_of_deficiency(request),
        )
        return dispositions.ask(row, access.user, wish, timezone.now())

    return _do(request, access, row, ask_for, "Asked. Another person has to answer; until then nothing changes.")


def _of_deficiency(request: HttpRequest) -> dict[str, Any]:
    """What only a temporary deficiency has; the store refuses what is missing."""
    if request.POST.get("kind") != "temporary_deficiency":
        return {}
    days = request.POST.get("progress_days", "")
    return {"basis": request.POST.get("basis", ""), "progress_days": int(days) if days.isdecimal() and len(days) < 4 else None}  # noqa: PLR2004 - far more than may be asked


@require_POST
def progress(request: HttpRequest, system_id: int, identifier: str, ask_id: int) -> HttpResponse:
    """Note progress of a temporary deficiency, which holds on by it."""
    access = enter(request, system_id, "edit")
    row, asked = _asked(access, identifier, ask_id)
    text = request.POST.get("text", "")
    return _do(request, access, row, lambda: note_progress(asked, access.user, text, timezone.now()), "Your progress is noted.")


@require_POST
def end(request: HttpRequest, system_id: int, identifier: str, ask_id: int) -> HttpResponse:
    """End a disposition before its day; its hosts stand as failing again."""
    access = enter(request, system_id, "edit")
    row, asked = _asked(access, identifier, ask_id)
    because = request.POST.get("because", "")

    def finish() -> object:
        dispositions.end_early(asked, access.user, because, timezone.now())
        update_words(access.system, timezone.now(), access.user)
        return update_items(make_assessor(access.system, content()), [row.source_key], timezone.now(), access.user)

    return _do(request, access, row, finish, "It is ended; what it covered stands as failing again.")


@require_POST
def split(request: HttpRequest, system_id: int, identifier: str) -> HttpResponse:
    """Split the verified hosts off, so that what is shown can close."""
    access = enter(request, system_id, "approve")
    row = item_in(access, identifier)
    because = request.POST.get("because", "")

    def part() -> object:
        split_off(row, (), access.user, because, timezone.now())
        return update_items(make_assessor(access.system, content()), [row.source_key], timezone.now(), access.user)

    return _do(request, access, row, part, "The verified hosts are split off, and close by themselves.")


@require_POST
def close(request: HttpRequest, system_id: int, identifier: str) -> HttpResponse:
    """A reviewer closes an item that no check decides on."""
    access = enter(request, system_id, "accept_pass")
    row = item_in(access, identifier)
    because = request.POST.get("because", "")
    informing = informing_checks(row, content())
    return _do(request, access, row, lambda: close_on_word(row, access.user, because, informing, timezone.now()), "Closed on your word.")


@require_POST
def answer(request: HttpRequest, system_id: int, identifier: str, ask_id: int) -> HttpResponse:
    """Approve or refuse what somebody else asked, by the digest of what was seen."""
    access = enter(request, system_id, "answer")
    row, asked = _asked(access, identifier, ask_id)
    if request.POST.get("answer") == "approve":
        return _do(request, access, row, lambda: _agree(request, access, asked), "Approved.")
    because = request.POST.get("because", "")
    return _do(
        request, access, row, lambda: dispositions.refuse_ask(asked, access.user, because, timezone.now()), "Refused, with your reason."
    )


def _agree(request: HttpRequest, access: Access, asked: Ask) -> object:
    """Approve it, and end the item where every other host of it is verified."""
    dispositions.approve_ask(asked, access.user, request.POST.get("seen", ""), timezone.now())
    return update_items(make_assessor(access.system, content()), [asked.item.source_key], timezone.now(), access.user)


@require_POST
def take_back(request: HttpRequest, system_id: int, identifier: str, ask_id: int) -> HttpResponse:
    """Take back what one has asked."""
    access = enter(request, system_id, "ask")
    row, asked = _asked(access, identifier, ask_id)
    return _do(request, access, row, lambda: dispositions.withdraw_ask(asked, access.user, timezone.now()), "Taken back.")


def _asked(access: Access, identifier: str, ask_id: int) -> tuple[Item, Ask]:
    row = item_in(access, identifier)
    asked = Ask.objects.filter(item=row, pk=ask_id).select_related("system", "item__system", "asked_by").first()
    if asked is None:
        raise Http404(f"Nobody has asked that of {row.identifier}.")
    return row, asked


@require_POST
def accept_passes(request: HttpRequest, system_id: int, identifier: str) -> HttpResponse:
    """A reviewer's word on passes that need one; each comes as HOST:RECEIPT."""
    access = enter(request, system_id, "accept_pass")
    row = item_in(access, identifier)
    pairs = [one.partition(":") for one in request.POST.getlist("pass")]
    receipts = {host: receipt for host, _, receipt in pairs if receipt}
    because = request.POST.get("because", "")

    def accept() -> object:
        if not receipts:
            raise ServerError("Choose the passes that you accept.")
        reviews.accept_passes(row, access.user, receipts, because, timezone.now())
        return update_items(make_assessor(access.system, content()), [row.source_key], timezone.now(), access.user)

    return _do(request, access, row, accept, "Accepted.")


def _do(request: HttpRequest, access: Access, row: Item, deed: Callable[[], object], done: str) -> HttpResponse:
    """Do it and say so, or say why not; either way on the item's page."""
    try:
        deed()
    except ServerError as error:
        return back(request, str(error), "item", access.system.pk, row.identifier, trouble=True)
    return back(request, done, "item", access.system.pk, row.identifier)


def read_day(request: HttpRequest, name: str) -> date:
    """The date of a field; raises ServerError when it is none."""
    given = request.POST.get(name, "")
    try:
        return date.fromisoformat(given)
    except ValueError as error:
        raise ServerError(f"{given or 'An empty field'} is not a date; write it as in 2027-03-14.") from error
