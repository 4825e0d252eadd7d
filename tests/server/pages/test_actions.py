"""What people do to items from the pages, and how they are told when it cannot be done."""

from collections.abc import Mapping
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from poam_generator.model import Policy
from server import store
from server.models import Ask, Conflict, Item, ItemHost, Job, System, User
from server.views.item_data import seen_milestone
from server.views.item_edit import FIELDS, write
from tests.server.pages.conftest import FIXED, Plant, make_person, signed_in
from tests.support.policies import put_policy


@pytest.fixture
def address(plant: Plant) -> str:
    return f"/systems/{plant.system.pk}/items/PA-0001/"


def say(client: Client, address: str, form: Mapping[str, object]) -> str:
    """What the page says after a form was sent."""
    return client.post(address, form, follow=True).content.decode()


def typed(item: Item) -> dict[str, str]:
    """The edit form of an item as it comes."""
    form = {field.name: write(field, item) for field in FIELDS}
    return form | {f"remediation.{platform}": text for platform, text in item.remediation.items()} | {"seen": store.review_digest(item)}


def test_an_approval_binds_to_what_the_reviewer_saw(page: Client, plant: Plant, rita: User, address: str) -> None:
    seen = store.review_digest(plant.item())
    store.edit(plant.item(), rita, {"impact": "All of plant 2."}, plant.now())
    text = say(page, f"{address}approve", {"seen": seen})
    assert "was changed after you saw it; look at it again" in text
    assert plant.item().state == "draft"
    assert "PA-0001 is approved" in say(page, f"{address}approve", {"seen": store.review_digest(plant.item())})
    assert plant.item().state == "open"


def test_an_approved_item_that_was_edited_asks_for_a_new_approval(page: Client, plant: Plant, address: str) -> None:
    say(page, f"{address}approve", {"seen": store.review_digest(plant.item())})
    assert "Approve the change" not in page.get(address).content.decode()
    form = typed(plant.item()) | {"impact": "Payroll stops.", "reason": "asked the owner"}
    assert "PA-0001 is changed" in say(page, f"{address}edit", form)
    assert "Approve the change" in page.get(address).content.decode()
    assert plant.item().impact == "Payroll stops."


def test_a_form_that_came_unchanged_changes_nothing(page: Client, plant: Plant, address: str) -> None:
    before = store.review_digest(plant.item())
    say(page, f"{address}edit", typed(plant.item()))
    assert store.review_digest(plant.item()) == before
    assert not plant.item().events.filter(kind="edited").exists()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"scheduled_completion": "soon"}, "Scheduled completion: soon is not what belongs there"),
        ({"scheduled_completion": "2099-01-01"}, "is later than the original date"),
        ({"cost_cents": "12.345"}, "Cost: 12.345 is not what belongs there"),
        ({"cost_cents": "lots"}, "Cost: lots is not what belongs there"),
        ({"effort_minutes": ""}, "Effort in minutes: an empty field is not what belongs there"),
        ({"title": " "}, "an item needs a title"),
        ({"seen": "0" * 64}, "was changed after you opened this form"),
    ],
)
def test_a_wrong_field_is_refused_and_nothing_that_was_typed_is_lost(
    page: Client, plant: Plant, address: str, change: dict[str, str], says: str
) -> None:
    answer = page.post(f"{address}edit", typed(plant.item()) | {"impact": "A long thought."} | change)
    assert answer.status_code == 400
    assert says in answer.content.decode()
    assert "A long thought." in answer.content.decode()
    assert plant.item().impact != "A long thought."


def test_money_links_and_late_dates_come_through_the_form(page: Client, plant: Plant, address: str) -> None:
    later = plant.item().original_completion + timedelta(days=30)
    change = {
        "cost_cents": "1200.50",
        "examine": "https://x.example/a\r\n\r\nhttps://x.example/b",
        "scheduled_completion": later.isoformat(),
    }
    say(page, f"{address}edit", typed(plant.item()) | change | {"reason": "the vendor is late"})
    item = plant.item()
    assert (item.cost_cents, item.examine) == (120050, ["https://x.example/a", "https://x.example/b"])
    assert (item.scheduled_completion, item.late_because) == (later, "the vendor is late")
    assert "the vendor is late" in page.get(address).content.decode()


