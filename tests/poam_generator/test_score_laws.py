"""Laws of the score over generated systems: what raises it and what never does."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from poam_generator.cheapest import find_way
from poam_generator.model import State
from poam_generator.position import Inputs, Work, find_position
from poam_generator.score_record import inputs_digest
from poam_generator.steps import find_steps, take_steps
from tests.poam_generator.inputs import CONTENT, FRAMEWORK, inputs, item

CHECKS = sorted(check.id for check in CONTENT.checks.values() if "linux" in check.platforms and check.assesses)
REQUIREMENTS = [one.id for one in FRAMEWORK.requirements]
HELD: tuple[State, ...] = ("accepted", "dismissed")
LIVE: tuple[State, ...] = ("draft", "open")


@st.composite
def systems(draw: st.DrawFn) -> Inputs:
    """Some requirements that nobody attested, some failing checks with items in any state, some items without a check."""
    failing = draw(st.lists(st.sampled_from(CHECKS), max_size=4, unique=True))
    states = st.sampled_from((*LIVE, *HELD))
    items = [item(f"PA-{n:04d}", check, 30 * n, state=draw(states)) for n, check in enumerate(failing, 1) if draw(st.booleans())]
    said = draw(st.lists(st.sampled_from(REQUIREMENTS), max_size=3))
    items += [Work(f"PA-{n:04d}", "assessor", str(n), draw(states), "finding", (one,), ()) for n, one in enumerate(said, 50)]
    return inputs(draw(st.lists(st.sampled_from(REQUIREMENTS), max_size=5)), failing=failing, items=items)


def verified(given: Inputs) -> int:
    found = find_position(given).score.verified
    assert found is not None
    return found


@settings(deadline=None, max_examples=20)
@given(systems(), st.sampled_from((*LIVE, *HELD)))
def test_no_item_of_a_check_and_no_disposition_raises_the_score(given: Inputs, state: State) -> None:
    before = verified(given)
    assert verified(replace(given, items=tuple(replace(one, state=state) for one in given.items))) == before
    with_checks_alone = tuple(one for one in given.items if one.source != "check")
    assert verified(replace(given, items=with_checks_alone)) == before


@settings(deadline=None, max_examples=20)
@given(systems())
def test_every_number_is_explained_by_its_list(given: Inputs) -> None:
    score = find_position(given).score
    assert score.verified == 110 - sum(one.points for one in score.not_met)
    assert set(score.not_assessed) <= {one.requirement for one in score.not_met}
    assert all(one.because for one in score.not_met)


@settings(deadline=None, max_examples=20)
@given(systems(), st.lists(st.sampled_from(REQUIREMENTS), max_size=3))
def test_steps_never_lower_the_score_and_all_that_a_requirement_lacks_makes_it_met(given: Inputs, wanted: list[str]) -> None:
    after = take_steps(given, find_steps(given).read(wanted))
    assert after.score.verified is not None
    assert after.score.verified >= verified(given)
    assert all(after.requirements[one].finding == "MET" for one in wanted)


@settings(deadline=None, max_examples=12)
@given(systems())
def test_the_cheapest_way_arrives_and_the_one_to_110_is_never_cheaper(given: Inputs) -> None:
    to_88, to_110 = find_way(given, 88), find_way(given, 110)
    assert to_88.after >= 88
    assert (to_110.after, to_110.left) == (110, ())
    assert to_88.minutes <= to_110.minutes
    assert take_steps(given, to_88.steps).score.verified == to_88.after
    assert not any(one.points > 1 for one in to_88.left)


@settings(deadline=None, max_examples=12)
@given(systems(), st.randoms())
def test_the_order_of_what_is_read_changes_neither_score_nor_digest(given: Inputs, random: object) -> None:
    items, words = list(given.items), list(given.words.attestations)
    shuffle = random.shuffle  # type: ignore[attr-defined] # what Hypothesis gives for random.Random
    shuffle(items)
    shuffle(words)
    other = replace(given, items=tuple(items), words=replace(given.words, attestations=tuple(words)))
    assert verified(other) == verified(given)
    assert inputs_digest(other) == inputs_digest(given)
