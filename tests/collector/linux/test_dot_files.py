"""Files that let others in without a password, as the snippet finds them."""

from pathlib import Path

import pytest

from collector.linux.dot_files import DOT_FILES
from tests.collector.linux.snippets import run_source, write_tree


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("# hosts.equiv\n\n  # nobody\n", ""),
        ("# hosts.equiv\n+ +\n", "trust /etc/hosts.equiv\n"),
        ("", "trust /etc/hosts.equiv\n"),
    ],
    ids=["comments alone", "a line that trusts", "a file that somebody made and has not filled yet"],
)
def test_a_list_of_trusted_hosts_counts_unless_it_holds_comments_alone(tmp_path: Path, text: str, found: str) -> None:
    write_tree(tmp_path, {"/etc/passwd": "", "/etc/hosts.equiv": text})
    assert run_source(DOT_FILES, tmp_path).output == f"{found}end\n"