def test_a_draft_is_returned_with_a_reason_only(page: Client, plant: Plant, address: str) -> None:
    assert "say what is wrong with the draft" in say(page, f"{address}return", {"because": " "})
    assert "Returned: The impact is nobody" in say(page, f"{address}return", {"because": "The impact is nobody's."})
    assert plant.item().state == "draft"


def test_owner_comment_and_milestones(page: Client, plant: Plant, rita: User, address: str) -> None:
    assert "Assigned to Rita" in say(page, f"{address}assign", {"owner": "rita"})
    assert plant.item().owner == rita
    assert "Nobody of the name nobody-here" in say(page, f"{address}assign", {"owner": "nobody-here"})
    assert "Assigned to nobody" in say(page, f"{address}assign", {"owner": ""})
    assert "The vendor answers tomorrow." in say(page, f"{address}comment", {"text": "The vendor answers tomorrow."})
    assert "a comment needs words" in say(page, f"{address}comment", {"text": " "})
    assert "Tell the help desk" in say(page, f"{address}milestones", {"title": "Tell the help desk", "due": timezone.now().date()})
    assert "An empty field is not a date" in say(page, f"{address}milestones", {"title": "x", "due": ""})
    first = plant.item().milestones.all()[0]
    late = (first.original_due + timedelta(days=9)).isoformat()
    form: dict[str, object] = {"title": first.title, "due": late, "done_on": "", "seen": seen_milestone(first)}
    assert "was changed after you opened this page" in say(page, f"{address}milestones/{first.number}", form | {"seen": ""})
    assert "give the reason" in say(page, f"{address}milestones/{first.number}", form)
    text = say(page, f"{address}milestones/{first.number}", form | {"reason": "holidays"})
    assert f"originally {first.original_due}" in text
    assert "(holidays)" in text


def test_a_nul_character_in_a_form_or_an_address_makes_no_sense(page: Client, plant: Plant, address: str) -> None:
    for answer in (page.post(f"{address}comment", {"text": "a\0b"}), page.get(f"/systems/{plant.system.pk}/items/?text=a%00b")):
        assert answer.status_code == 400
        assert "makes no sense to this server" in answer.content.decode()
    assert not plant.item().comments.exists()


def test_a_disposition_takes_two_people(page: Client, plant: Plant, rita: User, address: str) -> None:
    host = plant.system.assets.get(name="ws-001")
    until = (timezone.now().date() + timedelta(days=30)).isoformat()
    form: dict[str, object] = {"kind": "dismissed", "reason": "A test bench.", "until": until, "host": [str(host.pk)]}
    assert "give the reason" in say(page, f"{address}asks", form | {"reason": ""})
    assert "is no disposition" in say(page, f"{address}asks", form | {"kind": "nonsense"})
    assert "Take it back" in say(page, f"{address}asks", form)
    asked = Ask.objects.get()
    answer = f"{address}asks/{asked.pk}/answer"
    assert "another person has to answer" in say(page, answer, {"answer": "approve", "seen": asked.digest})
    other = signed_in(make_person(plant.system, "olga", "affirming_official"))
    assert "say why it is refused" in say(other, answer, {"answer": "refuse", "because": ""})
    assert "until" in say(other, answer, {"answer": "approve", "seen": asked.digest})
    assert ItemHost.objects.get(asset=host).disposition == "dismissed"
    assert rita.pk == asked.asked_by_id


def test_what_was_asked_is_taken_back_by_the_one_who_asked(page: Client, address: str) -> None:
    until = timezone.now().date().isoformat()
    say(page, f"{address}asks", {"kind": "dismissed", "reason": "A test bench.", "until": until})
    asked = Ask.objects.get()
    assert "Taken back." in say(page, f"{address}asks/{asked.pk}/withdraw", {})
    assert Ask.objects.get().state == "withdrawn"


