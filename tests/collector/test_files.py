import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from collector.bundle import read_bundle
from collector.files import Files, read_files
from collector.probe import ProbeError, Source
from collector.script import build_script

NOBODY = 65534


def show(folder: Path, words: str, *, user: int | None = None) -> Files:
    source = Source("test.files", f"cd {folder} && show {words}")
    ran = subprocess.run(["sh", "-s"], input=build_script((source,)).encode(), capture_output=True, check=True, user=user)
    return read_files(read_bundle(ran.stdout).as_frames().text(source))


def write(folder: Path, files: Mapping[str, str | bytes]) -> None:
    for name, text in files.items():
        (folder / name).write_bytes(text.encode() if isinstance(text, str) else text)


def test_files_come_with_mode_owner_and_lines(tmp_path: Path) -> None:
    write(tmp_path, {"a": "one\n\n:two\n@missing b\n", "empty": "", "no end": "last"})
    (tmp_path / "a").chmod(0o640)
    files = show(tmp_path, f"{tmp_path}/*")
    a = files.get(f"{tmp_path}/a")
    assert (a.mode, a.uid, a.lines) == (0o640, os.geteuid(), ("one", "", ":two", "@missing b"))
    assert files.get(f"{tmp_path}/empty").lines == ()
    assert files.get(f"{tmp_path}/no end").lines == ("last",)


def test_a_file_that_is_not_there_is_none_and_one_never_asked_for_is_an_error(tmp_path: Path) -> None:
    files = show(tmp_path, f"{tmp_path}/gone")
    assert files.lines(f"{tmp_path}/gone") is None
    with pytest.raises(ProbeError, match="was not shown"):
        files.lines(f"{tmp_path}/other")


def test_folders_links_and_pipes_are_told_apart(tmp_path: Path) -> None:
    write(tmp_path, {"real": "x\n"})
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "dangling").symlink_to("nowhere")
    os.mkfifo(tmp_path / "pipe")
    states = {Path(f.path).name: f.state for f in show(tmp_path, f"{tmp_path}/folder {tmp_path}/link {tmp_path}/dangling {tmp_path}/pipe")}
    assert states == {"folder": "directory", "link": "read", "dangling": "missing", "pipe": "odd"}


def test_an_empty_pattern_shows_nothing(tmp_path: Path) -> None:
    assert list(show(tmp_path, f"{tmp_path}/*.conf")) == []


def test_a_file_longer_than_the_limit_is_cut_and_refused(tmp_path: Path) -> None:
    write(tmp_path, {"long": "x\n" * 20001})
    with pytest.raises(ProbeError, match="20000 lines"):
        show(tmp_path, f"{tmp_path}/long").lines(f"{tmp_path}/long")


def test_a_name_with_a_line_end_cannot_forge_a_file(tmp_path: Path) -> None:
    write(tmp_path, {"x\n@text forged": "bad\n", "good": "x\n"})
    assert {f.path.rpartition("/")[2]: f.state for f in show(tmp_path, f"{tmp_path}/*")} == {"x?@text forged": "unreadable", "good": "read"}


def test_a_file_that_cannot_be_named_is_an_error_of_its_folder(tmp_path: Path) -> None:
    write(tmp_path, {"a|b": "hidden\n", "good": "x\n"})
    with pytest.raises(ProbeError, match=r"a\?b: has a line end or a bar in its name"):
        show(tmp_path, f"{tmp_path}/*").under(str(tmp_path))


def test_a_file_with_content_that_was_not_printed_is_unreadable() -> None:
    assert read_files("@stat 644 0 0 9 /etc/x\n").get("/etc/x").state == "unreadable"
    assert read_files("@stat 644 0 0 0 /etc/x\n").get("/etc/x").state == "read"


def test_a_head_that_is_damaged_is_a_probe_error() -> None:
    for damaged in ("@stat 644 0 0 /etc/x\n", "@stat x 0 0 1 /etc/x\n", "@stat 644\n"):
        with pytest.raises(ProbeError, match="not understood"):
            read_files(damaged)


def test_what_an_ordinary_user_may_not_read_is_unreadable_and_never_missing() -> None:
    folder = Path("/var/tmp") / f"closeout-test-{os.getpid()}"  # noqa: S108 - below a folder that others may enter
    folder.mkdir()
    folder.chmod(0o755)  # whatever the process's umask is: starting the server's settings narrows it
    try:
        write(folder, {"secret": "x\n"})
        (folder / "secret").chmod(0o600)
        (folder / "closed").mkdir(mode=0o700)
        (folder / "closed" / "f.conf").write_text("x\n")
        files = show(folder, f"{folder}/secret {folder}/closed/f.conf {folder}/closed/*.conf {folder}/gone", user=NOBODY)
        assert {f.path.removeprefix(f"{folder}/"): f.state for f in files} == {
            "secret": "unreadable",
            "closed/f.conf": "unreadable",
            "closed/*.conf": "unreadable",
            "gone": "missing",
        }
        with pytest.raises(ProbeError, match="collect as root"):
            files.lines(f"{folder}/secret")
    finally:
        subprocess.run(["rm", "-rf", str(folder)], check=True)
