"""The checks of an installation: shipped, of packs, and of the own directory."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from checks.errors import ContentError
from checks.packs import make_pack
from server import content
from server.content import install, installed_packs, present_content, trust, uninstall
from server.errors import ServerError
from server.views.content import content as shown
from tests.checks.test_packs import CHECK

KEY = generate_private_key(SECP256R1())
PEM = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
NAME = "host-name"


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("CLOSEOUT_DATA", str(tmp_path / "data"))
    yield tmp_path / "data"
    monkeypatch.undo()
    shown()


def write(folder: Path, text: str = CHECK) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{NAME}.yml").write_text(text)
    return folder


def pack(folder: Path, text: str = CHECK, name: str = "example") -> bytes:
    return make_pack(write(folder, text), name, "2026.11", KEY)


def test_without_packs_and_own_checks_it_is_what_is_shipped(data: Path) -> None:
    assert NAME not in present_content().checks
    assert not data.exists()


def test_an_installed_pack_takes_part_and_is_gone_once_it_is_taken_away(tmp_path: Path) -> None:
    trust(PEM, "key")
    install(pack(tmp_path / "made"), "example.pack")
    assert NAME in present_content().checks
    assert [one.name for one in installed_packs()] == ["example"]
    uninstall("example")
    assert NAME not in present_content().checks
    with pytest.raises(ServerError, match="no pack is named example"):
        uninstall("example")


def test_what_an_unknown_key_has_signed_is_not_installed(tmp_path: Path, data: Path) -> None:
    with pytest.raises(ContentError, match="not trusted here"):
        install(pack(tmp_path / "made"), "example.pack")
    assert not list(data.glob("packs/*.pack"))


def test_a_pack_that_is_changed_after_it_was_installed_is_noticed_when_it_is_read(tmp_path: Path, data: Path) -> None:
    trust(PEM, "key")
    install(pack(tmp_path / "made"), "example.pack")
    file = data / "packs" / "example.pack"
    file.write_bytes(file.read_bytes().replace(b"host-name", b"host-nama"))
    with pytest.raises(ContentError, match=r"example\.pack"):
        present_content()


def test_a_newer_pack_of_the_same_name_makes_way(tmp_path: Path) -> None:
    trust(PEM, "key")
    install(pack(tmp_path / "made"), "example.pack")
    install(pack(tmp_path / "made", CHECK.replace("severity: low", "severity: high")), "example.pack")
    assert present_content().checks[NAME].severity == "high"


def test_the_own_directory_outweighs_a_pack_and_a_named_directory_both(tmp_path: Path, data: Path) -> None:
    trust(PEM, "key")
    install(pack(tmp_path / "made"), "example.pack")
    write(data / "checks", CHECK.replace("severity: low", "severity: medium"))
    assert present_content().checks[NAME].severity == "medium"
    other = write(tmp_path / "other", CHECK.replace("severity: low", "severity: high"))
    assert present_content(other).checks[NAME].severity == "high"


def test_pages_see_what_was_installed_without_a_restart(data: Path) -> None:
    assert NAME not in shown().checks
    write(data / "checks")
    assert NAME in shown().checks
    assert shown() is shown()


def test_a_file_that_is_no_pack_by_its_size_is_not_read_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(content, "LARGEST", 10)
    (tmp_path / "large").write_bytes(b"x" * 11)
    with pytest.raises(ContentError, match="it is no pack"):
        content.read_file(tmp_path / "large")
    with pytest.raises(ServerError, match="No such file"):
        content.read_file(tmp_path / "none")
