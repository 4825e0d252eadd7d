"""The registers on their page: written, shown with what they take from the score, and taken back."""

import pytest
from django.test import Client
from django.utils import timezone

from poam_generator.registers import MfaInput
from server import store
from server.models import AnswerRecord, User
from tests.server.pages.conftest import Plant, signed_in

SSP = {"title": "Plant 2", "version": "3.1", "approved_on": "2026-02-01", "approver": "A. Official", "reviewed_on": "2026-10-01"}
MODULE = {"place": "laptop disks", "encrypted": "yes", "product": "Example", "certificate": "4825", "status": "active"}
ROW = {
    "objective": "3.10.1[a]",
    "provider": "Example Cloud",
    "kind": "csp",
    "service": "Government region",
    "responsibility": "shared",
    "matrix_row": "PE-3",
    "document": "Matrix",
    "document_version": "4.1",
    "expires": "2099-01-01",
    "authorization": "fedramp-moderate",
}


@pytest.fixture
def client(rita: User) -> Client:
    return signed_in(rita)


def post(client: Client, plant: Plant, path: str, **told: object) -> str:
    answer = client.post(f"/systems/{plant.system.pk}/registers/{path}", told, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_plan_is_recorded_and_shown(plant: Plant, client: Client) -> None:
    assert "without one there is no score" in client.get(f"/systems/{plant.system.pk}/registers/").content.decode()
    page = post(client, plant, "ssp", **SSP)
    assert "Plant 2 3.1, approved on 2026-02-01 by A. Official" in page


def test_several_factors_count_with_final_evidence_under_the_name_of_who_says_so(plant: Plant, client: Client, rita: User) -> None:
    day = timezone.now().date()
    new = store.NewDocument("vpn.pdf", b"vpn", "final", "J. Doe", day)
    document = store.add_document(plant.system, new, rita, timezone.now())
    for place in ("remote", "local_privileged", "network_privileged"):
        page = post(client, plant, "mfa", place=place, covered="yes", document=[str(document.pk)])
    assert "It takes 3 points: remote and privileged users need several factors" in page
    (first, *_) = store.answers_of(plant.system).mfa
    assert first == MfaInput("remote", covered=True, by="Rita", on=day, evidence=(store.evidence_of(document),))
    assert "not stated" in page


def test_the_worst_place_decides_and_an_entry_is_taken_back(plant: Plant, client: Client) -> None:
    assert "no final evidence shows" in post(client, plant, "module", **MODULE, checked_on=timezone.now().date().isoformat())
    page = post(client, plant, "module", place="backup tapes")
    assert "It takes 5 points: backup tapes: CUI is not encrypted" in page
    page = post(client, plant, "module/withdraw", key="backup tapes")
    assert "Taken back" in page
    assert "It takes 3 points" in page


def test_a_shared_row_asks_for_the_own_part(plant: Plant, client: Client) -> None:
    assert "prove or attest your part" in post(client, plant, "inheritance", **ROW)


@pytest.mark.parametrize(
    ("path", "told", "sentence"),
    [
        ("ssp", {**SSP, "reviewed_on": "soon"}, "Fill in the form"),
        ("ssp", {}, "Fill in the form"),
        ("mfa", {"place": "moon"}, "Fill in the form"),
        ("module", {**MODULE, "status": "good"}, "Fill in the form"),
        ("inheritance", {**ROW, "objective": "3.99.1[a]"}, "no objective"),
        ("mfa", {"place": "remote", "document": ["99"]}, "no document 99"),
        ("module/withdraw", {"key": "nowhere"}, "there is no module"),
    ],
)
def test_what_is_not_whole_is_refused_with_a_sentence(
    plant: Plant, client: Client, path: str, told: dict[str, object], sentence: str
) -> None:
    assert sentence in post(client, plant, path, **told)
    assert not AnswerRecord.objects.exists()


def test_there_is_no_other_register(plant: Plant, client: Client) -> None:
    assert client.post(f"/systems/{plant.system.pk}/registers/nothing", {}).status_code == 404
    assert client.post(f"/systems/{plant.system.pk}/registers/nothing/withdraw", {}).status_code == 404
