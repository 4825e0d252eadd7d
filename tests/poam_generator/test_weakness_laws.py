"""The laws of items that no check has found, over generated histories of attestations, findings, dispositions and words."""

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Literal

from hypothesis import given, settings
from hypothesis import strategies as st

from poam_generator.apply import apply_changes
from poam_generator.attestation import Attestation
from poam_generator.model import Item, State
from poam_generator.weakness import reconcile_words

OBJECTIVES = ("3.6.3[a]", "3.2.1[a]")
DISPOSED: tuple[State, ...] = ("accepted", "temporary_deficiency", "dismissed")
LIVE = {"draft", "open"}


@dataclass(frozen=True)
class Attest:
    """Somebody finds an objective met, or not."""

    objective: int
    met: bool


@dataclass(frozen=True)
class Find:
    """An assessor's finding is entered."""


@dataclass(frozen=True)
class End:
    """A live item is closed on a reviewer's word, withdrawn, or disposed of as a whole for so many days."""

    place: int
    state: State
    days: int


@dataclass(frozen=True)
class Pass:
    """So many days go by; day by day, or unlooked at."""

    days: int


Event = Attest | Find | End | Pass | Literal["approve"]


@dataclass
class Ledger:
    """The newest word on each objective, the items, and until when those that were disposed of as a whole are covered."""

    today: date = date(2026, 11, 23)
    words: dict[str, Attestation] = field(default_factory=dict)
    items: tuple[Item, ...] = ()
    covered: dict[str, date] = field(default_factory=dict)
    numbers: int = 0

    def step(self, event: Event) -> None:
        before = self.items
        match event:
            case Attest(place, met):
                objective = OBJECTIVES[place]
                finding: Literal["met", "not_met"] = "met" if met else "not_met"
                self.words[objective] = Attestation(objective, finding, "J. Doe", self.today, ("examine",), "Seen.", self.today)
            case Find():
                item = Item(self.next_id(), "assessor", f"F-{self.numbers}", "draft", "", (), self.today)
                self.items = (*self.items, item)
            case End(place, state, days):
                self._end(place, state, days)
            case Pass(days):
                self.today += timedelta(days=days)
            case "approve":
                self.items = tuple(replace(one, state="open") if one.state == "draft" else one for one in self.items)
        moved = self.items
        changes = reconcile_words(self.words.values(), self.items, self.covered, self.today)
        assert reconcile_words(tuple(self.words.values())[::-1], self.items[::-1], self.covered, self.today) in (changes, changes[::-1])
        self.items = apply_changes(self.items, changes, self.next_id, self.today)
        self._assert_laws(moved)
        assert len(self.items) >= len(before)

    def next_id(self) -> str:
        self.numbers += 1
        return f"PA-{self.numbers}"

    def _end(self, place: int, state: State, days: int) -> None:
        live = [one for one in self.items if one.state in LIVE]
        if not live:
            return
        one = live[place % len(live)]
        ended = replace(one, state=state, ended_on=self.today)
        self.items = tuple(ended if item.id == one.id else item for item in self.items)
        if state in DISPOSED:
            self.covered[one.id] = self.today + timedelta(days=days)

    def _assert_laws(self, before: tuple[Item, ...]) -> None:
        assert reconcile_words(self.words.values(), self.items, self.covered, self.today) == ()
        assert self.items[: len(before)] == before  # nothing that there was is changed, closed or brought back to life
        for objective in OBJECTIVES:
            self._assert_attested(objective)
        for new in self.items[len(before) :]:
            self._assert_predecessor(new, before)
        for one in self.items:
            lapsed = one.state in DISPOSED and self.covered[one.id] < self.today
            if lapsed and one.source == "assessor":
                assert [other for other in self.items if other.predecessor == one.id]

    def _assert_attested(self, objective: str) -> None:
        """Every NOT MET objective has one live item, unless a disposition covers it."""
        own = [one for one in self.items if one.source_key == objective]
        live = [one for one in own if one.state in LIVE]
        assert len(live) <= 1
        word = self.words.get(objective)
        if word and word.finding == "not_met":
            assert live or any(self.covered.get(one.id, date.min) >= self.today for one in own)

    def _assert_predecessor(self, new: Item, before: tuple[Item, ...]) -> None:
        assert new.state == "draft"
        own = [one for one in before if (one.source, one.source_key) == (new.source, new.source_key)]
        newest = max(own, key=lambda one: (one.ended_on or one.detected_on, int(one.id[3:])), default=None)
        assert new.predecessor == (newest.id if newest else "")
        assert newest is None or newest.state != "closed" or new.source == "attestation"


EVENTS: st.SearchStrategy[Event] = st.one_of(
    st.builds(Attest, st.integers(0, 1), st.booleans()),
    st.just(Find()),
    st.builds(End, st.integers(0, 3), st.sampled_from(["closed", "withdrawn", *DISPOSED]), st.integers(0, 4)),
    st.builds(Pass, st.sampled_from([1, 1, 3, 9])),
    st.just("approve"),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(EVENTS, min_size=5, max_size=25))
def test_what_people_find_stands_once_comes_back_by_its_date_and_never_by_itself(events: list[Event]) -> None:
    ledger = Ledger()
    for event in events:
        ledger.step(event)
