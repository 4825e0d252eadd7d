"""The pages of documents, assessments and closing policies."""

from collections.abc import Mapping
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from poam_generator.answers import Answers
from poam_generator.assessment import CmmcAssessment, Entry
from poam_generator.score import Ssp
from server import store
from server.models import AssessmentRecord, CloseoutRecord, Document, PolicyProposal, System, User
from tests.server.pages.conftest import Plant, make_person, signed_in

TODAY = timezone.now().date()


@pytest.fixture
def address(system: System) -> str:
    return f"/systems/{system.pk}/"


def say(client: Client, address: str, fields: Mapping[str, object]) -> str:
    """What the page says after a form was sent."""
    answer = client.post(address, fields, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def upload(name: str = "plan.html", content: bytes = b"<script>alert(1)</script>") -> dict[str, object]:
    return {
        "file": SimpleUploadedFile(name, content),
        "status": "final",
        "owner": "J. Doe",
        "approved_on": "2026-03-01",
        "version": "2.0",
        "next_review": "",
        "subject": "objective",
        "key": "",
        "replaces": "",
    }


def test_a_document_is_added_attached_and_comes_back_as_a_file_to_keep(page: Client, plant: Plant, address: str) -> None:
    item = plant.item().identifier
    text = say(page, f"{address}evidence/add", upload() | {"subject": "item", "key": item})
    assert "plan.html 2.0 is kept as document" in text
    assert f"items/{item}/" in text
    row = Document.objects.get()
    answer = page.get(f"{address}evidence/{row.pk}")
    assert answer.content == b"<script>alert(1)</script>"
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"] == "attachment; filename*=UTF-8''plan.html"
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_a_draft_is_warned_of_where_it_is_added_and_listed(page: Client, address: str) -> None:
    text = say(page, f"{address}evidence/add", upload("plan-draft.txt", b"Draft"))
    assert text.count("Its name calls it a draft") == 2


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"file": ""}, "Choose a file of at most 25 MB."),
        ({"owner": ""}, "a final document has an owner"),
        ({"approved_on": "soon"}, "&#39;soon&#39; is no date"),
        ({"key": "PA-9999", "subject": "item"}, "no item"),
        ({"key": "x", "subject": "secrets"}, "Say whether it belongs"),
        ({"replaces": "999"}, "no document 999"),
    ],
)
def test_what_cannot_be_kept_comes_back_as_a_sentence(page: Client, address: str, fields: dict[str, object], sentence: str) -> None:
    assert sentence in say(page, f"{address}evidence/add", upload() | fields)


def test_a_document_is_attached_later_and_taken_off_again(page: Client, address: str) -> None:
    say(page, f"{address}evidence/add", upload())
    row = Document.objects.get()
    assert "attached to 3.6.1[a]." in say(page, f"{address}evidence/{row.pk}/attach", {"subject": "objective", "key": "3.6.1[a]"})
    text = say(page, f"{address}evidence/{row.pk}/attach", {"subject": "objective", "key": "3.6.1[a]", "off": "yes"})
    assert "taken off 3.6.1[a]." in text
    assert store.uses_of(row) == []


def assess_c3pao(system: System, rita: User) -> int:
    then = TODAY - timedelta(days=10)
    entry = Entry("3.5.8", ("3.5.8[a]",), 1, ("PA-0001",))
    given = CmmcAssessment(0, "c3pao", "A. Lead", then, "conditional", 109, then, "Assessors Ltd", (entry,))
    return store.record_assessment(system, given, rita, timezone.now()).number


CLOSEOUT = {
    "kind": "c3pao",
    "organization": "Assessors Ltd",
    "assessor": "A. Lead",
    "on": TODAY.isoformat(),
    "score": "110",
    "affirmed_by": "A. Official",
    "affirmed_on": TODAY.isoformat(),
    "met": ["3.5.8"],
}


def test_an_assessment_shows_its_clock_its_entries_and_who_closes_it_out(page: Client, plant: Plant, rita: User, address: str) -> None:
    number = assess_c3pao(plant.system, rita)
    text = page.get(f"{address}assessments/{number}/").content.decode()
    assert (TODAY + timedelta(days=170)).isoformat() in text
    assert "not ready" in text
    assert plant.item().identifier in text
    assert "entered by the role of affirming official" in text
    assert "Record the closeout" not in text
    assert f"assessments/{number}/" in page.get(f"{address}assessments/").content.decode()


