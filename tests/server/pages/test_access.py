"""Who may see and do what, tried at every address there is, so that none can be forgotten."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from poam_generator.assessment import CmmcAssessment, Entry
from poam_generator.model import Policy
from poam_generator.tailoring import StandingException
from server import store
from server.changes import changes_of
from server.models import Agent, Ask, Conflict, Job, Milestone, System, User
from server.views.content import content
from tests.server.pages.conftest import CHECK, Plant, make_person, signed_in

PUBLIC = {"sign-in", "sign-out", "theme"}
OF_NO_SYSTEM = {"home", "password", "design"}
SIGNED = {"agent-enrol", "agent-upload"}  # asked for by hosts, which sign what they send: test_agent_uploads
WRITES = {
    "item-approve", "item-return", "item-assign", "item-comment", "item-accept", "item-edit", "item-ask", "ask-answer", "ask-withdraw",
    "milestone-add", "milestone-change", "judgement-confirm", "rescan", "host-retire", "host-reinstate", "conflict-resolve", "agent-token",
    "agent-package", "agent-approve", "agent-revoke", "attest", "not-applicable-approve", "assessment-closeout", "item-new",
    "assessment-new", "item-close", "ask-progress", "ask-end", "host-change", "item-split", "drafting-change", "drafting-delegate",
    "document-add", "document-attach", "policy-propose", "policy-answer",
    "content-report", "content-accept",
    "duty-start", "duty-put", "duty-done", "values-confirm", "exception-ask", "exception-answer", "exception-end",
    "asset-add", "asset-categorise", "first-pass-put-off", "register-record", "register-withdraw",
    "relevant-choose", "relevant-withdraw",
}  # fmt: skip


def patterns() -> Iterator[URLPattern]:
    for one in get_resolver().url_patterns:
        assert not isinstance(one, URLResolver), "addresses are one flat list, so that this test sees them all"
        yield one


def names(pattern: URLPattern) -> list[str]:
    return list(pattern.pattern.converters)


@pytest.fixture
def values(plant: Plant, rita: User) -> dict[str, object]:
    """For every part that an address may name, an object that there is."""
    item = plant.item()
    asked = store.ask(item, rita, store.Wish("dismissed", "a test bench", timezone.now().date()), timezone.now())
    job = Job.objects.create(
        system=plant.system, task="scan_hosts", arguments={"hosts": []}, machine="x", created_at=timezone.now(), state="done"
    )
    asset, other = plant.system.assets.all()[:2]
    receipt = asset.receipts.all()[0]
    conflict = Conflict.objects.create(
        system=plant.system, asset=other, other=asset, kind="hostname", value="twin", receipt=receipt, noted_at=timezone.now()
    )
    given = store.NewDocument("plan.txt", b"the plan")
    proposal = store.propose_policy(plant.system, Policy(), "A test.", rita, timezone.now())
    entry = CmmcAssessment(0, "self", "J. Doe", timezone.now().date(), "none", 109, entries=(Entry("3.5.8", ("3.5.8[a]",), 1),))
    store.add_person(plant.system, "otto", ("affirming_official",), timezone.now())
    wanted = StandingException(CHECK, "group", "lab", "accepted", "a test bench", "otto", timezone.now().date())
    store.ask_exceptions(plant.system, [wanted], rita, timezone.now())
    enrolled = {"public_key": b"", "fingerprint": "0" * 64, "said_name": "ws-000", "address": "192.0.2.1", "enrolled_at": timezone.now()}
    agent = Agent.objects.create(id=uuid4(), system=plant.system, **enrolled)
    return {
        "document_id": store.add_document(plant.system, given, rita, timezone.now()).pk,
        "assessment_number": store.record_assessment(plant.system, entry, rita, timezone.now()).number,
        "proposal_id": proposal.pk,
        "system_id": plant.system.pk,
        "identifier": item.identifier,
        "number": Milestone.objects.filter(item=item)[0].number,
        "ask_id": asked.pk,
        "asset_id": asset.pk,
        "receipt_id": receipt.pk,
        "conflict_id": conflict.pk,
        "check_id": CHECK,
        "requirement_id": "3.1.1",
        "key": "cmmc-l1",
        "change_key": changes_of(plant.system, content(), timezone.now().date())[0].key,
        "language": "shell",
        "letter": "b",
        "kind": "mfa",
        "run_id": plant.system.scans.all()[0].pk,
        "job_id": job.pk,
        "agent_id": agent.pk,
    }


@pytest.fixture
def addresses(values: dict[str, object]) -> dict[str, str]:
    """Name -> address, of every page that belongs to a system."""
    found = {}
    for pattern in patterns():
        assert pattern.name, pattern
        if "system_id" in names(pattern) and pattern.name not in SIGNED:
            found[pattern.name] = reverse(pattern.name, args=[values[part] for part in names(pattern)])
    return found


def test_every_address_belongs_to_a_system_or_is_known_here() -> None:
    outside = {pattern.name for pattern in patterns() if "system_id" not in names(pattern)}
    assert outside == PUBLIC | OF_NO_SYSTEM


def test_nobody_who_is_not_signed_in_sees_or_changes_anything(addresses: dict[str, str]) -> None:
    client = Client()
    for name in OF_NO_SYSTEM:
        addresses[name] = reverse(name)
    for name, address in addresses.items():
        for answer in (client.get(address), client.post(address)):
            assert answer.status_code == 302, name
            assert answer["Location"].startswith("/sign-in?next="), name


def test_a_stranger_finds_nothing_of_another_system(addresses: dict[str, str]) -> None:
    other = System.objects.create(name="Elsewhere", created_at=timezone.now())
    stranger = signed_in(make_person(other, "sam", "administrator", "reviewer", "affirming_official"))
    for name, address in addresses.items():
        expected = {404, 405}
        answers = [stranger.get(address), stranger.post(address)]
        assert {one.status_code for one in answers} <= expected, name
        assert 404 in {one.status_code for one in answers}, name
        assert all("ws-000" not in one.content.decode() for one in answers), name


def test_an_object_is_not_found_below_another_system(addresses: dict[str, str], values: dict[str, object], rita: User) -> None:
    other = System.objects.create(name="Elsewhere", created_at=timezone.now())
    for role in ("administrator", "reviewer", "affirming_official"):
        store.grant(other, rita, role, timezone.now())
    client = signed_in(rita)
    own, foreign = f"/systems/{values['system_id']}/", f"/systems/{other.pk}/"
    for pattern in patterns():
        named = set(names(pattern)) - {"system_id", "check_id", "requirement_id", "letter", "kind", "key", "change_key", "language"}
        if named:
            address = addresses[str(pattern.name)].replace(own, foreign)
            assert 404 in {client.get(address).status_code, client.post(address).status_code}, pattern.name


def test_a_viewer_reads_everything_and_changes_nothing(addresses: dict[str, str], victor: User, plant: Plant) -> None:
    client = signed_in(victor)
    before = (plant.item().changed_at, Ask.objects.get().state, Job.objects.count())
    for name, address in addresses.items():
        if name in WRITES:
            assert client.post(address).status_code == 403, name
            assert client.get(address).status_code in {403, 405}, name
        elif name != "item-closure":
            assert client.get(address).status_code in {200, 302}, name
            assert client.post(address).status_code == 405, name
    assert (plant.item().changed_at, Ask.objects.get().state, Job.objects.count()) == before


def test_a_form_without_its_token_is_refused(addresses: dict[str, str], rita: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(rita)
    for name in WRITES:
        answer = client.post(addresses[name])
        assert answer.status_code == 403, name
        assert "reload the page" in answer.content.decode(), name


def test_an_administrator_accepts_no_pass_and_answers_no_request(addresses: dict[str, str], plant: Plant) -> None:
    client = signed_in(make_person(plant.system, "adam", "administrator"))
    for name in ("item-accept", "ask-answer", "judgement-confirm"):
        answer = client.post(addresses[name])
        assert answer.status_code == 403, name
        assert "takes the role of" in answer.content.decode(), name


def test_a_role_that_was_taken_away_counts_at_once(addresses: dict[str, str], victor: User, plant: Plant) -> None:
    client = signed_in(victor)
    assert client.get(addresses["items"]).status_code == 200
    store.revoke(plant.system, victor, "viewer")
    assert client.get(addresses["items"]).status_code == 404
