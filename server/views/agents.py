"""Where agents knock: no page, no session, no form. What is not signed by a key that a person approved is refused, and written down.

A head of at most one kilobyte is read and its signature checked before anything else of an upload is looked at. Every answer is
one line, "closeout WORD", for which an agent has its own sentence; nothing in it can be run.
"""

import logging
import re
from collections.abc import Callable
from functools import wraps

from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from collector.bundle import LARGEST
from server.envelope import LONGEST_ENROLMENT, LONGEST_HEAD, STATUS, AgentRefusedError, Word, read_enrolment, read_upload
from server.jobs import FORESEEN
from server.models import Agent, System
from server.store import agents as store
from server.uploads import admit, authenticate, take_in
from server.views.content import content

UPLOAD_TYPE = "application/vnd.closeout.upload"
ENROLMENT_TYPE = "application/vnd.closeout.enrolment"
WAIT_SECONDS = 15 * 60
STRANGERS = 50  # refusals of requests without a good signature that one address gets written down in that time
UPLOADS = 60  # signed uploads that one agent gets looked at in that time
_LENGTH = re.compile(r"[0-9]{1,12}")

logger = logging.getLogger(__name__)
View = Callable[[HttpRequest, int], HttpResponse]


def _machine(view: View) -> View:
    """A view for agents: by POST, without session and form token, because the request itself is signed; never cached."""

    @csrf_exempt
    @login_not_required
    @never_cache
    @require_POST
    @wraps(view)
    def answer(request: HttpRequest, system_id: int) -> HttpResponse:
        try:
            return view(request, system_id)
        except Http404:
            return _say("unknown")
        except FORESEEN as error:
            logger.error("%s: %s", request.path, error)  # noqa: TRY400 - a foreseen trouble is a sentence, not a traceback
            return _say("trouble")

    return answer


@_machine
def enrol(request: HttpRequest, system_id: int) -> HttpResponse:
    """Take a host's key in exchange for a one-time token; it counts for nothing until an administrator approves it."""
    system = get_object_or_404(System, pk=system_id)
    try:
        length = _length(request, ENROLMENT_TYPE, LONGEST_ENROLMENT)
        store.enrol(system, read_enrolment(request.read(length)), _address(request), timezone.now())
    except AgentRefusedError as refusal:
        return _refuse(request, system, None, refusal)
    return _say("enrolled")


@_machine
def upload(request: HttpRequest, system_id: int) -> HttpResponse:
    """Take in a signed bundle, or the volatile frames of one that did not change otherwise."""
    system = get_object_or_404(System, pk=system_id)
    agent: Agent | None = None
    try:
        length = _length(request, UPLOAD_TYPE, LONGEST_HEAD + LARGEST)
        head, start = read_upload(request.read(min(length, LONGEST_HEAD)))
        agent = authenticate(store.agent_of(system, head.host), head)
        if _spent(f"agent-{agent.pk}", UPLOADS):
            return _say("slow-down")
        asset = admit(agent, head, timezone.now())
        body = start + request.read(length - min(length, LONGEST_HEAD))
        take_in(agent, asset, head, body, content, timezone.now())
    except AgentRefusedError as refusal:
        return _refuse(request, system, agent, refusal)
    return _say("stored")


def _length(request: HttpRequest, kind: str, most: int) -> int:
    """The length of a body of the right type; raises AgentRefusedError before a byte of it is read."""
    if request.headers.get("Content-Type", "") != kind or request.headers.get("Content-Encoding"):
        raise AgentRefusedError("wrong-type", f"the content type is not {kind}, or it is encoded")
    text = request.headers.get("Content-Length", "")
    if not _LENGTH.fullmatch(text):
        raise AgentRefusedError("no-length", "the request does not say how long it is")
    if int(text) > most:
        raise AgentRefusedError("too-large", f"the request is {int(text)} bytes long, and {most} is the most")
    return int(text)


def _refuse(request: HttpRequest, system: System, agent: Agent | None, refusal: AgentRefusedError) -> HttpResponse:
    """The answer to what is not taken, with a row that says so; strangers cannot fill the table."""
    address = _address(request)
    if agent is None and _spent(f"stranger-{address}", STRANGERS):
        return _say("slow-down")
    logger.warning("refused an agent at %s, %s: %s", address, refusal.word, refusal)
    store.note_refusal(system, agent, refusal, address, timezone.now())
    return _say(refusal.word)


def _spent(name: str, most: int) -> bool:
    """Count one more; True when there were more than so many within the time."""
    key = f"agents-{name}"
    cache.add(key, 0, WAIT_SECONDS)
    try:
        return cache.incr(key) > most
    except ValueError:  # it has just run out, so the count begins anew
        return False


def _say(word: Word) -> HttpResponse:
    return HttpResponse(f"closeout {word}\n", content_type="text/plain; charset=utf-8", status=STATUS[word])


def _address(request: HttpRequest) -> str:
    return str(request.META.get("REMOTE_ADDR", ""))[:100]
