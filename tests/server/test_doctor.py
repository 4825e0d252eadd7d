from pathlib import Path

import pytest
from django.db import connection

from collector.bundle import read_bundle
from poam_generator import model as poam
from server import doctor, guards, store
from server.models import Asset, Closure, Receipt, System
from server.store import Delivery
from tests.server.conftest import at
from tests.support.items import make_item


@pytest.fixture
def receipt(system: System, host: Asset, raw: bytes) -> Receipt:
    return store.save_bundle(system, host, read_bundle(raw), Delivery("ssh", at(1), at(0))).receipt


def troubles() -> dict[str, str]:
    return {finding.name: finding.text for finding in doctor.examine(whole=True) if not finding.good}


def tamper(statement: str, *values: bytes | str) -> None:
    guards.remove()
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
    guards.install()


@pytest.mark.usefixtures("receipt")
def test_what_is_whole_is_said_to_be() -> None:
    assert troubles() == {}
    said = {finding.name: finding.text for finding in doctor.examine()}
    assert said["receipts"] == "1 of 1 receipts are what their digests say"
    assert "tables refuse changes" in said["guards"]


@pytest.mark.usefixtures("receipt")
def test_a_missing_guard_is_found() -> None:
    guards.remove()
    assert "missing: server_agentevent: server_agentevent_no_delete" in troubles()["guards"]


def test_changed_bytes_are_found(receipt: Receipt) -> None:
    tamper("UPDATE server_blob SET data = %s WHERE digest = %s", b"x", bytes(receipt.layout)[:32].hex())
    assert set(troubles()) == {"bytes", "receipts"}


@pytest.mark.parametrize("column", ["account = 'root'", "ordered_at = '2020-01-01 00:00:00+00:00'", "sha256 = ''"])
def test_a_changed_receipt_is_found(receipt: Receipt, column: str) -> None:
    tamper(f"UPDATE server_receipt SET {column}")  # noqa: S608 - our own words
    assert f"receipt {receipt.pk} is not what its digest says" in troubles()["receipts"]


def test_a_record_that_does_not_hold_is_found(system: System, host: Asset) -> None:
    make_item(system, "password-age", [host])
    store.apply(system, [poam.WithdrawItem("PA-0001", {"schema": "closeout.closure/1"})], [], at(1))
    assert "closure of PA-0001: This is not a closure record" in troubles()["closures"]
    assert Closure.objects.count() == 1


def test_a_directory_that_others_can_enter_is_found(db: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    del db
    monkeypatch.setenv("CLOSEOUT_DATA", str(tmp_path / "data"))
    (tmp_path / "data").mkdir(mode=0o755)
    (tmp_path / "data").chmod(0o755)
    assert "others can read it; chmod 700 it" in troubles()["files"]
