"""How the entry that stays stands for the machine of two."""

import pytest

from poam_generator.merge import stand_in
from poam_generator.model import Seen
from tests.poam_generator.builders import held, seen

FIRST, SECOND, THIRD = seen("fail", 0), seen("fail", 1), seen("fail", 2)
PASS = seen("pass", 1)


@pytest.mark.parametrize(
    ("own", "others", "newest", "passing"),
    [
        (FIRST, (), FIRST, PASS),
        (FIRST, (SECOND,), SECOND, None),
        (FIRST, (THIRD, SECOND), THIRD, None),
        (SECOND, (FIRST,), SECOND, None),
        (FIRST, (seen("fail", 0.5),), seen("fail", 0.5), PASS),
    ],
)
def test_the_newest_failure_of_either_entry_counts_and_no_pass_of_before_or_of_its_moment(
    own: Seen, others: tuple[Seen, ...], newest: Seen, passing: Seen | None
) -> None:
    assert stand_in(held("a", own, passing=PASS), others) == held("a", newest, passing=passing)
    assert stand_in(held("a", own), others) == held("a", newest)
