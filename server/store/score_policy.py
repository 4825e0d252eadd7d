"""What a system decides about its score: how old an observation may be, and what work is reckoned with where nothing says how much."""

from dataclasses import asdict
from datetime import datetime

from poam_generator.json_form import from_json, to_json
from poam_generator.steps import ScorePolicy
from server.errors import ServerError
from server.models import System, User
from server.store.people import require
from server.store.systems import put_setting, setting

_NAME = "score.policy"


def score_policy(system: System) -> ScorePolicy:
    """What the system has decided, or the defaults."""
    form = setting(system, _NAME)
    return ScorePolicy() if form is None else from_json(ScorePolicy, form)


def set_score_policy(system: System, policy: ScorePolicy, user: User, now: datetime) -> None:
    """A reviewer decides; raises ServerError on a number that would let every observation or no work count."""
    require(system, user, ("reviewer",), "decide what counts for the score")
    if policy.fresh_days < 1:
        raise ServerError("fresh days must be at least 1: an observation of the future shows nothing")
    if wrong := [name for name, minutes in asdict(policy.efforts).items() if minutes < 0]:
        raise ServerError(f"the minutes of {wrong[0]} must not be negative")
    put_setting(system, _NAME, to_json(policy), user, now)
