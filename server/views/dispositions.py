"""The ledger of what people have accepted, excepted, deferred or dismissed: apart from the plan and from assessments."""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from server.dispositions import disposition_lines
from server.store.dispositions import WORDS
from server.views.access import enter
from server.views.listing import chosen
from server.views.page import show

MEANING: Final = {
    "accepted": "Still NOT MET, and the points stay deducted: being accepted gives none back.",
    "enduring_exception": "Counts as MET while its section of the SSP describes it with its mitigations (32 CFR 170.24(b)(1)(i)).",
    "temporary_deficiency": "Counts as MET while there is progress in time (32 CFR 170.24(b)(1)(ii)); without, it lapses to NOT MET.",
    "dismissed": "A false positive, with an end date; it never raises the score.",
}


@require_safe
def dispositions(request: HttpRequest, system_id: int) -> HttpResponse:
    """Every disposition that is in force, has lapsed, or waits for an answer, by kind."""
    access = enter(request, system_id)
    lines = list(disposition_lines(access.system, timezone.now().date()))
    kind = chosen(request, "kind", WORDS)
    kinds = [
        (word, text, MEANING[word], [one for one in lines if one.ask.kind == word]) for word, text in WORDS.items() if kind in {"", word}
    ]
    return show(request, "dispositions.html", access, kinds=kinds)