def test_the_affirming_official_records_the_closeout(plant: Plant, rita: User, address: str) -> None:
    number = assess_c3pao(plant.system, rita)
    official = signed_in(make_person(plant.system, "olga", "affirming_official"))
    path = f"{address}assessments/{number}/"
    assert "Record the closeout" in official.get(path).content.decode()
    assert "Say the day on which the closeout assessment ended" in say(official, f"{path}closeout", CLOSEOUT | {"on": ""})
    assert "is no date" in say(official, f"{path}closeout", CLOSEOUT | {"affirmed_on": "soon"})
    assert "whole number" in say(official, f"{path}closeout", CLOSEOUT | {"score": "full"})
    text = say(official, f"{path}closeout", CLOSEOUT)
    assert "Recorded: every entry is closed." in text
    assert "Not shown here when it was recorded" in text
    assert CloseoutRecord.objects.count() == 1


NEW: dict[str, object] = {"kind": "self", "assessor": "J. Doe", "on": TODAY.isoformat(), "status": "none", "status_on": ""}


def test_an_assessment_is_recorded_by_the_page_as_the_command_does(page: Client, plant: Plant, rita: User, address: str) -> None:
    store.record_answers(plant.system, Answers(Ssp("Plant 2", "3.1", TODAY, "A. Official", TODAY)), rita, timezone.now())
    text = page.get(f"{address}assessments/new").content.decode()
    assert "That leaves -203 of 110" in text
    assert f"{address}assessments/new" in page.get(f"{address}assessments/").content.decode()
    assert "Recorded as assessment 1; it is never changed again." in say(page, f"{address}assessments/new", NEW)
    whole, one = (store.assessments(plant.system)[0], NEW | {"entry": ["3.5.8"], "others": "3.5.7, 3.1.9"})
    assert (whole.score, len(whole.entries)) == (-203, 110)
    conditional = one | {"status": "conditional", "status_on": TODAY.isoformat()}
    text = say(page, f"{address}assessments/new", conditional)
    assert f"Its closeout is due by {TODAY + timedelta(days=180)}." in text
    held = store.assessments(plant.system)[1]
    assert (held.score, [entry.requirement for entry in held.entries]) == (107, ["3.5.8", "3.5.7", "3.1.9"])


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({}, "there is no system security plan on record"),
        ({"status": "sure"}, "Say which CMMC status it gave"),
        ({"kind": "friend"}, "Say who assessed"),
        ({"on": "soon"}, "&#39;soon&#39; is no date"),
        ({"score": "full"}, "&#39;full&#39; is no score"),
        ({"score": "100", "entry": "3.5.8"}, "The score is 100"),
        ({"others": "3.99.1"}, "has no requirement 3.99.1"),
        ({"assessor": " ", "entry": "3.5.8"}, "Name the assessor"),
        ({"status": "final", "status_on": TODAY.isoformat(), "entry": "3.5.8"}, "Final status leaves no POA&amp;M"),
        ({"status": "conditional", "status_on": TODAY.isoformat(), "others": "3.1.1"}, "3.1.1 takes 5 and may not stand"),
    ],
)
def test_an_assessment_that_cannot_be_is_not_recorded_and_what_was_typed_stands_there(
    page: Client, address: str, fields: dict[str, object], sentence: str
) -> None:
    answer = page.post(f"{address}assessments/new", NEW | {"organization": "typed before"} | fields)
    assert answer.status_code == 400
    text = answer.content.decode()
    assert sentence in text
    assert 'value="typed before"' in text
    assert not AssessmentRecord.objects.exists()


def test_whoever_has_not_the_named_role_records_no_closeout(page: Client, plant: Plant, rita: User, address: str) -> None:
    number = assess_c3pao(plant.system, rita)
    assert "needs the role affirming official" in say(page, f"{address}assessments/{number}/closeout", CLOSEOUT)
    assert not CloseoutRecord.objects.exists()


POLICY = {
    "group": "",
    "severity": "high",
    "passes": "2",
    "fresh_days": "7",
    "soak_days": "1",
    "flapping_changes": "3",
    "flapping_days": "30",
    "flapping_passes": "3",
    "automatic": "no",
    "same_judgement": "yes",
    "reason": "Twice.",
}


