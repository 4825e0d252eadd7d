"""New content: what it would open and close is seen before it does, on real observations that are stored."""

from dataclasses import dataclass

import pytest

from checks.build import build_check
from checks.load import Content
from checks.model import Check
from checks.yaml_file import load_yaml
from collector.bundle import read_bundle
from poam_generator.backtest import Effect, Report
from poam_generator.tailoring import Source
from server import store
from server.assess import Assessor, make_assessor, update_items
from server.backtest import judgements_of, list_changes, report_between, report_in_use
from server.errors import ServerError
from server.intake import save_judged
from server.judgements import confirm_judgement, confirmable
from server.models import Asset, ContentRecord, Item, JudgementRecord, Result, System, User
from server.store import Applied, Delivery
from tests.server.conftest import START, at
from tests.support.bundles import change_frame, set_machine_id, set_password_age, small_bundle

AGE = "password-age"
SOURCE = Source("Policy 7", "2", "CISO", START.date())
TEXT = """\
id: {name}
title: A value of login.defs is large enough
assesses: {{"3.5.8[b]": supports}}
severity: low
weakness: A value of login.defs is too small.
rationale: Small values let old passwords come back.
platforms:
  linux:
    expect:
      - {{path: login_defs.{fact}, at_least: 30}}
    remediation: Set it in /etc/login.defs.
    effort: 5
    tests:
      - {{name: large, facts: {{login_defs: {{{fact}: 30}}}}, status: pass}}
      - {{name: small, facts: {{login_defs: {{{fact}: 1}}}}, status: fail}}
"""


def build(text: str) -> Check:
    data = load_yaml(text, "new.yml").data
    return build_check(data, "new.yml")


def with_longer_age(content: Content) -> Check:
    """The check of the age with a larger default: what failed by a little passes."""
    text = content.documents[AGE].data
    parameters = {"max_days": {**text["parameters"]["max_days"], "default": 120}}
    return build_check({**text, "parameters": parameters}, "password-age.yml")


@dataclass
class Place:
    """Hosts that keep passwords for 99 days, judged once by the content that is in use; the item of the age is open."""

    system: System
    hosts: list[Asset]
    old: Content
    new: Content
    reviewer: User

    def deliver(self, content: Content, hours: float, days: int = 99) -> Applied:
        assessor, touched = make_assessor(self.system, content), set[str]()
        for host in self.hosts:
            raw = set_machine_id(set_password_age(small_bundle(), days), host.pk.hex)
            for name in ("PASS_MIN_DAYS", "PASS_WARN_AGE"):
                raw = change_frame(raw, "login_defs", rf"^\|:{name}.*$", f"|:{name} 7")
            touched |= save_judged(assessor, host, read_bundle(raw), Delivery("ssh", at(hours), at(hours)), at(hours))[1]
        return update_items(assessor, touched, at(hours))

    def report(self, hours: float) -> Report:
        return report_in_use(make_assessor(self.system, self.new), at(hours))

    def accept(self, report: Report, hours: float, seen: str = "") -> Applied:
        assessor = make_assessor(self.system, self.new)
        store.save_report(self.system, report, assessor.manifest, at(hours), self.reviewer)
        in_use = store.content_in_use(self.system)
        assert in_use
        changes = list_changes(assessor, in_use.manifest)
        judgements, because = judgements_of(assessor, changes), "pilot hosts looked at"
        store.accept_content(self.system, seen or report.digest, assessor.digest, judgements, self.reviewer, because, at(hours))
        return update_items(assessor, judgements, at(hours), self.reviewer)

    def states(self) -> dict[str, str]:
        return {item.source_key: item.state for item in Item.objects.filter(system=self.system)}


@pytest.fixture
def place(system: System, content: Content, reviewer: User) -> Place:
    store.grant(system, reviewer, "administrator", START)
    hosts = [store.add_host(system, store.NewAsset(name, way_in="ssh"), START) for name in ("ws-001", "ws-002")]
    new = {
        **content.checks,
        AGE: with_longer_age(content),
        "password-minimum": build(TEXT.format(name="password-minimum", fact="pass_min_days")),
        "password-notice": build(TEXT.format(name="password-notice", fact="pass_warn_age")),
    }
    made = Place(system, hosts, content, Content(dict(sorted(new.items()))), reviewer)
    made.deliver(content, 0)
    item = Item.objects.get(system=system, source_key=AGE)
    store.approve(store.find_item(system, item.identifier), reviewer, store.review_digest(item), at(0))
    return made


