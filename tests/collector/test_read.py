import json
from collections.abc import Mapping
from typing import Any

import pytest

from collector.bundle import read_bundle
from collector.catalog import declared, probes, resolve, sources
from collector.errors import CollectorError
from collector.facts import Fact, Unknown
from collector.probe import Frames, Probe, ProbeError
from collector.read import read_facts, read_probe
from collector.schema import facts_schema, read_facts_file
from collector.script import build_script
from collector.transports.local import collect_local


def probe(parse: Mapping[str, Any] | Exception) -> Probe:
    def give(_: Frames) -> Mapping[str, Any]:
        if isinstance(parse, Exception):
            raise parse
        return parse

    return Probe("thing", (), (Fact("a", "integer", "a"), Fact("b", "string", "b"), Fact("users.*.uid", "integer", "c")), give)


def read(parse: Mapping[str, Any] | Exception) -> tuple[dict[str, Any], dict[str, str]]:
    errors: dict[str, str] = {}
    return read_probe(probe(parse), Frames({}), errors), errors


def test_every_declared_path_is_present_and_null_when_not_set() -> None:
    assert read({"b": "x", "users": {"root": {}}}) == ({"a": None, "b": "x", "users": {"root": {"uid": None}}}, {})


def test_what_is_unknown_is_null_with_its_reason_under_its_path() -> None:
    tree, errors = read({"a": Unknown("no"), "users": {"x.y": {"uid": Unknown("odd")}}})
    assert tree == {"a": None, "b": None, "users": {"x.y": {"uid": None}}}
    assert errors == {"thing.a": "no", "thing.users[x.y].uid": "odd"}


def test_a_probe_that_failed_leaves_its_reason_and_null() -> None:
    assert read(ProbeError("nobody home")) == ({"a": None, "b": None, "users": {}}, {"thing": "nobody home"})


def test_a_parser_that_trips_is_an_error_of_its_own_facts_only() -> None:
    tree, errors = read(ValueError("odd line"))
    assert tree["a"] is None
    assert "could not read" in errors["thing"]
    assert "odd line" in errors["thing"]


def test_a_member_that_no_path_can_name_makes_its_map_unknown() -> None:
    for name in ("a]b", "a[b", "a\nb", "*", "", "x" * 401):
        tree, errors = read({"users": {name: {"uid": 0}, "root": {"uid": 0}}})
        assert tree["users"] == {"root": {"uid": 0}}
        assert "which no path can name" in errors["thing.users"]


def test_a_value_that_is_not_what_was_declared_is_unknown() -> None:
    for wrong in ("7", True, [7], {"x": 7}, 2**53, 10**400):
        tree, errors = read({"a": wrong})
        assert tree["a"] is None
        assert "thing.a" in errors
    probe_of_words = Probe("thing", (), (Fact("w", "string", "w", ("low", "high")),), lambda _: {"w": "odd"})
    errors = {}
    assert read_probe(probe_of_words, Frames({}), errors) == {"w": None}
    assert errors == {"thing.w": "the host's output gave 'odd', which is no string known here"}


def test_a_source_that_was_not_collected_is_said_so() -> None:
    only_host = tuple(s for s in sources(probes("linux")) if s.name.startswith("host."))
    facts = read_facts(read_bundle(collect_local(build_script(only_host)).raw))
    assert all("not collected by script" in reason and "redeploy" in reason for reason in facts.errors.values())
    untold = {p.name for p in probes("linux") if not any(path == p.name or path.startswith(f"{p.name}.") for path in facts.errors)}
    assert untold == {"host"}


def test_this_host_gives_a_document_that_satisfies_its_schema() -> None:
    facts = read_facts(read_bundle(collect_local(build_script(sources(probes("linux")))).raw))
    assert facts.host["name"]
    assert read_facts_file(json.dumps(facts.to_json()).encode(), "here") == facts


def test_every_declared_path_is_in_the_schema_and_resolves() -> None:
    assert facts_schema("linux")["properties"]["facts"]["properties"].keys() == {one.segments[0] for one in declared("linux")}
    assert resolve("linux", "host.name").fact.type == "string"
    with pytest.raises(CollectorError, match=r"no probe declares host\.nmae"):
        resolve("linux", "host.nmae")


DOCUMENTS = {
    "not JSON": (b"{", "neither a bundle nor a facts document"),
    "not text": (b"\xff\xfe", "neither a bundle nor a facts document"),
    "nested without end": (b"[" * 100_000, "neither a bundle nor a facts document"),
    "an endless number": (b'{"platform": ' + b"9" * 5000 + b"}", "neither a bundle nor a facts document"),
    "no object": (b"[]", "its platform is None"),
    "another platform": (b'{"platform": "vms"}', "its platform is 'vms'"),
    "half a document": (b'{"platform": "linux"}', "is a required property"),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_file_that_is_no_facts_document_is_refused_with_the_place(name: str) -> None:
    raw, words = DOCUMENTS[name]
    with pytest.raises(CollectorError, match=words) as caught:
        read_facts_file(raw, "carried.json")
    assert str(caught.value).startswith("carried.json: ")


def test_a_fact_of_another_type_is_refused_with_its_place() -> None:
    only_host = tuple(s for s in sources(probes("linux")) if s.name.startswith("host."))
    data = read_facts(read_bundle(collect_local(build_script(only_host)).raw)).to_json()
    data["facts"]["host"]["uid"] = "0"
    with pytest.raises(CollectorError, match=r"facts\.host\.uid"):
        read_facts_file(json.dumps(data).encode(), "carried.json")