def test_a_policy_is_proposed_by_one_and_approved_by_another(page: Client, system: System, address: str) -> None:
    assert "nobody: this is the default" in page.get(f"{address}closing/").content.decode()
    text = say(page, f"{address}closing/propose", POLICY)
    assert "Another person has to answer it." in text
    asked = PolicyProposal.objects.get()
    assert "another person has to answer" in say(page, f"{address}closing/{asked.pk}/answer", {"answer": "approve", "seen": asked.digest})
    other = signed_in(make_person(system, "olga", "affirming_official"))
    assert "severity high" in say(other, f"{address}closing/{asked.pk}/answer", {"answer": "approve", "seen": asked.digest})
    (held,) = store.policies_of(system)
    assert (held.passes, held.automatic, held.same_judgement, held.severity, held.approved_by) == (2, False, True, "high", "Olga")


def test_a_policy_is_refused_with_a_reason_and_a_wrong_number_is_told(page: Client, system: System, address: str) -> None:
    assert "is not a whole number" in say(page, f"{address}closing/propose", POLICY | {"passes": "-1"})
    assert "no closing policy for" in say(page, f"{address}closing/propose", POLICY | {"withdraw": "yes"})
    say(page, f"{address}closing/propose", POLICY)
    asked = PolicyProposal.objects.get()
    other = signed_in(make_person(system, "olga", "reviewer"))
    assert "say why" in say(other, f"{address}closing/{asked.pk}/answer", {"answer": "refuse"})
    assert "Too much." in say(other, f"{address}closing/{asked.pk}/answer", {"answer": "refuse", "because": "Too much."})
    assert store.policies_of(system) == ()


FOUND = {
    "source": "assessor",
    "severity": "high",
    "objectives": "3.6.3[a]",
    "due": "",
    "title": "No IR test",
    "identified_by": "Assessment",
    "weakness": "Untested.",
    "reference": "F-7",
}


@pytest.fixture
def found(page: Client, system: System, address: str) -> str:
    """The address of an item that an assessor found."""
    assert "it waits for a review" in say(page, f"{address}items/new", FOUND)
    row = store.whole_items(system).get(source="assessor")
    assert (row.source_key, row.objectives) == ("F-7", ["3.6.3[a]"])
    return f"{address}items/{row.identifier}/"


def test_a_form_with_a_mistake_comes_back_with_what_was_typed(page: Client, address: str) -> None:
    answer = page.post(f"{address}items/new", FOUND | {"objectives": "3.99.1[a]"})
    assert answer.status_code == 400
    assert "Assessment" in answer.content.decode()
    assert "3.99.1" in answer.content.decode()
    assert page.post(f"{address}items/new", FOUND | {"due": "soon"}).status_code == 400
    assert page.get(f"{address}items/new").status_code == 200


def test_an_item_without_a_check_says_why_it_is_open_and_closes_on_a_reviewers_word(page: Client, address: str, found: str) -> None:
    assert "No evidence is attached to it." in page.get(found).content.decode()
    assert "No evidence is attached" in say(page, f"{found}close", {"because": "Tested."})
    say(page, f"{address}evidence/add", upload() | {"subject": "item", "key": found.split("/")[-2]})
    assert "Closed on your word." in say(page, f"{found}close", {"because": "Tested."})
    text = page.get(found).content.decode()
    assert "Tested." in text
    assert "No scan shows it" in text


def test_a_temporary_deficiency_shows_its_basis_and_takes_progress(page: Client, system: System, found: str) -> None:
    until = (TODAY + timedelta(days=60)).isoformat()
    wish = {"kind": "temporary_deficiency", "reason": "The patch broke it.", "until": until, "mitigation": "Patch 7."}
    assert "what was never implemented is none" in say(page, f"{found}asks", wish)
    text = say(page, f"{found}asks", wish | {"basis": "was_implemented", "progress_days": "10"})
    assert "It lapses after 10 days without progress" in text
    other = signed_in(make_person(system, "olga", "reviewer"))
    asked = system.asks.get()
    say(other, f"{found}asks/{asked.pk}/answer", {"answer": "approve", "seen": asked.digest})
    assert "the patch is in test" in say(page, f"{found}asks/{asked.pk}/progress", {"text": "the patch is in test"})
    ledger = page.get(found.split("items/", maxsplit=1)[0] + "dispositions/").content.decode()
    assert "1 in force" in ledger
    assert "Patch 7." in ledger
    assert "it is ended" in say(page, f"{found}asks/{asked.pk}/end", {"because": "the patch came"}).lower()
    ledger = page.get(found.split("items/", maxsplit=1)[0] + "dispositions/").content.decode()
    assert "0 in force" in ledger
    assert "the patch came" in ledger


