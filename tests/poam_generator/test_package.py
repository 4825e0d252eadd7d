"""A package of evidence is whole, or says what is wrong with it; and the slack of what a closeout waits for."""

import io
import subprocess
import zipfile
from datetime import date, timedelta
from pathlib import Path

import pytest

from collector.canonical import sha256
from poam_generator.assessment import Closeout, CmmcAssessment, Entry
from poam_generator.package import LIST, OF_LIST, build_package, hash_of_list, package_faults
from poam_generator.slack import find_slack

FILES = {"items/PA-0001.json": b"{}", "documents/1-ir plan.pdf": b"%PDF", "assessment.json": b'{"a":1}'}
WHOLE = build_package(FILES)


def contents(raw: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(raw)) as package:
        return {name: package.read(name) for name in package.namelist()}


def zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        for name, content in files.items():
            package.writestr(name, content)
    return out.getvalue()


def test_a_package_that_nobody_touched_is_whole_and_the_same_every_time() -> None:
    assert package_faults(WHOLE) == ()
    assert build_package(dict(reversed(FILES.items()))) == WHOLE
    assert hash_of_list(WHOLE) == sha256(contents(WHOLE)[LIST])


def test_the_list_is_one_that_sha256sum_reads(tmp_path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(WHOLE)) as package:
        package.extractall(tmp_path)
    for file in (LIST, OF_LIST):
        assert subprocess.run(["sha256sum", "--strict", "-c", file], cwd=tmp_path, capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"assessment.json": b'{"a":2}'}, "assessment.json is not what the list says."),
        ({"more.txt": b"x"}, "more.txt is not in the list."),
        ({OF_LIST: b"0"}, f"{OF_LIST} is not the hash of {LIST}."),
        ({LIST: b""}, f"{OF_LIST} is not the hash of {LIST}."),
        ({"assessment.json": None}, "assessment.json is in the list and not in the package."),
        ({LIST: None}, f"It has no {LIST}."),
        ({OF_LIST: None}, f"It has no {OF_LIST}."),
    ],
)
def test_whatever_was_changed_is_told(change: dict[str, bytes | None], fault: str) -> None:
    files = {name: content for name, content in (contents(WHOLE) | change).items() if content is not None}
    assert fault in package_faults(zipped(files))


SPOILED = WHOLE.replace(WHOLE[WHOLE.index(b"assessment.json") + 15 :][:4], b"\xff" * 4)  # packed data that cannot be unpacked


@pytest.mark.parametrize("raw", [b"", b"PK", b"no zip", WHOLE[: len(WHOLE) // 2], SPOILED])
def test_what_is_no_zip_is_told(raw: bytes) -> None:
    (fault,) = package_faults(raw)
    assert fault.startswith("It cannot be read as a zip")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_is_there_twice_is_told() -> None:
    out = io.BytesIO(WHOLE)
    with zipfile.ZipFile(out, "a") as package:
        package.writestr("assessment.json", b"{}")
    assert "assessment.json is there twice." in package_faults(out.getvalue())


def test_a_package_that_would_fill_the_disk_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("poam_generator.package.LARGEST", 10)
    assert package_faults(WHOLE) == ("It would unpack to more than 10 bytes.",)


DAY = date(2026, 11, 23)
ENTRIES = (Entry("3.1.8", ("3.1.8[b]",), 1, ("PA-0001", "PA-0002")), Entry("3.1.9", ("3.1.9[a]",), 1, ("PA-0003",)))
HELD = CmmcAssessment(1, "self", "J. Doe", DAY, "conditional", 108, DAY, entries=ENTRIES)


def test_slack_is_counted_to_the_last_day_that_leaves_the_closeout_its_time() -> None:
    limit = DAY + timedelta(days=150)
    found = find_slack(HELD, {"PA-0001": limit, "PA-0002": limit + timedelta(days=3), "PA-0003": DAY, "PA-0009": DAY}, 30)
    assert [(item, one.days) for item, one in found.items()] == [("PA-0001", 0), ("PA-0002", -3), ("PA-0003", 150)]
    assert find_slack(HELD, {"PA-0001": limit}, 0)["PA-0001"].days == 30


def test_what_is_closed_or_has_no_clock_has_no_slack() -> None:
    closed = Closeout("self", "J. Doe", DAY, ("3.1.9",), 109, "A. Official", DAY)
    held = CmmcAssessment(1, "self", "J. Doe", DAY, "conditional", 108, DAY, entries=ENTRIES, closeouts=(closed,))
    assert set(find_slack(held, {"PA-0001": DAY, "PA-0003": DAY}, 30)) == {"PA-0001"}
    assert find_slack(CmmcAssessment(1, "self", "J. Doe", DAY, "none", 80, entries=ENTRIES), {"PA-0001": DAY}, 30) == {}
