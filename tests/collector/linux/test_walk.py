"""The walk finds what it is for on a real tree, and stays within its bounds."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from collector.bundle import read_bundle
from collector.linux.walk import KINDS, WALK, read_walk
from collector.probe import Frame, Frames, Source
from collector.script import build_script

ALL = 1000


def walk_lines(root: Path, shell: str = "/bin/sh") -> list[str]:
    """The lines of the walk of one folder of this machine in the place of its root."""
    script = WALK.script.replace("top=/\n", f"top={root}\n").replace("/proc/self/mounts", str(root / "no-mounts"))
    script = (
        script.replace('[ "$uid" = 0 ] || exit 0', "").replace("-path '/usr/", f"-path '{root}/usr/").replace("path ~ /^(", "path ~ /(")
    )
    (root / "no-mounts").write_text("")
    ran = subprocess.run([shell], input=build_script((Source(WALK.name, script),)).encode(), capture_output=True, check=True)
    return read_bundle(ran.stdout).frames[WALK.name].output.replace(str(root), "").splitlines()


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name, mode in (("su", 0o4755), ("wall", 0o2755), ("open file", 0o666), ("plain", 0o644), ("both|", 0o4757)):
        (tmp_path / name).write_text("")
        (tmp_path / name).chmod(mode)
    for name, mode in (("drop", 0o777), ("tmp", 0o1777), ("group", 0o2775)):
        (tmp_path / name).mkdir()
        (tmp_path / name).chmod(mode)
    (tmp_path / "link").symlink_to("plain")
    return tmp_path


def test_each_kind_is_told_from_the_others(tree: Path) -> None:
    lines = [line for line in walk_lines(tree) if line.partition(" ")[0] in KINDS]
    assert sorted(lines) == [
        "set_id /both|",
        "set_id /su",
        "set_id /wall",
        "writable_directory /drop",
        "writable_file /both|",
        "writable_file /open file",
    ]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_what_belongs_to_nobody_is_named(tree: Path) -> None:
    os.chown(tree / "plain", 54321, 0)
    os.chown(tree / "group", 0, 54321)
    assert {"unowned /plain", "ungrouped /group"} <= set(walk_lines(tree))


def make_program(root: Path, path: str, mode: int, uid: int = 0, gid: int = 0) -> None:
    place = root / "usr" / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.parent.chmod(0o755)
    place.write_text("")
    os.chown(place, uid, gid)
    place.chmod(mode)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_programs_and_libraries_that_others_may_change_are_named(tmp_path: Path) -> None:
    make_program(tmp_path, "bin/ours", 0o755)
    make_program(tmp_path, "bin/roots group", 0o775)
    make_program(tmp_path, "bin/at", 0o4755, uid=1)  # as Debian has it: the account that it runs as
    make_program(tmp_path, "bin/deploy", 0o755, uid=1)
    make_program(tmp_path, "lib/x/plugin.so", 0o664, gid=4)
    make_program(tmp_path, "lib/open.so", 0o646)
    make_program(tmp_path, "share/data", 0o664, uid=1, gid=4)
    (tmp_path / "usr/bin/link").symlink_to("ours")
    os.lchown(tmp_path / "usr/bin/link", 1, 1)
    found = sorted(line for line in walk_lines(tmp_path) if line.startswith("program "))
    assert found == ["program /usr/bin/deploy", "program /usr/lib/open.so", "program /usr/lib/x/plugin.so"]


def test_a_bundle_of_a_script_that_did_not_look_for_programs_says_nothing_of_them() -> None:
    assert not read_walk(frames_with("0\n@part suid\n@end 0\n@part nosuid\n@end 0\n")).programs


def test_a_name_with_a_line_end_is_counted_and_forges_no_line(tree: Path) -> None:
    odd = tree / "x\nset_id "
    odd.write_text("")
    odd.chmod(0o4755)
    lines = walk_lines(tree)
    assert lines.count("@odd") == 1
    assert "set_id " not in lines


def test_a_long_list_is_cut_and_says_so(tree: Path) -> None:
    for number in range(ALL):
        (tree / "drop" / f"{number}").touch()
        (tree / "drop" / f"{number}").chmod(0o666)
    lines = walk_lines(tree)
    assert sum(line.startswith("writable_file ") for line in lines) == ALL
    assert "@more writable_file 1002" in lines


@pytest.mark.parametrize("shell", [shell for shell in ("bash", "dash") if shutil.which(shell)])
def test_every_shell_walks_alike(tree: Path, shell: str) -> None:
    assert sorted(walk_lines(tree, shell)) == sorted(walk_lines(tree))


def test_set_id_bits_on_nosuid_mounts_are_no_programs() -> None:
    text = "0\n@part suid\nset_id /usr/bin/su\n@end 0\n@part nosuid\nset_id /home/eve/sh\n@end 0\n"
    frames = frames_with(text)
    walk = read_walk(frames)
    assert walk.suid.found["set_id"] == ("/usr/bin/su",)
    assert walk.nosuid.found["set_id"] == ("/home/eve/sh",)


def frames_with(text: str) -> Frames:
    """Frames that hold this output of the walk."""
    return Frames({WALK.name: Frame(WALK.name, 0, text)})
