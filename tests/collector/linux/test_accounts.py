from pathlib import Path
from typing import Any

import pytest

from collector.facts import Unknown
from collector.linux import accounts, login_defs, passwords
from collector.probe import Frame, Frames, ProbeError
from tests.collector.linux.snippets import frames_of, run_source, shown, write_tree

PASSWD = "root:x:0:0:root:/root:/bin/bash\nalice:x:1000:1000:Alice,,,:/home/alice:/bin/bash\n"
GROUP = "root:x:0:\nalice:x:1000:\nsudo:x:27:alice\n"
HASH = "$6$saltsalt$" + "Hidden" * 14
DEFS = Frame("login_defs", 0, shown({"/etc/login.defs": "UID_MIN 1000\n"}))


def collect(root: Path, passwd: str = PASSWD, group: str = GROUP, shadow: str | None = None) -> Frames:
    write_tree(root, {"/etc/passwd": passwd, "/etc/group": group} | ({"/etc/shadow": shadow} if shadow is not None else {}))
    return frames_of(run_source(accounts.ACCOUNTS, root), run_source(passwords.SHADOW, root), DEFS)


def read(root: Path, passwd: str = PASSWD, group: str = GROUP) -> dict[str, Any]:
    return accounts.parse(collect(root, passwd, group))


def states(root: Path, shadow: str, passwd: str = PASSWD) -> dict[str, Any]:
    return passwords.parse(collect(root, passwd, shadow=shadow))


@pytest.mark.parametrize(
    "line",
    [
        f"alice:{HASH}:1000:1000::/home/alice:/bin/bash",
        f"alice::{HASH}:1000:1000::/home/alice:/bin/bash",
        f"alice{HASH}:20000:0:99999:7:::",
        f"alice:x:{HASH}",
        f"{HASH}",
        f"+{HASH}:::",
        f"alice:!{HASH}:20000:0:99999:7:::",
        f"alice:{HASH}:20000:0:99999:7::{HASH}:{HASH}",
    ],
)
def test_no_hash_leaves_the_host_whatever_the_line_looks_like(tmp_path: Path, line: str) -> None:
    frames = collect(tmp_path, PASSWD + line + "\n", GROUP + line + "\n", line + "\n")
    assert "Hidden" * 3 not in "".join(frame.output for frame in frames.by_name.values())


def test_gecos_fields_stay_on_the_host(tmp_path: Path) -> None:
    assert "Alice" not in collect(tmp_path).by_name["accounts"].output


def test_a_person_is_an_account_of_the_range_with_a_shell(tmp_path: Path) -> None:
    found = read(
        tmp_path, PASSWD + "svc:x:999:999::/srv:/bin/sh\nnobody:x:65534:65534::/:/usr/sbin/nologin\nx:x:1001:1001::/home/x:/bin/false\n"
    )
    assert (found["people"], found["system_with_shell"]) == (["alice"], ["svc"])


def test_members_are_those_with_the_group_as_their_first_too(tmp_path: Path) -> None:
    found = read(tmp_path, PASSWD + "bob:x:1001:27::/home/bob:\n", GROUP + "docker:x:999:alice,bob\n")
    assert found["groups"]["sudo"]["members"] == ["alice", "bob"]
    assert found["administrators"] == ["alice", "bob"]
    assert found["root_equal"] == ["docker: alice", "docker: bob"]


def test_the_first_entry_of_a_name_counts_and_the_second_is_told(tmp_path: Path) -> None:
    found = read(tmp_path, PASSWD + "alice:x:0:0::/root:/bin/sh\n")
    assert found["users"]["alice"]["uid"] == 1000
    assert found["duplicate_names"] == ["alice"]
    assert found["uid_zero"] == ["alice", "root"]
    assert found["duplicate_uids"] == ["0: root, alice"]


def test_nis_entries_and_broken_lines_are_told_apart_from_accounts(tmp_path: Path) -> None:
    found = read(tmp_path, PASSWD + "\n+@staff::::::\nbroken\nshort:x:5\n", GROUP + "-\n")
    assert found["nis_entries"] == ["passwd: +@staff", "group: -"]
    assert found["malformed"] == ["passwd: line 5", "passwd: line 6"]


def test_line_ends_of_windows_do_not_make_another_shell(tmp_path: Path) -> None:
    assert read(tmp_path, PASSWD.replace("\n", "\r\n"))["users"]["alice"]["shell"] == "/bin/bash"


def test_without_login_defs_only_what_needs_it_is_unknown(tmp_path: Path) -> None:
    frames = collect(tmp_path)
    hidden = Frames({**frames.by_name, "login_defs": Frame("login_defs", 0, "@unreadable /etc/login.defs\n")})
    found = accounts.parse(hidden)
    assert isinstance(found["users"], Unknown)
    assert found["uid_zero"] == ["root"]


def test_too_many_accounts_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(ProbeError, match="20000"):
        read(tmp_path, "".join(f"u{n}:x:{n}:{n}::/:/bin/sh\n" for n in range(20002)))


