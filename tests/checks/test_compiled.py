"""What was read of the shipped checks is kept beside the code, and counts for just these files."""

from importlib.resources import files
from pathlib import Path

import pytest

from checks import compiled, load
from checks.compiled import digest_of, keep, recall
from checks.load import load_content, read_directory

DATA = {"checks/content/a.yml": {"id": "a", "title": "Ä"}}


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where it is kept, for this test alone, by a Python that may write compiled modules."""
    monkeypatch.setattr(compiled, "_KEPT", tmp_path / "cache" / "content.json")
    monkeypatch.setattr("sys.dont_write_bytecode", False)
    return tmp_path / "cache" / "content.json"


def test_what_is_recalled_is_what_the_files_say(kept: Path) -> None:
    first, second = load_content(), load_content()
    anew, _ = read_directory(files("checks") / "content", "checks/content")
    assert kept.exists()
    assert first.checks == second.checks == anew.checks
    assert list(second.checks) == list(anew.checks)
    name = next(iter(second.checks))
    assert second.documents[name] == anew.documents[name]


def test_a_file_that_changes_in_the_moment_of_reading_is_kept_as_it_was_read(
    kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = min(Path(compiled.__file__).parent.glob("content/*/*.yml"))
    before, file = shipped.read_bytes(), tmp_path / "content" / shipped.name
    file.parent.mkdir()

    def change_first(digest: str) -> object:
        file.write_bytes(before.replace(b"\ntitle: ", b"\ntitle: Now "))
        return recall(digest)

    file.write_bytes(before)
    monkeypatch.setattr(load, "files", lambda _: tmp_path)
    monkeypatch.setattr(load, "recall", change_first)
    (first,) = load_content().checks.values()
    monkeypatch.setattr(load, "recall", recall)
    (changed,) = load_content().checks.values()
    file.write_bytes(before)
    (again,) = load_content().checks.values()
    assert kept.exists()
    assert (first, changed.title) == (again, f"Now {again.title}")


def test_another_digest_recalls_nothing(kept: Path) -> None:
    keep("one", DATA)
    assert recall("one") == DATA
    assert recall("two") is None
    assert kept.stat().st_mode & 0o777 == 0o644


SPOILT = [lambda raw: raw[:-1], lambda raw: raw.replace(b'"a"', b'"b"'), lambda _: b"", lambda _: b"\xff\n\xff\n{}"]


@pytest.mark.parametrize("spoil", SPOILT)
def test_what_is_not_whole_is_not_recalled(kept: Path, spoil: object) -> None:
    keep("one", DATA)
    assert callable(spoil)
    kept.write_bytes(spoil(kept.read_bytes()))
    assert recall("one") is None


def test_a_python_that_keeps_no_compiled_modules_keeps_no_checks(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.dont_write_bytecode", True)
    keep("one", DATA)
    assert not kept.exists()


def test_a_place_that_cannot_be_written_to_is_no_error(kept: Path) -> None:
    kept.parent.write_text("a file where the folder should be")
    keep("one", DATA)
    assert recall("one") is None


def test_the_digest_knows_where_a_file_ends() -> None:
    assert digest_of([("a", b"1"), ("b", b"2")]) != digest_of([("a", b"12"), ("b", b"")])
    assert digest_of([("a", b"1")]) != digest_of([("a", b"2")])
