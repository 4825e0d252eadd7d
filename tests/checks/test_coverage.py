from dataclasses import replace

from checks.coverage import Coverage, coverage
from checks.framework import Framework, ProofSet, load_framework
from checks.load import Content
from checks.model import Bearing, Check
from tests.support.checks import check_of


def content_of(**bearings: Bearing) -> Content:
    def bear(name: str, bearing: Bearing) -> Check:
        return replace(check_of([{"path": "demo.flag", "equals": True}], name), assesses={"3.1.5[b]": bearing})

    return Content({name: bear(name, bearing) for name, bearing in bearings.items()})


def framework_of(*checks: str) -> Framework:
    return replace(load_framework(), proof_sets=(ProofSet("3.1.5[b]", "linux", checks, "They say all of it."),))


def line(content: Content, framework: Framework, objective: str = "3.1.5[b]", platform: str = "linux") -> Coverage:
    return next(c for c in coverage(content, framework) if (c.objective, c.platform) == (objective, platform))


def test_there_is_a_line_for_every_objective_and_platform() -> None:
    assert len(coverage(Content({}), load_framework())) == 2 * 320


def test_an_objective_is_provable_when_its_whole_proof_set_is_there() -> None:
    found = line(content_of(one="member", two="member", three="supports"), framework_of("one", "two"))
    assert (found.state, found.proof_set, found.supports, found.missing) == ("provable", ("one", "two"), ("three",), ())
    assert found.reason == "They say all of it."


def test_without_one_of_its_members_it_is_only_supported() -> None:
    assert line(content_of(one="member"), framework_of("one", "two")).missing == ("two",)
    assert line(content_of(one="member"), framework_of("one", "two")).state == "supported"
    assert line(content_of(one="member", two="supports"), framework_of("one", "two")).state == "supported"


def test_a_member_without_a_proof_set_only_supports() -> None:
    framework = replace(load_framework(), proof_sets=())
    assert line(content_of(one="member"), framework).state == "supported"


def test_a_check_bears_only_on_platforms_that_it_judges() -> None:
    assert line(content_of(one="member"), framework_of("one"), platform="windows").state == "uncovered"


def test_what_only_a_person_can_say_is_attested() -> None:
    assert line(Content({}), load_framework(), "3.1.8[a]").state == "attested"


def test_a_line_is_json() -> None:
    assert line(content_of(one="member"), framework_of("one")).to_json() == {
        "requirement": "3.1.5", "objective": "3.1.5[b]", "platform": "linux", "basis": load_framework().objective("3.1.5[b]").linux,
        "state": "provable", "proof_set": ["one"], "reason": "They say all of it.", "missing": [], "supports": [],
    }  # fmt: skip
