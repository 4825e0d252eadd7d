import json

import pytest

from tests.server.cli.conftest import Run

pytestmark = pytest.mark.django_db
CITED = ("--document", "AC Policy", "--section", "4", "--approver", "CISO", "--approved-on", "2026-02-01")
NAME = "password-maximum-age.days"


def test_values_are_confirmed_by_name_or_with_another_value(closeout: Run) -> None:
    assert "1 confirmed, 0 as they were" in closeout("tailoring", "confirm", NAME, *CITED).err
    assert "0 confirmed, 1 as they were" in closeout("tailoring", "confirm", NAME, *CITED).err
    assert closeout("tailoring", "confirm", f"{NAME}=30", *CITED).status == 0
    rows = {row["parameter"]: row for row in json.loads(closeout("tailoring", "show", "--json").out)}
    assert (rows[NAME]["value"], rows[NAME]["confirmed"], rows[NAME]["approved_on"]) == (30, True, "2026-02-01")
    waiting = closeout("tailoring", "show", "--unconfirmed")
    assert f"\n{NAME}" not in waiting.out
    assert "values wait to be confirmed" in waiting.err


def test_a_value_out_of_bounds_is_refused(closeout: Run) -> None:
    ran = closeout("tailoring", "confirm", f"{NAME}=0", *CITED)
    assert ran.status != 0
    assert "would hollow the check out" in ran.err
