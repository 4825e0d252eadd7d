"""Signed packs: what was signed is read, and nothing else."""

import json
import stat
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, SECP384R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from checks import packs
from checks.errors import ContentError
from checks.packs import key_id, make_pack, read_pack, read_private_key, read_public_key
from collector.canonical import canonical_bytes

KEY, OTHER = generate_private_key(SECP256R1()), generate_private_key(SECP256R1())
TRUSTED = {key_id(KEY.public_key()): KEY.public_key()}
CHECK = """\
id: host-name
title: The host has a name
assesses: {"3.5.1[a]": supports}
severity: low
weakness: The host has no name.
rationale: Records need it.
platforms:
  linux:
    expect:
      - {path: host.uid, equals: 0}
    remediation: Give it a name.
    effort: 5
    tests:
      - {name: named, facts: {host: {uid: 0}}, status: pass}
      - {name: unnamed, facts: {host: {uid: 1}}, status: fail}
"""


@pytest.fixture
def raw(tmp_path: Path) -> bytes:
    (tmp_path / "naming").mkdir()
    (tmp_path / "naming" / "host-name.yml").write_text(CHECK)
    return make_pack(tmp_path, "example", "2026.11", KEY)


def repack(raw: bytes, change: Callable[[dict[str, bytes]], None]) -> bytes:
    """The pack with its files changed, without a new signature."""
    with zipfile.ZipFile(BytesIO(raw)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    change(files)
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def resign(raw: bytes, change: Callable[[dict[str, object]], None]) -> bytes:
    """The pack with another manifest that the same key has signed."""

    def both(files: dict[str, bytes]) -> None:
        manifest = json.loads(files["manifest.json"])
        change(manifest)
        files["manifest.json"] = canonical_bytes(manifest)
        files["manifest.sig"] = KEY.sign(files["manifest.json"], ECDSA(hashes.SHA256()))

    return repack(raw, both)


def refuse(raw: bytes, words: str) -> None:
    with pytest.raises(ContentError, match=words):
        read_pack(raw, "example.pack", TRUSTED)


def test_what_was_packed_is_read(raw: bytes) -> None:
    pack = read_pack(raw, "example.pack", TRUSTED)
    assert (pack.name, pack.version, pack.signer) == ("example", "2026.11", key_id(KEY.public_key()))
    assert pack.content.checks["host-name"].file == "example.pack/checks/naming/host-name.yml"


def test_the_same_files_make_the_same_manifest(raw: bytes, tmp_path: Path) -> None:
    again = make_pack(tmp_path, "example", "2026.11", KEY)
    assert read_pack(again, "b", TRUSTED).digest == read_pack(raw, "a", TRUSTED).digest


def test_a_key_that_nobody_trusts_signs_nothing(tmp_path: Path, raw: bytes) -> None:
    del raw
    refuse(make_pack(tmp_path, "example", "2026.11", OTHER), "not trusted here")


def test_a_signature_of_another_key_under_a_trusted_name_is_refused(raw: bytes) -> None:
    def forge(files: dict[str, bytes]) -> None:
        files["manifest.sig"] = OTHER.sign(files["manifest.json"], ECDSA(hashes.SHA256()))

    refuse(repack(raw, forge), "signature is not over this manifest")


@pytest.mark.parametrize("signature", [b"", b"x" * 71])
def test_what_is_no_signature_is_refused(raw: bytes, signature: bytes) -> None:
    refuse(repack(raw, lambda files: files.update({"manifest.sig": signature})), "signature is not over")


PATH = "checks/naming/host-name.yml"


@pytest.mark.parametrize(
    "change",
    [
        lambda files: files.update({PATH: files[PATH] + b"\n"}),
        lambda files: files.pop(PATH),
        lambda files: files.update({"checks/more.yml": b"id: more\n"}),
    ],
    ids=["changed", "missing", "added"],
)
def test_a_file_that_is_not_as_it_was_signed_is_refused(raw: bytes, change: Callable[[dict[str, bytes]], None]) -> None:
    refuse(repack(raw, change), "is not what was signed")


@pytest.mark.parametrize(
    "name",
    ["../evil.yml", "checks/../../evil.yml", "/etc/passwd", "checks\\evil.yml", "checks/evil.sh", "checks/a/b/c/d/e/f.yml", "checks/", "x"],
)
def test_a_name_that_leads_anywhere_else_is_refused(raw: bytes, name: str) -> None:
    refuse(repack(raw, lambda files: files.update({name: b""})), "no check file of a pack")


def test_a_link_is_refused(raw: bytes) -> None:
    out = BytesIO(raw)
    with zipfile.ZipFile(out, "a") as archive:
        link = zipfile.ZipInfo("checks/link.yml")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    refuse(out.getvalue(), "a link")


def test_a_name_that_stands_twice_is_refused(raw: bytes) -> None:
    out = BytesIO(raw)
    with zipfile.ZipFile(out, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("manifest.json", b"{}")
    refuse(out.getvalue(), "twice")


def test_a_file_that_unpacks_to_too_much_is_refused_before_it_is_unpacked(raw: bytes) -> None:
    out = BytesIO(raw)
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("checks/bomb.yml", b"0" * (50 * packs.LARGEST_FILE))
    refuse(out.getvalue(), "unpacks to more")


def test_too_many_files_are_refused(raw: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packs, "MOST_FILES", 2)
    refuse(raw, "more than 2 files")


def test_all_files_together_are_bounded(raw: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packs, "MOST_BYTES", 100)
    refuse(raw, "unpacks to more")


@pytest.mark.parametrize("text", [b"", b"no archive", b"PK\x03\x04" + b"\0" * 40])
def test_what_is_no_archive_is_refused(text: bytes) -> None:
    refuse(text, "not a whole zip archive")


def test_a_cut_off_pack_is_refused(raw: bytes) -> None:
    refuse(raw[: len(raw) // 2], "not a whole zip archive")


def test_a_pack_whose_packed_data_are_spoiled_is_refused(raw: bytes) -> None:
    first = zipfile.ZipFile(BytesIO(raw)).infolist()[0]
    begin = first.header_offset + 30 + len(first.filename)  # behind the local header
    refuse(raw[:begin] + b"\xff" * 4 + raw[begin + 4 :], "not a whole zip archive")


def test_an_archive_without_manifest_is_no_pack(raw: bytes) -> None:
    def take(files: dict[str, bytes]) -> None:
        del files["manifest.json"]

    refuse(repack(raw, take), "lacks manifest.json")


@pytest.mark.parametrize(
    "change",
    [
        lambda manifest: manifest.update({"schema": "closeout/pack/2"}),
        lambda manifest: manifest.update({"more": 1}),
        lambda manifest: manifest.update({"files": {}}),
        lambda manifest: manifest.update({"files": []}),
        lambda manifest: manifest.update({"name": "../up"}),
    ],
)
def test_a_manifest_of_another_shape_is_refused_though_it_is_signed(raw: bytes, change: Callable[[dict[str, object]], None]) -> None:
    refuse(resign(raw, change), "not one of a pack")


def test_a_manifest_that_is_not_json_is_refused(raw: bytes) -> None:
    refuse(repack(raw, lambda files: files.update({"manifest.json": b"{"})), "not JSON")


def test_a_signed_check_with_a_mistake_is_refused_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "host-name.yml").write_text(CHECK.replace("severity: low", "severity: bogus"))
    with pytest.raises(ContentError, match="severity"):
        make_pack(tmp_path, "example", "2026.11", KEY)


@pytest.mark.parametrize(("name", "version"), [("Example", "1"), ("../x", "1"), ("example", ""), ("example", "a b")])
def test_a_pack_needs_a_name_and_a_version(tmp_path: Path, raw: bytes, name: str, version: str) -> None:
    del raw
    with pytest.raises(ContentError, match="a name of words"):
        make_pack(tmp_path, name, version, KEY)


def test_a_folder_with_a_strange_name_is_not_packed(tmp_path: Path) -> None:
    (tmp_path / "My Checks").mkdir()
    (tmp_path / "My Checks" / "host-name.yml").write_text(CHECK)
    with pytest.raises(ContentError, match="rename it"):
        make_pack(tmp_path, "example", "2026.11", KEY)


def test_only_keys_on_p_256_are_taken() -> None:
    other = generate_private_key(SECP384R1())
    private = other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = other.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    for read, pem in ((read_private_key, private), (read_public_key, public)):
        with pytest.raises(ContentError, match="P-256"):
            read(pem, "a.key")
        with pytest.raises(ContentError, match="PEM"):
            read(b"nothing", "a.key")
