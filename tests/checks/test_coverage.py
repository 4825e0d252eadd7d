from dataclasses import replace
from functools import cache

import pytest

from checks.coverage import Coverage, coverage
from checks.framework import Framework, ProofSet, load_framework
from checks.load import Content, load_content
from checks.model import Bearing, Check
from tests.support.checks import check_of


@cache
def shipped() -> list[Coverage]:
    """The coverage by the shipped checks."""
    return coverage(load_content(), load_framework())


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


# What facts of a host can bear on, requirement by requirement: the letters of its objectives; "!" where they can never prove. That is so
# on Linux; what Windows tells beside it, and does not, stands below.
HOST_OBJECTIVES = """
3.1.1:abde 3.1.2:b 3.1.3:e 3.1.4:c 3.1.5:abd 3.1.6:b 3.1.7:cd 3.1.8:b 3.1.9:b 3.1.10:bc 3.1.11:b 3.1.12:cd 3.1.13:b
3.1.15:cd 3.1.16:b 3.1.17:ab! 3.1.19:b 3.1.20:ef 3.1.21:c 3.3.1:cdf 3.3.2:b 3.3.4:c! 3.3.6:ab! 3.3.7:abc 3.3.8:abcdef
3.3.9:b 3.4.1:de! 3.4.2:b 3.4.5:h 3.4.6:b 3.4.7:cfilo 3.4.8:c 3.4.9:bc 3.5.1:ab 3.5.2:a 3.5.3:bcd! 3.5.4:a 3.5.6:b
3.5.7:cd 3.5.8:b 3.5.9:a 3.5.10:ab 3.5.11:a 3.7.5:b! 3.8.2:a 3.8.6:a 3.8.7:a 3.8.8:a 3.8.9:a 3.9.2:b 3.11.2:b 3.11.3:b
3.13.1:fh! 3.13.3:c 3.13.4:a 3.13.6:ab! 3.13.7:a 3.13.8:c 3.13.9:bc 3.13.10:b 3.13.11:a! 3.13.12:c 3.13.13:ab! 3.13.15:a
3.13.16:a 3.14.1:bf 3.14.2:b 3.14.4:a 3.14.5:bc 3.14.6:a 3.14.7:b
"""


# Mobile devices are managed through Windows itself, and its profiles show names that were given again; it asks for no changed characters.
WINDOWS_TOO, LINUX_ALONE = {"3.1.18[b]": True, "3.5.5[b]": True}, {"3.5.7[d]"}


def host_objectives(platform: str) -> dict[str, bool]:
    """Objective -> whether a host may prove it."""
    rows = (row.partition(":") for row in HOST_OBJECTIVES.split())
    found = {f"{requirement}[{letter}]": not letters.endswith("!") for requirement, _, letters in rows for letter in letters.rstrip("!")}
    return found if platform == "linux" else {o: may for o, may in (found | WINDOWS_TOO).items() if o not in LINUX_ALONE}


@pytest.mark.parametrize(
    ("platform", "objective", "provable"),
    [(platform, objective, may) for platform in ("linux", "windows") for objective, may in host_objectives(platform).items()],
)
def test_every_objective_that_a_host_tells_of_has_checks_and_proves_no_more_than_it_can(
    platform: str, objective: str, *, provable: bool
) -> None:
    found = next(c for c in shipped() if (c.objective, c.platform) == (objective, platform))
    assert found.state in (("provable", "supported") if provable else ("supported",))
    assert found.basis == ("facts" if provable else "supports")
    assert bool(found.proof_set) == bool(found.reason)
    assert not found.missing


@pytest.mark.parametrize("platform", ["linux", "windows"])
def test_no_check_speaks_for_an_objective_that_no_host_tells_of(platform: str) -> None:
    covered = {c.objective for c in shipped() if c.platform == platform and c.state != "attested"}
    assert covered == set(host_objectives(platform))