@pytest.mark.parametrize(
    ("field", "state", "method"),
    [
        ("", "empty", None),
        ("*", "none", None),
        ("!", "locked", None),
        ("!!", "locked", None),
        ("!*", "locked", None),
        (HASH, "set", "sha512"),
        (f"!{HASH}", "locked", "sha512"),
        ("$y$j9T$abc$def", "set", "yescrypt"),
        ("$2b$12$abcdefghijklmnopqrstuu", "set", "bcrypt"),
        ("$1$abc$def", "set", "md5"),
        ("abJnggxhB/yWI", "set", "des"),
        ("plain text by mistake", "none", None),
    ],
)
def test_a_field_of_the_shadow_file_is_a_state_and_a_method(tmp_path: Path, field: str, state: str, method: str | None) -> None:
    user = states(tmp_path, f"alice:{field}:20000:1:60:7:30::\n")["users"]["alice"]
    assert (user["state"], user["method"]) == (state, method)


def test_rounds_are_those_of_the_hash_or_the_default(tmp_path: Path) -> None:
    found = states(tmp_path, f"alice:{HASH}:1::::::\nbob:$6$rounds=65536$salt$x:1::::::\n")
    assert [found["users"][name]["rounds"] for name in ("alice", "bob")] == [5000, 65536]


def test_days_are_dates_and_day_zero_is_a_demand(tmp_path: Path) -> None:
    found = states(tmp_path, f"alice:{HASH}:20000:1:60:7:30:20500:\nroot:{HASH}:0:0:99999:7:::\n")
    assert (found["users"]["alice"]["last_change"], found["users"]["alice"]["expires"]) == ("2024-10-04", "2026-02-16")
    assert found["change_required"] == ["root"]
    assert found["never_expire"] == ["root"]


def test_an_empty_password_matters_where_there_is_a_shell(tmp_path: Path) -> None:
    passwd = PASSWD + "bin:x:2:2::/:/usr/sbin/nologin\nguest::1001:1001::/home/guest:/bin/sh\n"
    found = states(tmp_path, "alice::20000::::::\nbin::20000::::::\n", passwd)
    assert (found["empty"], found["empty_any"]) == (["alice", "guest"], ["alice", "bin", "guest"])


def test_an_account_without_a_shadow_entry_is_told(tmp_path: Path) -> None:
    assert states(tmp_path, "root:*:20000:0:99999:7:::\n")["without_entry"] == ["alice"]


def test_a_setting_is_the_last_of_its_name() -> None:
    frame = Frame("login_defs", 0, shown({"/etc/login.defs": "PASS_MAX_DAYS 99999\n#PASS_MAX_DAYS 1\nPASS_MAX_DAYS\t60\n"}))
    assert login_defs.parse_login_defs(frames_of(frame))["pass_max_days"] == 60


@pytest.mark.parametrize(
    ("text", "days"), [("60", 60), ("-1", -1), ("0x10", 16), ("010", 8), ('"30"', 30), ("60 # days", None), ("many", None)]
)
def test_a_number_is_read_as_shadow_utils_reads_it(text: str, days: int | None) -> None:
    frame = Frame("login_defs", 0, shown({"/etc/login.defs": f"PASS_MAX_DAYS {text}\n"}))
    assert login_defs.parse_login_defs(frames_of(frame))["pass_max_days"] == days


def test_without_a_file_nothing_is_set_but_the_rounds_that_crypt_takes_by_itself() -> None:
    frame = Frame("login_defs", 0, "@missing /etc/login.defs\n@missing /etc/default/useradd\n@missing /etc/libuser.conf\n")
    assert {name: value for name, value in login_defs.parse_login_defs(frames_of(frame)).items() if value is not None} == {
        "sha_rounds": 5000
    }
    assert login_defs.parse_useradd(frames_of(frame))["inactive"] == -1
    assert login_defs.parse_libuser(frames_of(frame)) == {"installed": False}


def test_an_unreadable_file_is_an_error() -> None:
    with pytest.raises(ProbeError, match="permission denied"):
        login_defs.parse_login_defs(frames_of(Frame("login_defs", 0, "@unreadable /etc/login.defs\n")))


def test_a_drop_in_of_the_administrator_hides_the_vendors_and_the_last_name_wins() -> None:
    files = {
        "/usr/etc/login.defs": "PASS_MAX_DAYS 99999\nUMASK 022\n",
        "/usr/etc/login.defs.d/50-site.defs": "PASS_MAX_DAYS 400\nUMASK 077\n",
        "/etc/login.defs.d/50-site.defs": "PASS_MAX_DAYS 365\n",
        "/usr/etc/login.defs.d/90-late.defs": "PASS_MIN_DAYS 3\n",
        "/etc/login.defs.d/10-early.defs": "PASS_MIN_DAYS 1\n",
    }
    found = login_defs.parse_login_defs(frames_of(Frame("login_defs", 0, shown(files))))
    assert [found[name] for name in ("pass_max_days", "umask", "pass_min_days")] == [365, "022", 3]
