"""Catalogs that users have: three formats, read strictly and within bounds."""

import json
from typing import Any

import pytest

from checks import catalogs
from checks.catalogs import read_catalog
from checks.errors import ContentError

TEXT = "Words of a publication."


def control(identifier: str, *parts: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": f"SP_800_171_{identifier}",
        "props": [{"name": "sort-id", "value": identifier}, {"name": "label", "value": f"A title ({identifier})"}],
        "params": [{"id": f"A.{identifier}.ODP.01", "label": "a number"}],
        "parts": list(parts),
    }


def statement(prose: str, *items: str) -> dict[str, Any]:
    return {"name": "statement", "prose": prose, "parts": [{"name": "item", "prose": one} for one in items]}


def oscal(*controls: dict[str, Any]) -> bytes:
    return json.dumps({"catalog": {"groups": [{"id": "g", "controls": list(controls)}]}}).encode()


def cprt(*elements: tuple[str, str, str]) -> bytes:
    keys = ("element_type", "element_identifier", "text")
    return json.dumps({"response": {"elements": {"elements": [dict(zip(keys, one, strict=True)) for one in elements]}}}).encode()


def test_an_oscal_catalog_gives_statements_with_their_items_and_values_in_words() -> None:
    items = ("Lock after {{ insert: param, A.03.01.08.ODP.01 }} failures.", "Then wait.")
    found = read_catalog(oscal(control("03.01.08", statement("Limit:", *items))), "a.json")
    assert (found.framework, found.kind) == ("r3", "oscal")
    assert found.entries == {"03.01.08": "Limit:\nLock after [a number] failures.\nThen wait."}


def test_an_oscal_catalog_of_revision_2_gives_objectives_that_carry_an_id() -> None:
    objective = {"name": "assessment-objective", "props": [{"name": "label", "value": "3.1.8[b]"}], "prose": TEXT}
    other = {"name": "assessment-objective", "props": [{"name": "label", "value": "first"}], "prose": TEXT}
    found = read_catalog(oscal(control("3.1.8", statement("Limit."), objective, other)), "a.json")
    assert (found.framework, found.entries) == ("r2", {"3.1.8": "Limit.", "3.1.8[b]": TEXT})


def test_an_answer_of_cprt_gives_requirements_put_together_of_their_parts() -> None:
    raw = cprt(
        ("requirement", "03.01.08", "Limit:"),
        ("security_requirement", "SR-03.01.08.a", "Lock."),
        ("discussion", "D-03.01.08", "Much talk."),
        ("determination", "A.03.01.08.a[01]", "it is locked"),
        ("requirement", "09.09.09", "Another."),
    )
    found = read_catalog(raw, "a.json")
    assert (found.framework, found.kind, found.entries) == ("r3", "cprt", {"03.01.08": "Limit:\nLock."})
    assert found.unmatched == ("09.09.09",)


@pytest.mark.parametrize("head", ["id,text", "ID,Statement", "objective,requirement,letter,text", "Requirement ID,Other,Description"])
def test_a_csv_is_read_by_the_names_of_its_columns(head: str) -> None:
    columns = head.split(",")
    row = {"id": "3.1.8", "objective": "3.1.8[b]", "requirement id": "3.1.8"}
    cells = [row.get(name.casefold(), TEXT if name.casefold() in {"text", "statement", "description"} else "x") for name in columns]
    found = read_catalog(f"\ufeff{head}\n{','.join(cells)}\n".encode(), "a.csv")
    assert (found.framework, found.kind, list(found.entries.values())) == ("r2", "csv", [TEXT])


def test_ids_that_no_framework_has_are_told() -> None:
    found = read_catalog(b"id,text\n3.1.8,a\n3.1.99,b\nAC-2,c\n", "a.csv")
    assert found.unmatched == ("3.1.99", "AC-2")


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "a CSV needs a column"),
        (b"name,words\n3.1.8,x\n", "a CSV needs a column"),
        (b"id,text\nAC-2,x\n", "of none of r2, r3"),
        (b"id,text\n3.1.8,x\n03.01.08,y\n", "of two frameworks"),
        (b'id,text\n3.1.8,"x\n', "not a CSV"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (b"{", "not JSON"),
        (b'{"catalog": {}, "catalog": {}}', "stands twice"),
        (b'{"catalog": {"n": NaN}}', "no JSON"),
        (b'{"assessment-plan": {}}', "neither an OSCAL catalog"),
        (b'{"catalog": []}', "neither an OSCAL catalog"),
        (b'{"catalog": {"groups": "many"}}', "of none of"),
        (b'{"response": {"elements": []}}', "of none of"),
        (b'{"a":' * 200_000, "not JSON"),
    ],
)
def test_what_is_no_catalog_is_refused_with_a_sentence(raw: bytes, words: str) -> None:
    with pytest.raises(ContentError, match=words):
        read_catalog(raw, "a.file")


def test_groups_within_groups_are_read_to_a_bound_and_no_further() -> None:
    inner: dict[str, Any] = {"controls": [control("03.01.08", statement(TEXT))]}
    for _ in range(5):
        inner = {"groups": [inner]}
    assert read_catalog(json.dumps({"catalog": inner}).encode(), "a.json").entries == {"03.01.08": TEXT}
    for _ in range(50):
        inner = {"groups": [inner]}
    with pytest.raises(ContentError, match="of none of"):
        read_catalog(json.dumps({"catalog": inner}).encode(), "a.json")


def test_size_number_and_length_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = b"id,text\n3.1.8,words\n3.1.9,words\n"
    for name, bound in (("LARGEST", 10), ("MOST", 1), ("LONGEST", 3)):
        with monkeypatch.context() as patch:
            patch.setattr(catalogs, name, bound)
            with pytest.raises(ContentError, match=r"larger|more than"):
                read_catalog(raw, "a.csv")
