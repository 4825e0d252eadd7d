from checks.cases import run_tests
from checks.model import ERROR, FAIL, NOT_APPLICABLE, PASS
from tests.support.checks import CATALOG, check_of, good_check


def test_every_case_of_a_file_is_run_with_its_own_parameters() -> None:
    outcomes = run_tests(good_check(), catalog=CATALOG)
    assert [(o.name, o.got, o.passed) for o in outcomes] == [
        ("as wanted", PASS, True),
        ("too low", FAIL, True),
        ("more is asked", FAIL, True),
        ("switched off", NOT_APPLICABLE, True),
        ("unreadable", ERROR, True),
    ]


def test_a_case_that_comes_out_otherwise_shows_what_was_seen() -> None:
    case = {"name": "low", "facts": {"demo": {"level": 0}}, "status": "pass"}
    (outcome,) = run_tests(check_of([{"path": "demo.level", "at_least": 1}], tests=[case]), catalog=CATALOG)
    assert (outcome.passed, outcome.wanted, outcome.got) == (False, PASS, FAIL)
    assert outcome.to_json() == {
        "check": "demo-check", "platform": "linux", "case": "low", "wanted": "pass", "got": "fail", "passed": False, "missing": [],
        "observations": [{"path": "demo.level", "expected": "at least 1", "observed": 0, "status": "fail", "reason": ""}],
    }  # fmt: skip


def test_a_path_that_a_case_does_not_give_is_no_error_case() -> None:
    cases = [{"name": "nothing", "facts": {"demo": {}}, "status": "error"}, {"name": "nothing at all", "status": "error"}]
    outcomes = run_tests(check_of([{"path": "demo.level", "at_least": 1}], tests=cases), catalog=CATALOG)
    assert [(o.got, o.missing, o.passed) for o in outcomes] == [(ERROR, ("demo.level",), False)] * 2


def test_null_is_given_and_an_error_above_a_path_is_too() -> None:
    cases = [
        {"name": "null", "facts": {"demo": {"level": None}}, "status": "fail"},
        {"name": "probe failed", "errors": {"demo": "timed out"}, "status": "error"},
    ]
    outcomes = run_tests(check_of([{"path": "demo.level", "at_least": 1}], tests=cases), catalog=CATALOG)
    assert all(o.passed for o in outcomes)
