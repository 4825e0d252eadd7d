from pathlib import Path

import pytest

from checks.cases import run_tests
from checks.errors import ContentError
from checks.framework import load_framework
from checks.lint import MARK, lint_files
from checks.load import load_check
from checks.scaffold import new_check


def test_a_new_check_loads_and_has_nothing_to_mend_but_its_marks(tmp_path: Path) -> None:
    path = new_check("ssh-root-login", "3.1.5[b]", tmp_path / "mine")
    told = lint_files([path], load_framework())
    assert told
    assert all(MARK in problem.message for problem in told), "\n".join(str(problem) for problem in told)
    assert all(outcome.passed for outcome in run_tests(load_check(path)))


def test_it_is_clean_once_the_marks_are_filled_in(tmp_path: Path) -> None:
    path = new_check("ssh-root-login", "3.1.5[b]", tmp_path)
    path.write_text(path.read_text().replace("FILL IN: the good condition", "Root logs in by key alone").replace("FILL IN: ", "Some "))
    assert lint_files([path], load_framework()) == []


def test_every_mark_has_a_comment_that_explains_it(tmp_path: Path) -> None:
    lines = new_check("ssh-root-login", "3.1.5[b]", tmp_path).read_text().splitlines()
    marked = [index for index, line in enumerate(lines) if MARK in line and not line.lstrip().startswith("#")]
    assert all(any(lines[above].lstrip().startswith("#") for above in range(index - 3, index)) for index in marked)


def test_a_file_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    path = new_check("mine", "3.1.5[b]", tmp_path)
    path.write_text("precious")
    with pytest.raises(ContentError, match="there already"):
        new_check("mine", "3.1.5[b]", tmp_path)
    assert path.read_text() == "precious"


@pytest.mark.parametrize("name", ["Root", "root_login", "../root", "root.yml", "-root", "", "root login"])
def test_a_bad_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ContentError, match="no check id"):
        new_check(name, "3.1.5[b]", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_an_objective_that_is_none_or_that_no_fact_bears_on_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match=r"^nist-800-171-r2 has no objective 3.1.5; its objectives are 3.1.5\[a\], 3.1.5\[b\]"):
        new_check("mine", "3.1.5", tmp_path)
    with pytest.raises(ContentError, match="a person attests it"):
        new_check("mine", "3.1.8[a]", tmp_path)
    assert list(tmp_path.iterdir()) == []