def test_the_first_content_is_in_use_without_anybodys_word(place: Place) -> None:
    (record,) = ContentRecord.objects.filter(system=place.system)
    assert (record.accepted_by, record.report) == (None, None)
    assert set(record.manifest) == {AGE, "password-hash"}
    assert place.states() == {AGE: "open"}


def test_the_report_says_what_would_open_and_close_and_changes_nothing(place: Place) -> None:
    before = list(Result.objects.order_by("pk").values())
    report = place.report(24)
    effects = {one.check: one for one in report.effects}
    assert (report.opened, report.ended, report.hosts) == (2, 1, 2)
    assert effects[AGE].closes == ("PA-0001",)
    assert effects[AGE].stands == {"fail to pass": 2}
    assert effects["password-minimum"].opens == ("ws-001", "ws-002")
    assert effects["password-minimum"].stands == {"not judged to fail": 2}
    assert list(Result.objects.order_by("pk").values()) == before
    assert place.states() == {AGE: "open"}


def test_nothing_opens_or_closes_before_the_report_is_accepted(place: Place) -> None:
    assert place.deliver(place.new, 24) == Applied()
    assert Result.objects.filter(system=place.system, check_id="password-minimum", status="fail").count() == 2
    assert place.states() == {AGE: "open"}


def test_what_has_been_judged_meanwhile_opens_and_closes_when_the_report_is_accepted(place: Place) -> None:
    place.deliver(place.new, 24)
    report = place.report(25)
    assert (report.opened, report.ended) == (2, 1)
    applied = place.accept(report, 26)
    assert (len(applied.drafted), applied.closed) == (2, ("PA-0001",))
    assert place.states() == {AGE: "closed", "password-minimum": "draft", "password-notice": "draft"}


def test_accepted_before_any_scan_it_happens_with_the_next_one_as_reported(place: Place) -> None:
    report = place.report(24)
    assert place.accept(report, 25) == Applied()
    applied = place.deliver(place.new, 26)
    assert (len(applied.drafted), len(applied.closed)) == (report.opened, report.ended)
    assert place.report(27).effects == ()


def test_the_closure_names_who_accepted_the_content(place: Place) -> None:
    report = place.report(24)
    place.accept(report, 25)
    place.deliver(place.new, 26)
    record = store.find_item(place.system, "PA-0001").closures.get().canonical
    assert b"rita" in bytes(record)


def test_a_report_that_is_not_the_newest_is_not_accepted(place: Place) -> None:
    report = place.report(24)
    with pytest.raises(ServerError, match="not the newest report"):
        place.accept(report, 25, seen="0" * 12)
    with pytest.raises(ServerError, match="not the newest report"):
        place.accept(report, 25, seen=report.digest[:4])
    assert store.content_in_use(place.system) == ContentRecord.objects.get()


def test_a_report_is_accepted_only_for_the_values_that_it_was_made_by(place: Place) -> None:
    report = place.report(24)
    store.confirm_parameters(place.system, {f"{AGE}.max_days": (50, SOURCE)}, place.reviewer, at(25))
    with pytest.raises(ServerError, match="make it again"):
        place.accept(report, 26)
    assert place.accept(place.report(27), 28) == Applied()


def test_what_hosts_show_after_the_report_opens_and_closes_by_the_same_rules(place: Place) -> None:
    place.deliver(place.new, 24)
    report = place.report(25)
    assert report.ended == 1
    place.deliver(place.new, 26, days=500)
    assert place.accept(report, 27).closed == (), "what failed again is not closed by what the report saw"
    assert place.states()[AGE] == "open"


def test_a_report_older_than_a_day_is_made_again(place: Place) -> None:
    report, assessor = place.report(24), make_assessor(place.system, place.new)
    store.save_report(place.system, report, assessor.manifest, at(24), place.reviewer)
    with pytest.raises(ServerError, match="older than a day"):
        store.accept_content(place.system, report.digest, assessor.digest, {}, place.reviewer, "looked at", at(48.5))


def test_a_report_on_other_content_is_not_accepted(place: Place) -> None:
    report = place.report(24)
    store.save_report(place.system, report, {}, at(24), place.reviewer)
    with pytest.raises(ServerError, match="not the newest report"):
        store.accept_content(place.system, report.digest, "f" * 64, {}, place.reviewer, "because", at(25))


def test_a_word_without_a_reason_does_not_count(place: Place) -> None:
    report = place.report(24)
    row = store.save_report(place.system, report, {}, at(24), place.reviewer)
    with pytest.raises(ServerError, match="say why"):
        store.accept_content(place.system, row.sha256, row.content, {}, place.reviewer, " ", at(25))


