"""The client's settings are asked for only where asking runs nothing."""

import shutil
from pathlib import Path

import pytest

from collector.linux.ssh_client import CLIENT, parse
from collector.probe import ProbeError
from tests.collector.linux.snippets import frames_of, run_source, write_tree

pytestmark = pytest.mark.skipif(not shutil.which("ssh"), reason="no SSH client here")


def test_a_drop_in_that_comes_first_wins(tmp_path: Path) -> None:
    main = f"Include {tmp_path}/etc/ssh/ssh_config.d/*.conf\nHost *\n  StrictHostKeyChecking ask\n  Ciphers aes128-ctr\n"
    write_tree(tmp_path, {"/etc/ssh/ssh_config": main, "/etc/ssh/ssh_config.d/00.conf": "StrictHostKeyChecking yes\n# Ciphers 3des-cbc\n"})
    with pytest.raises(ProbeError, match="elsewhere"):  # for this made-up place is not /etc/ssh
        parse(frames_of(run_source(CLIENT, tmp_path)))


def test_what_the_file_says_is_in_force(tmp_path: Path) -> None:
    write_tree(tmp_path, {"/etc/ssh/ssh_config": "Host *\n  StrictHostKeyChecking no\n  Ciphers aes128-ctr\n#  ForwardAgent yes\n"})
    found = parse(frames_of(run_source(CLIENT, tmp_path)))
    assert (found["stricthostkeychecking"], found["ciphers"], found["forwardagent"]) == ("no", ["aes128-ctr"], "no")


@pytest.mark.parametrize("line", ['Match exec "touch {mark}"', 'match host x EXEC "touch {mark}"', 'Match !exec "touch {mark}"'])
def test_a_command_of_a_match_block_is_never_run(tmp_path: Path, line: str) -> None:
    mark = tmp_path / "ran"
    write_tree(tmp_path, {"/etc/ssh/ssh_config": line.format(mark=mark) + "\n  ForwardAgent yes\n"})
    with pytest.raises(ProbeError, match="exec"):
        parse(frames_of(run_source(CLIENT, tmp_path)))
    assert not mark.exists()


def test_a_file_with_an_error_is_an_error(tmp_path: Path) -> None:
    write_tree(tmp_path, {"/etc/ssh/ssh_config": "NoSuchThing yes\n"})
    with pytest.raises(ProbeError):
        parse(frames_of(run_source(CLIENT, tmp_path)))
