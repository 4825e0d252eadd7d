"""Assessments in the store: frozen with their entries, linked to items, closed out by the role that the system names."""

import json
from dataclasses import replace
from datetime import date

import pytest
from django.db import DatabaseError, transaction

from checks.framework import load_framework
from poam_generator.assessment import Closeout, CmmcAssessment, Entry
from poam_generator.json_form import to_json
from poam_generator.score import RequirementStatus
from server import store
from server.errors import ServerError
from server.models import AssessmentRecord, Asset, CloseoutRecord, ItemHost, System, User
from tests.server.conftest import START, at
from tests.support.items import make_item, seen

TODAY = START.date()
MET = {one.id: RequirementStatus(one.id, "MET", ()) for one in load_framework().requirements}
GIVEN = CmmcAssessment(0, "self", "J. Doe", date(2026, 11, 20), "conditional", 109, TODAY, "", (Entry("3.5.8", ("3.5.8[a]",), 1),))
LATER = at(24 * 60)
DONE = Closeout("self", "J. Doe", LATER.date(), ("3.5.8",), 110, "A. Official", LATER.date())


def test_an_assessment_comes_back_with_its_number_and_the_items_that_bear_on_it(system: System, host: Asset, reviewer: User) -> None:
    item = make_item(system, "password-age", [host])
    row = store.record_assessment(system, GIVEN, reviewer, START)
    entry = replace(GIVEN.entries[0], items=(item.identifier,))
    assert store.read_assessment(row) == replace(GIVEN, number=1, entries=(entry,))
    assert store.record_assessment(system, GIVEN, reviewer, at(1)).number == 2
    assert [one.number for one in store.assessments(system)] == [1, 2]


def test_what_is_wrong_is_refused_whole(system: System, reviewer: User) -> None:
    with pytest.raises(ServerError, match=r"Name the assessor\. .*every requirement that is NOT MET needs an entry"):
        store.record_assessment(system, replace(GIVEN, assessor="", score=100), reviewer, START)
    assert not AssessmentRecord.objects.exists()


def test_entries_stay_frozen_while_items_may_be_linked_later(system: System, host: Asset, reviewer: User) -> None:
    row = store.record_assessment(system, GIVEN, reviewer, START)
    item = make_item(system, "password-age", [host])
    store.link_item(row, "3.5.8", item.identifier, reviewer, at(1))
    assert store.read_assessment(row).entries[0].items == (item.identifier,)
    with pytest.raises(ServerError, match="already"):
        store.link_item(row, "3.5.8", item.identifier, reviewer, at(2))
    with pytest.raises(ServerError, match=r"3\.1\.8 is no entry"):
        store.link_item(row, "3.1.8", item.identifier, reviewer, at(2))
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        AssessmentRecord.objects.filter(pk=row.pk).update(status="final")


def test_a_part_that_is_split_off_bears_on_the_entries_of_the_whole(system: System, host: Asset, reviewer: User) -> None:
    item = make_item(system, "password-age", [host, store.add_host(system, store.NewAsset("ws-015"), START)])
    store.approve(item, reviewer, store.review_digest(item), START)
    row = store.record_assessment(system, GIVEN, reviewer, START)
    ItemHost.objects.filter(asset=host).update(passing=to_json(seen("pass", 1)))
    made = store.split_off(item, (), reviewer, "wave 1", at(2))
    assert store.read_assessment(row).entries[0].items == (item.identifier, made.identifier)


def test_the_affirming_official_enters_the_closeout_and_nobody_else(system: System, reviewer: User, official: User) -> None:
    row = store.record_assessment(system, GIVEN, reviewer, START)
    with pytest.raises(ServerError, match="rita may not enter a closeout"):
        store.record_closeout(row, DONE, MET, reviewer, LATER)
    store.record_closeout(row, DONE, MET, official, LATER)
    held = store.read_assessment(row)
    assert (held.closeouts, held.closed_on) == ((DONE,), DONE.on)


def test_the_system_may_name_another_role_for_it(system: System, reviewer: User, official: User) -> None:
    row = store.record_assessment(system, GIVEN, reviewer, START)
    with pytest.raises(ServerError, match="rita may not name who enters closeouts"):
        store.set_closeout_role(system, "reviewer", reviewer, START)
    with pytest.raises(ServerError, match="'viewer' cannot enter"):
        store.set_closeout_role(system, "viewer", official, START)
    store.set_closeout_role(system, "reviewer", official, START)
    with pytest.raises(ServerError, match="olga may not enter a closeout"):
        store.record_closeout(row, DONE, MET, official, LATER)
    assert store.record_closeout(row, DONE, MET, reviewer, LATER).recorded_by == reviewer


def test_a_closeout_of_what_is_not_shown_is_refused_and_nothing_is_kept(system: System, reviewer: User, official: User) -> None:
    row = store.record_assessment(system, GIVEN, reviewer, START)
    failing = MET | {"3.5.8": RequirementStatus("3.5.8", "NOT MET", ("3.5.8[a]: failing on 1",))}
    with pytest.raises(ServerError, match=r"3\.5\.8 is not ready: 3\.5\.8\[a\]"):
        store.record_closeout(row, DONE, failing, official, LATER)
    assert not CloseoutRecord.objects.exists()


def test_a_c3paos_closeout_keeps_what_was_not_shown_here(system: System, reviewer: User, official: User) -> None:
    row = store.record_assessment(system, replace(GIVEN, kind="c3pao", organization="Assessors Ltd"), reviewer, START)
    missing = MET | {"3.5.8": RequirementStatus("3.5.8", "not assessed", ("3.5.8[a]: missing on 1",))}
    store.record_closeout(row, replace(DONE, kind="c3pao", organization="Other C3PAO"), missing, official, LATER)
    closeout = store.read_assessment(row).closeouts[0]
    assert closeout.not_ready[0].startswith("3.5.8[a]: ")
    assert closeout.organization == "Other C3PAO"


def test_records_are_sealed(system: System, reviewer: User) -> None:
    row = store.record_assessment(system, GIVEN, reviewer, START)
    form = json.loads(bytes(row.canonical))
    assert (form["schema"], form["by"], form["entries"][0]["requirement"]) == ("closeout.assessment/1", "rita", "3.5.8")
    assert "items" not in form["entries"][0]


def test_an_assessment_of_another_system_is_not_found(system: System, reviewer: User) -> None:
    store.record_assessment(system, GIVEN, reviewer, START)
    other = System.objects.create(name="Elsewhere", created_at=START)
    with pytest.raises(ServerError, match="there is no assessment 1 in Elsewhere"):
        store.find_assessment(other, 1)