def test_only_a_reviewer_accepts_content(place: Place, official: User) -> None:
    row = store.save_report(place.system, place.report(24), {}, at(24), official)
    with pytest.raises(ServerError, match="reviewer"):
        store.accept_content(place.system, row.sha256, row.content, {}, official, "because", at(25))


@pytest.mark.parametrize("check", [AGE, "password-minimum"])
def test_what_new_content_judges_cannot_be_confirmed_beside_the_report(place: Place, check: str) -> None:
    place.deliver(place.new, 24)
    waiting = store.pending_judgements(place.system)
    assert {AGE, "password-minimum"} <= {one.check_id for one in waiting}
    (digest,) = [one.digest for one in waiting if one.check_id == check]
    assessor = make_assessor(place.system, place.new)
    assert confirmable(assessor, waiting, at(25)) == []
    with pytest.raises(ServerError, match="came with new content"):
        confirm_judgement(assessor, check, digest, place.reviewer, "it is good", at(25))


def test_content_that_was_taken_back_leaves_nothing_to_confirm(place: Place) -> None:
    place.deliver(place.new, 24)
    (waiting,) = [one for one in store.pending_judgements(place.system) if one.check_id == AGE]
    with pytest.raises(ServerError, match="is not judged by"):
        confirm_judgement(make_assessor(place.system, place.old), AGE, waiting.digest, place.reviewer, "it is good", at(25))


def test_a_value_that_changes_after_new_content_was_accepted_is_confirmed_by_itself(place: Place) -> None:
    place.accept(place.report(24), 25)
    store.confirm_parameters(place.system, {f"{AGE}.max_days": (50, SOURCE)}, place.reviewer, at(26))
    place.deliver(place.new, 27)
    (waiting,) = store.pending_judgements(place.system)
    assert confirm_judgement(make_assessor(place.system, place.new), AGE, waiting.digest, place.reviewer, "90 is too long", at(28))


def test_a_host_that_passes_now_opens_nothing_whatever_it_did_before(place: Place) -> None:
    place.deliver(place.old, 10, days=60)
    (effect,) = [one for one in place.report(24).effects if one.check == AGE]
    assert effect.stands == {}


def test_an_observation_of_more_than_90_days_ago_says_nothing(place: Place) -> None:
    report = place.report(91 * 24)
    assert (report.opened, report.ended, report.hosts) == (0, 0, 0)


def test_a_retired_host_is_not_judged_again(place: Place) -> None:
    store.retire_host(place.hosts[0], place.reviewer, "scrapped", at(1))
    assert {one.opens for one in place.report(24).effects if one.opens} == {("ws-002",)}


def test_a_check_that_is_gone_leaves_its_items_and_the_report_says_so(place: Place) -> None:
    without = Content({name: check for name, check in place.old.checks.items() if name != AGE})
    report = report_in_use(make_assessor(place.system, without), at(24))
    assert report.effects == (Effect(AGE, "removed", left=("PA-0001",)),)


def test_two_directories_are_compared_by_what_one_after_the_other_would_do(place: Place) -> None:
    report = report_between(place.old, make_assessor(place.system, place.new), at(24))
    assert {one.check: (one.kind, bool(one.opens), one.closes) for one in report.effects} == {
        AGE: ("judgement", False, ("PA-0001",)),
        "password-minimum": ("added", True, ()),
        "password-notice": ("added", True, ()),
    }


def test_the_values_of_the_organization_stay_in_force(place: Place) -> None:
    assessor = Assessor(place.system, place.new, {AGE: {"max_days": 30}})
    (effect,) = [one for one in report_in_use(assessor, at(24)).effects if one.check == AGE]
    assert effect.closes == ()
    assert effect.stands == {}


def test_a_system_that_was_judged_before_content_was_recorded_keeps_what_it_was_judged_by(place: Place) -> None:
    system = System.objects.create(name="Elsewhere", created_at=START)
    JudgementRecord.objects.create(system=system, check_id=AGE, platform="linux", digest="a" * 64, first_used_at=START)
    manifest = make_assessor(system, place.new).manifest
    record = store.keep_first_content(system, manifest, at(1))
    assert {check: list(platforms) for check, platforms in record.manifest.items() if platforms} == {AGE: ["linux"]}
    assert store.keep_first_content(system, manifest, at(2)) == record


def test_a_host_that_comes_later_is_judged_by_what_is_in_use_without_a_word(place: Place) -> None:
    late = store.add_host(place.system, store.NewAsset("ws-003", way_in="ssh"), START)
    place.hosts = [late]
    applied = place.deliver(place.old, 2)
    assert applied.joined == ("PA-0001",)
