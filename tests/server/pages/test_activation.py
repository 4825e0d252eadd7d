"""New content on the pages: what waits, what it would do, and a reviewer's word on it."""

import pytest
from django.test import Client

from poam_generator.tailoring import Source
from server import jobs, store
from server.models import ContentRecord, ContentReport, Job, User
from tests.server.pages.conftest import CHECK, Plant, signed_in


@pytest.fixture
def report(plant: Plant, rita: User) -> ContentReport:
    """The plant was judged by one check; all others that are shipped are new to it."""
    jobs.report_content(plant.system, rita, {})
    return ContentReport.objects.get()


def read(client: Client, plant: Plant, path: str = "content/") -> str:
    answer = client.get(f"/systems/{plant.system.pk}/{path}")
    assert answer.status_code == 200
    return answer.content.decode()


def accept(client: Client, plant: Plant, report: str, because: str = "pilot hosts looked at") -> str:
    answer = client.post(f"/systems/{plant.system.pk}/content/accept", {"report": report, "because": because}, follow=True)
    return answer.content.decode()


def test_before_anything_was_judged_nothing_waits(page: Client, rita: User) -> None:
    system = rita.memberships.all()[0].system
    assert "Nothing was judged yet" in page.get(f"/systems/{system.pk}/content/").content.decode()


def test_what_is_new_waits_and_the_list_of_checks_says_so(plant: Plant, page: Client) -> None:
    assert "New content waits" in read(page, plant)
    assert "came with new content" in read(page, plant, "checks/")


def test_a_report_is_made_beside_the_answer_and_leads_back(plant: Plant, page: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.jobs.executor._put", lambda taken: taken.lock.close())
    answer = page.post(f"/systems/{plant.system.pk}/content/report")
    job = Job.objects.get()
    assert answer["Location"] == f"/systems/{plant.system.pk}/jobs/{job.pk}/"
    assert "Report asked for" in page.get(answer["Location"]).content.decode()
    jobs.run_job(job.pk)
    assert page.get(answer["Location"])["Location"] == f"/systems/{plant.system.pk}/content/"
    assert page.get(f"{answer['Location']}status").json()["onward"] == f"/systems/{plant.system.pk}/content/"


def test_the_report_shows_what_would_open(plant: Plant, page: Client, report: ContentReport) -> None:
    shown = read(page, plant)
    assert report.sha256 in shown
    assert "an item with ws-000, ws-001, ws-002" in shown


def test_accepted_it_is_in_use_and_waits_no_more(plant: Plant, page: Client, report: ContentReport) -> None:
    said = accept(page, plant, report.sha256)
    assert "The content is in use." in said
    assert "New content waits" not in said
    record = store.content_in_use(plant.system)
    assert record
    assert (str(record.accepted_by), record.because, record.report) == ("Rita", "pilot hosts looked at", report)


def test_a_changed_judgement_that_came_with_new_content_has_no_button_of_its_own(plant: Plant, page: Client, rita: User) -> None:
    value = {f"{CHECK}.days": (90, Source("Policy 7", "2", "CISO", plant.now().date()))}
    store.confirm_parameters(plant.system, value, rita, plant.now())
    plant.scan()
    (waiting,) = store.pending_judgements(plant.system)
    other = {CHECK: {"linux": "0" * 64}}
    ContentRecord.objects.create(system=plant.system, content="0" * 64, manifest=other, since=plant.now())
    address = f"checks/{CHECK}/"
    assert 'name="judgement"' not in read(page, plant, address)
    said = page.post(f"/systems/{plant.system.pk}/{address}confirm", {"judgement": waiting.digest, "reason": "it is good"}, follow=True)
    assert "came with new content" in said.content.decode()
    assert "See what they would do" in read(page, plant, "")
    assert store.pending_judgements(plant.system) == [waiting]


def test_what_was_not_seen_is_not_accepted(plant: Plant, page: Client, report: ContentReport) -> None:
    assert "not the newest report" in accept(page, plant, "0" * 64)
    assert "say why" in accept(page, plant, report.sha256, " ")
    assert [one.report for one in store.content_records(plant.system)] == [None]


def test_a_viewer_sees_the_report_and_no_button(plant: Plant, victor: User, report: ContentReport) -> None:
    shown = read(signed_in(victor), plant)
    assert report.sha256 in shown
    assert "<button" not in shown.partition("<main")[2].partition("</main>")[0]
