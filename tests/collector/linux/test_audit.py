"""The audit rules of the disk: which loader takes which files, in which order."""

from collector.files import File
from collector.linux.audit import compile_rules


def rule_file(name: str, *lines: str) -> File:
    return File(f"/etc/audit/rules.d/{name}", "read", 0o640, 0, 0, lines)


def test_files_are_put_together_by_the_numbers_in_their_names() -> None:
    assert compile_rules([rule_file("10-a.rules", "-w /b"), rule_file("9-a.rules", "-w /a")]) == ["-w /a", "-w /b"]


def test_the_last_control_lines_win_and_the_lock_comes_at_the_end() -> None:
    lines = compile_rules(
        [rule_file("1.rules", "-e 2", "-b 10", "-f 2"), rule_file("2.rules", "# -e 0", "-w /a", "-D", "-b 20", "", "-e 1")]
    )
    assert lines == ["-D", "-b 20", "-f 2", "-w /a", "-e 1"]


def test_a_delete_by_key_stays_where_it_is() -> None:
    assert compile_rules([rule_file("1.rules", "-w /a -k x", "-D -k x", "-w /b")]) == ["-w /a -k x", "-D -k x", "-w /b"]
