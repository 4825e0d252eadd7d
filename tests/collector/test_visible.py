"""Nothing that a host says can drive a terminal, or hide or turn what stands beside it."""

import random

import pytest

from collector.bundle import read_bundle
from collector.catalog import probes
from collector.errors import CollectorError
from collector.probe import Frame, Frames, Probe
from collector.read import read_facts, read_probe
from collector.transports import TransportError
from collector.visible import one_line, visible
from tests.support.bundles import change_frame, small_bundle


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain, naïve, 名前 ✓\tand\nmore", "plain, naïve, 名前 ✓\tand\nmore"), ("\x1b[2J", "\\x1b[2J"),
        ("\x9b2J", "\\x9b2J"), ("\x7f", "\\x7f"),
        ("\u202egnp.exe", "\\u202egnp.exe"), ("a\u200bb", "a\\u200bb"), ("\U000e0041", "\\U000e0041"), ("\udcff", "\\udcff"),
        ("over\rwritten", "over\\x0dwritten"), ("CRLF\r\n", "CRLF\r\n"), ("\x00", "\\x00"), ("\ufeffmark", "\ufeffmark"),
    ],
)  # fmt: skip
def test_a_character_that_cannot_be_seen_is_written_as_its_code(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_a_sentence_that_quotes_a_host_stays_one_line_of_some_length() -> None:
    assert one_line("ws-014: no shell:\n\x1b[1A\r\n[2/2] ws-015: collected\n") == "ws-014: no shell: | \\x1b[1A | [2/2] ws-015: collected"
    long = one_line("begin" + "x" * 100_000 + "end")
    assert (len(long) < 1100, long[:5], long[-3:]) == (True, "begin", "end")


def test_what_went_wrong_is_told_in_characters_that_can_be_seen() -> None:
    assert str(CollectorError("it said \x1b[31m")) == "it said \\x1b[31m"
    assert str(TransportError("output", "it said\n\x1b[31m")) == "it said | \\x1b[31m"


def test_a_bundle_is_read_with_its_control_characters_shown() -> None:
    raw = change_frame(small_bundle(), "login_defs", r"^\|:UMASK.*$", "|:UMASK 022 \x1b]0;title\x07")
    assert "UMASK 022 \\x1b]0;title\\x07\n" in read_bundle(raw).frames["login_defs"].output
    raw = change_frame(small_bundle(), "host.identity", r"^begin host.identity\n\|.*$", "begin host.identity\n|ws\x1b[2J")
    assert read_facts(read_bundle(raw)).host["name"] == "ws\\x1b[2J"


def test_what_only_an_answer_in_json_unfolds_is_shown_too() -> None:
    probe: Probe = next(one for one in probes("linux") if one.name == "firewall.now")
    source = next(one for one in probe.sources if one.name == "firewall.nft")
    chain = '{"chain":{"family":"ip","table":"f","name":"in\\u001b[2J","hook":"input","policy":"drop","type":"filter","prio":0}}'
    errors: dict[str, str] = {}
    facts = read_probe(probe, Frames({source.name: Frame(source.name, 0, f'{{"nftables":[{chain}]}}')}), errors)
    assert "\x1b" not in str(facts) + str(errors)


@pytest.mark.parametrize("seed", range(8))
def test_however_a_bundle_is_damaged_it_is_read_or_refused_in_a_line(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - the same damage in every run
    raw = bytearray(small_bundle())
    for _ in range(chance.choice((1, 50, 5000))):
        raw[chance.randrange(len(raw))] = chance.randrange(256)
    refused = ""
    try:
        read_bundle(bytes(raw))
    except CollectorError as error:
        refused = str(error)
    assert one_line(refused) == refused