def test_a_not_met_attestation_on_the_page_drafts_its_item(page: Client, system: System, address: str) -> None:
    word = {"finding": "not_met", "method": ["examine"], "statement": "Untested.", "review_by": ""}
    assert "is drafted for it: every NOT MET requirement needs an item" in say(page, f"{address}requirements/3.6.3/a/attest", word)
    assert store.whole_items(system).get().source == "attestation"


def test_overdue_duties_stand_on_the_home_page_and_are_noted_as_done(page: Client, address: str) -> None:
    assert "No duty is set" in page.get(f"{address}duties/").content.decode()
    assert "log-review" in say(page, f"{address}duties/start", {})
    old = (TODAY - timedelta(days=3)).isoformat()
    fields = {"key": "log-review", "title": "Review", "every_days": "7", "first_due": old, "requirements": "3.3.5", "owner": "J. Doe"}
    assert "is not a number of days" in say(page, f"{address}duties/set", fields | {"every_days": "often"})
    assert "3.99.1" in say(page, f"{address}duties/set", fields | {"requirements": "3.99.1"})
    say(page, f"{address}duties/set", fields)
    assert "<b>1</b> duties overdue" in page.get(address).content.decode()
    say(page, f"{address}evidence/add", upload())
    document = Document.objects.get()
    done = {"key": "log-review", "on": TODAY.isoformat(), "statement": "Nothing.", "document": str(document.pk)}
    assert "is not a date" in say(page, f"{address}duties/done", done | {"on": ""})
    say(page, f"{address}duties/done", done)
    assert "<b>0</b> duties overdue" in page.get(address).content.decode()
    say(page, f"{address}duties/set", {"drop": "log-review"})
    assert "log-review" not in [one.key for one in store.duties(document.system)]
    history = page.get(f"{address}duties/").content.decode().partition('id="history"')[2]
    for told in ("taken back", f"done on {TODAY}: Nothing.", f"set: Review, every 7 days from {old}, of 3.3.5; owner J. Doe"):
        assert told in history


def test_a_host_is_renamed_moved_and_merged_from_its_page(page: Client, plant: Plant, address: str) -> None:
    host, twin, _ = plant.system.assets.order_by("name")
    path = f"{address}hosts/{host.pk}/"
    assert "say why" in say(page, f"{path}change", {"name": "ws-100", "group": ""})
    assert "already an asset" in say(page, f"{path}change", {"name": twin.name, "group": "servers", "because": "new scheme"})
    assert plant.system.assets.get(pk=host.pk).group == "", "all of the form or nothing of it"
    assert "ws-100 is as you said" in say(page, f"{path}change", {"name": "ws-100", "group": "servers", "because": "new scheme"})
    assert "no asset &#39;nowhere&#39;" in say(page, f"{path}change", {"into": "nowhere", "because": "x"})
    assert twin.name in say(page, f"{path}change", {"into": twin.name, "because": "entered twice"})
    merged = page.get(path).content.decode()
    assert f"{twin.name}</a> stands in its place" in merged
    assert "into use again" not in merged
    text = page.get(f"{address}items/{plant.item().identifier}/").content.decode()
    for sentence in ("is called ws-100 from now on", "moved from no group to servers", "is the same machine as"):
        assert sentence in text


def test_verified_hosts_are_split_off_from_the_page_and_close(page: Client, plant: Plant, rita: User, address: str) -> None:
    store.approve(plant.item(), rita, store.review_digest(plant.item()), plant.now())
    plant.days = {"ws-000": 60}
    plant.clock = timezone.now() - timedelta(minutes=1)
    plant.scan()
    path = f"{address}items/PA-0001/"
    assert "Split off the 1 verified host" in page.get(path).content.decode()
    assert "say why" in say(page, f"{path}split", {})
    say(page, f"{path}split", {"because": "The pilot is done."})
    assert store.find_item(plant.system, "PA-0002").state == "closed"
    assert "came verified from" in page.get(f"{address}items/PA-0002/").content.decode()
    assert store.find_item(plant.system, "PA-0001").state == "open"