def test_a_reviewer_accepts_passes_that_need_a_word_and_the_item_closes(page: Client, plant: Plant, rita: User, address: str) -> None:
    put_policy(plant.system, Policy(automatic=False), rita, plant.now())
    store.approve(plant.item(), rita, store.review_digest(plant.item()), plant.now())
    plant.days = dict.fromkeys(("ws-000", "ws-001", "ws-002"), FIXED)
    plant.clock = timezone.now() - timedelta(minutes=1)
    plant.scan()
    text = page.get(address).content.decode()
    assert "Awaits a reviewer" in text
    passes = [f"{row.asset_id}:{row.receipt_id}" for row in plant.system.results.all()]
    assert "Choose the passes" in say(page, f"{address}accept", {"because": "I looked."})
    ruth = make_person(plant.system, "ruth", "reviewer")
    store.assign_owner(plant.item(), rita, ruth, plant.now())
    told = signed_in(ruth).get(address).content.decode()
    assert "You own it or did, so another reviewer has to accept the passes." in told
    assert "Accept these passes" not in told
    assert "Accept these passes" in page.get(address).content.decode()
    assert "Accepted." in say(page, f"{address}accept", {"pass": passes, "because": "I looked."})
    assert plant.item().state == "closed"
    assert "accepted 3 passes: I looked." in page.get(address).content.decode().partition('id="hosts"')[0]


def test_rescan_asks_for_the_hosts_that_the_form_names(page: Client, plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.jobs.executor._put", lambda _: None)
    host = plant.system.assets.get(name="ws-001")
    answer = page.post(f"/systems/{plant.system.pk}/scans/start", {"host": [str(host.pk), "nonsense"]})
    job = Job.objects.get()
    assert answer["Location"] == f"/systems/{plant.system.pk}/jobs/{job.pk}/"
    assert (job.task, job.arguments, str(job.requested_by)) == ("scan_hosts", {"hosts": [str(host.pk)]}, "Rita")
    assert "It begins as soon as" in page.get(answer["Location"]).content.decode()
    status = page.get(f"{answer['Location']}status").json()
    assert status == {"running": True, "version": "waiting", "onward": ""}


def test_rescan_of_an_item_asks_for_its_hosts_and_for_no_others(page: Client, plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.jobs.executor._put", lambda _: None)
    address, held = f"/systems/{plant.system.pk}/scans/start", plant.item().hosts.order_by("asset")
    page.post(address, {"item": "PA-0001", "host": [f"nonsense {n}" for n in range(10_000)]})
    assert Job.objects.get().arguments == {"hosts": sorted(str(one.asset_id) for one in held)}
    held.delete()
    assert "None of these hosts has a way in" in say(page, address, {"item": "PA-0001"}), "an item without hosts does not mean all"


def test_a_scan_without_a_host_is_refused_in_a_sentence(page: Client, system: System) -> None:
    assert "None of these hosts has a way in" in say(page, f"/systems/{system.pk}/scans/start", {})
    assert not Job.objects.exists()


def test_a_host_is_retired_with_a_reason_and_leaves_its_items(page: Client, plant: Plant) -> None:
    host = plant.system.assets.get(name="ws-001")
    address = f"/systems/{plant.system.pk}/hosts/{host.pk}/"
    assert "say why ws-001 is retired" in say(page, f"{address}retire", {"because": " "})
    assert "by Rita: replaced by ws-009" in say(page, f"{address}retire", {"because": "replaced by ws-009"})
    assert ItemHost.objects.get(asset=host).disposition == "retired"
    assert "was retired on" in say(page, f"{address}retire", {"because": "again"})
    told = say(page, f"{address}reinstate", {"because": "it was not"})
    assert "ws-001 is in use again: it was not <small>Rita" in told
    assert "ws-001 was retired: replaced by ws-009 <small>Rita" in told, "what was said before stays in its history"
    assert ItemHost.objects.get(asset=host).disposition == ""


def test_a_conflict_is_told_on_both_hosts_and_resolved_in_words(page: Client, plant: Plant) -> None:
    one, other = plant.system.assets.order_by("name")[:2]
    receipt = one.receipts.all()[0]
    made = Conflict.objects.create(
        system=plant.system, asset=one, other=other, kind="machine-id", value="5e1f", receipt=receipt, noted_at=timezone.now()
    )
    for host in (one, other):
        assert "both show the machine-id" in page.get(f"/systems/{plant.system.pk}/hosts/{host.pk}/").content.decode()
    address = f"/systems/{plant.system.pk}/hosts/{other.pk}/conflicts/{made.pk}"
    assert "say how the conflict is resolved" in say(page, address, {"resolution": ""})
    assert "Resolved, in your words." in say(page, address, {"resolution": "cloned from one image"})
    assert page.post(address, {"resolution": "again"}).status_code == 404
