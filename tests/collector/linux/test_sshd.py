from pathlib import Path

import pytest

from collector.files import read_files
from collector.linux import sshd
from collector.probe import Frame, Frames, ProbeError
from tests.collector.linux.snippets import run_source, shown, write_tree

LEAST = "permitrootlogin no\nciphers aes256-ctr\n"


def settings(text: str) -> dict[str, object]:
    return sshd.parse_settings(iter((LEAST + text).splitlines()))


def match(files: dict[str, str]) -> dict[str, list[str]]:
    found: list[str] = sshd.parse_match(read_files(shown(files)))["lines"]
    return {"lines": found}


def test_numbers_are_numbers_and_none_is_not_set() -> None:
    found = settings("maxauthtries 4\nunusedconnectiontimeout none\n")
    assert (found["maxauthtries"], found["unusedconnectiontimeout"]) == (4, None)


def test_lists_are_split_at_commas_or_gathered_from_their_lines() -> None:
    found = settings("macs a,b\nallowusers alice\nallowusers bob carol\n")
    assert (found["macs"], found["allowusers"], found["denyusers"]) == (["a", "b"], ["alice", "bob", "carol"], [])


def test_old_names_of_settings_count_as_the_new_ones() -> None:
    found = settings("challengeresponseauthentication no\npubkeyacceptedkeytypes ssh-ed25519\n")
    assert (found["kbdinteractiveauthentication"], found["pubkeyacceptedalgorithms"]) == ("no", ["ssh-ed25519"])


def test_the_limits_of_rekeying_and_of_startups_are_taken_apart() -> None:
    found = settings("rekeylimit 1024 60\nmaxstartups 10:30:60\n")
    assert (found["rekeylimit_bytes"], found["rekeylimit_seconds"], found["maxstartups_full"]) == (1024, 60, 60)


def test_a_truncated_answer_is_no_answer() -> None:
    with pytest.raises(ProbeError, match="no whole configuration"):
        sshd.parse_settings(iter(["permitrootlogin no"]))


def test_words_of_sshd_become_the_reason() -> None:
    frame = Frame("sshd.effective", 1, "", "/etc/ssh/sshd_config line 5: Bad yes/no argument: maybe\nunknown option -- G\nusage: sshd")
    tree = sshd.parse(Frames({"sshd.effective": frame, "sshd.files": Frame("sshd.files", 0, shown({"/etc/ssh/sshd_config": "Port 22\n"}))}))
    assert "line 5: Bad yes/no argument: maybe" in tree["settings"].reason
    assert "usage" not in tree["settings"].reason
    assert tree["match"]["lines"] == []


def test_a_match_block_ends_with_its_file_and_with_match_all() -> None:
    files = {
        "/etc/ssh/sshd_config": "Include sshd_config.d/*.conf\nX11Forwarding yes\n"
        "Match User a\n PermitRootLogin yes\nMatch all\nMaxAuthTries 9\n",
        "/etc/ssh/sshd_config.d/1.conf": "match group ops\nPasswordAuthentication=no\n",
    }
    assert match(files)["lines"] == ["Match group ops: passwordauthentication no", "Match User a: permitrootlogin yes"]


def test_a_file_included_in_a_match_block_stands_in_it() -> None:
    files = {
        "/etc/ssh/sshd_config": 'Match User a\nInclude "/etc/ssh/more.conf"\n',
        "/etc/ssh/more.conf": "AllowTcpForwarding yes # why\r\n",
    }
    assert match(files)["lines"] == ["Match User a: allowtcpforwarding yes"]


def test_comments_and_unknown_settings_in_a_match_block_say_nothing() -> None:
    assert match({"/etc/ssh/sshd_config": "Match User a\n#PermitRootLogin yes\nPrintMotd no\n"})["lines"] == []


def test_files_that_include_each_other_come_to_an_end() -> None:
    files = {"/etc/ssh/sshd_config": "Include /etc/ssh/b\nMatch User a\nPermitTunnel yes\n", "/etc/ssh/b": "Include /etc/ssh/sshd_config\n"}
    assert set(match(files)["lines"]) == {"Match User a: permittunnel yes"}


def test_an_unreadable_file_leaves_the_match_blocks_unknown() -> None:
    text = shown({"/etc/ssh/sshd_config": "Include sshd_config.d/*.conf\n"}) + "@unreadable /etc/ssh/sshd_config.d/*.conf\n"
    with pytest.raises(ProbeError, match="unreadable"):
        sshd.parse_match(read_files(text))


def test_the_snippet_follows_includes_once_each(tmp_path: Path) -> None:
    write_tree(
        tmp_path,
        {
            "/etc/ssh/sshd_config": "# Include /etc/ssh/no\nInclude /etc/ssh/sshd_config.d/*.conf\nInclude /etc/ssh/sshd_config\nPort 22",
            "/etc/ssh/sshd_config.d/a.conf": 'include "extra"\n',
            "/etc/ssh/sshd_config.d/b.txt": "Port 2\n",
            "/etc/ssh/extra": "Port 3\n",
        },
    )
    script = sshd.FILES.script.replace("need sshd\n", "")
    (tmp_path / "etc/ssh/sshd_config").write_text(
        (tmp_path / "etc/ssh/sshd_config").read_text().replace("/etc/ssh", f"{tmp_path}/etc/ssh"),
    )
    frame = run_source(type(sshd.FILES)("sshd.files", script), tmp_path)
    assert list(read_files(frame.output).by_path) == ["/etc/ssh/sshd_config", "/etc/ssh/sshd_config.d/a.conf", "/etc/ssh/extra"]
