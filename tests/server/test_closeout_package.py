"""The closeout package of a real assessment, whole and checkable."""

import io
import json
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from poam_generator.answers import Answers
from poam_generator.assessment import CmmcAssessment, Entry
from poam_generator.attestation import Attestation
from poam_generator.package import build_package, package_faults
from poam_generator.registers import CryptoModule
from server import store
from server.models import AssessmentRecord, Item, System, User
from tests.server.cli.conftest import Run, closeout  # noqa: F401 - a fixture

NOW = timezone.now()
TODAY = NOW.date()


@pytest.fixture
def assessment(system: System, reviewer: User) -> AssessmentRecord:
    """A POA&M with one entry, an item that mends it, a word and a document."""
    Item.objects.create(
        system=system, number=1, source="person", source_key="x", state="open", detected_on=TODAY, created_at=NOW, changed_at=NOW,
        title="x", requirements=["3.1.8"], objectives=["3.1.8[b]"], points=1, severity="high",
        scheduled_completion=TODAY + timedelta(days=160), original_completion=TODAY,
    )  # fmt: skip
    word = Attestation("3.1.8[a]", "met", "J. Doe", TODAY, ("examine",), "Seen.", TODAY)
    store.record_answers(
        system, Answers(attestations=(word,), modules=(CryptoModule("laptop disks", encrypted=True, product="OpenSSL"),)), reviewer, NOW
    )
    given = CmmcAssessment(0, "self", "J. Doe", TODAY, "conditional", 109, TODAY, entries=(Entry("3.1.8", ("3.1.8[b]",), 1),))
    row = store.record_assessment(system, given, reviewer, NOW)
    document = store.add_document(system, store.NewDocument("report.txt", b"the report"), reviewer, NOW)
    store.attach(document, "assessment", "1", reviewer, NOW)
    return row


@pytest.mark.usefixtures("assessment")
def test_the_package_holds_all_that_bears_on_the_entries(closeout: Run, tmp_path: Path) -> None:  # noqa: F811 - the fixture
    file = tmp_path / "closeout.zip"
    ran = closeout("assessments", "package", "1", "-o", file)
    assert ran.status == 0, ran.err
    raw = file.read_bytes()
    assert package_faults(raw) == ()
    with zipfile.ZipFile(io.BytesIO(raw)) as package:
        held = {name: package.read(name) for name in package.namelist()}
    assert {
        "README.txt",
        "assessment.json",
        "entries.json",
        "score.json",
        "attestations.json",
        "registers.json",
        "items/PA-0001.json",
    } <= set(held)
    (entry,) = json.loads(held["entries.json"])
    assert (entry["requirement"], entry["ready"], entry["items"]) == ("3.1.8", False, [{"item": "PA-0001", "slack_days": -10}])
    assert [word["objective"] for word in json.loads(held["attestations.json"])] == ["3.1.8[a]"]
    assert json.loads(held["registers.json"])["modules"][0]["product"] == "OpenSSL"
    (document,) = json.loads(held["documents.json"])
    assert (document["attached_to"], document["counts"], held[document["path"]]) == (["assessment 1"], False, b"the report")
    assert closeout("assessments", "check", file).out == ran.out
    held["assessment.json"] = held["assessment.json"].replace(b"J. Doe", b"K. Doe")
    file.write_bytes(build_package({name: content for name, content in held.items() if not name.startswith("artifacts.")}))
    assert closeout("assessments", "check", file).out == "assessment.json is not proven to stand in link 1.\n"


def test_a_package_that_was_changed_is_found_out(closeout: Run, tmp_path: Path) -> None:  # noqa: F811 - the fixture
    file = tmp_path / "closeout.zip"
    file.write_bytes(b"no package")
    ran = closeout("assessments", "check", file, "--fail-on", "fail")
    assert (ran.status, ran.out.startswith("It cannot be read as a zip")) == (1, True)


@pytest.mark.usefixtures("assessment")
def test_the_page_shows_the_slack_and_gives_the_package(system: System, reviewer: User) -> None:
    client = Client()
    store.change_password(reviewer, "correct horse battery staple")
    client.force_login(reviewer)
    address = f"/systems/{system.pk}/assessments/1/"
    assert "10 days too late for the closeout" in client.get(address).content.decode()
    answer = client.get(f"{address}package.zip")
    assert answer["Content-Disposition"] == 'attachment; filename="closeout-1.zip"'
    assert package_faults(answer.content) == ()


@pytest.mark.usefixtures("assessment")
def test_the_command_shows_the_slack_of_each_item(closeout: Run) -> None:  # noqa: F811 - the fixture
    assert json.loads(closeout("assessments", "show", "1", "--json").out)["standings"][0]["slack_days"] == {"PA-0001": -10}
    assert "PA-0001 (-10 days of slack)" in closeout("assessments", "show", "1").out
