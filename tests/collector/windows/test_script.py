"""The PowerShell script as text: it parses, is ASCII, and holds nothing that writes."""

import re
from importlib.resources import files

import pytest

from collector.bundle import BundleError
from collector.catalog import probes, sources, with_arguments
from collector.probe import Source
from collector.script import build_script, script_digest
from tests.support.powershell import flattened, mistakes

SOURCES = sources(probes("windows"))
SCRIPT = build_script(SOURCES, platform="windows")


def test_the_grammar_finds_mistakes() -> None:
    assert mistakes("if ($true { 1 }")
    assert mistakes("foreach ($a in $b) { 'x'")
    assert not mistakes("foreach ($a in $b) { 'x' }")


def test_the_whole_script_parses() -> None:
    assert mistakes(SCRIPT) == []


def test_the_prelude_parses() -> None:
    assert mistakes((files("collector") / "prelude.ps1").read_text()) == []


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_every_snippet_parses(source: Source) -> None:
    assert mistakes(source.script) == []


def test_lists_that_spill_into_the_outer_one_are_found() -> None:
    assert flattened("$a = @(\n  @('a', 'b')\n  @('c', 'd')\n)") == ["line 2: @('a', 'b')", "line 3: @('c', 'd')"]
    assert flattened("$a = @(@('a', 'b'))") == ["line 1: @('a', 'b')"]
    assert not flattened("$a = @(\n  @('a', 'b'),\n  @('c', 'd')\n); $b = @(, @('a')); $c = @('a'\n 'b')")


def test_no_list_of_lists_spills() -> None:
    assert flattened(SCRIPT) == []
    assert [found for source in SOURCES for found in flattened(source.script)] == []


def test_every_snippet_compares_text_as_in_no_language() -> None:
    start = SCRIPT.index('AddScript("param')
    assert "+ $culture + $Snippet" in SCRIPT[start : start + 60]
    assert "CurrentThread.CurrentCulture = `$invariant" in SCRIPT[:start]


def test_the_script_is_ascii_without_tabs_or_carriage_returns_of_its_own() -> None:
    assert SCRIPT.isascii()
    assert "\r" not in SCRIPT


def test_half_a_script_does_not_parse_and_so_runs_nothing() -> None:
    lines = SCRIPT.split("\n")
    for end in range(10, len(lines) - 2, 37):
        assert mistakes("\n".join(lines[:end])), f"the script cut after line {end} would run"


def test_a_snippet_that_is_not_ascii_is_refused() -> None:
    with pytest.raises(BundleError, match="not be ASCII"):
        build_script((Source("test.a", "'gr\u00fc\u00df'"),), platform="windows")


def test_quotes_and_blanks_of_snippets_and_arguments_stay_inside_their_words() -> None:
    asked = Source("test.a", "'it''s'", arguments=(r"HKLM\SOFTWARE\It's here|A b",))
    script = build_script((asked,), platform="windows")
    assert mistakes(script) == []
    assert "'with HKLM\\SOFTWARE\\It''s\there|A\tb' 10 '''it''''s''' @('HKLM\\SOFTWARE\\It''s here|A b')" in script


def test_the_digest_covers_snippets_and_arguments() -> None:
    first = (Source("test.a", "1"),)
    digests = {
        script_digest(one, platform="windows") for one in (first, (Source("test.a", "2"),), with_arguments(first, {"test.a": ["x"]}))
    }
    assert len(digests) == 3
    assert script_digest(first, platform="windows") in build_script(first, platform="windows")


# What a collection has no use for, because it only reads: to change a system, to run text from elsewhere, to go out to the network.
FORBIDDEN = re.compile(
    r"\b(Set-(?!StrictMode)\w+|New-(?!Object)\w+|Remove-\w+|Add-(?!Line|Frame)\w+|Clear-\w+|Enable-\w+|Disable-\w+|Install-\w+|Uninstall-\w+"
    r"|Stop-\w+|Restart-\w+|Start-(?!Worker)\w+|Register-\w+|Unregister-\w+|Invoke-(?!Program\b|CimMethod\b)\w+|Out-File|Export-\w+|iex|icm|iwr|irm"
    r"|SetValue|CreateSubKey|DeleteValue|DeleteSubKey\w*|WriteAll\w+|DownloadString|DownloadFile|WebClient|Net\.Sockets|Add-Type)\b",
    re.IGNORECASE,
)


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_no_snippet_uses_what_changes_a_host(source: Source) -> None:
    assert [found[0] for found in FORBIDDEN.finditer(source.script)] == []


def test_the_list_of_what_changes_a_host_works() -> None:
    for text in ("Set-ItemProperty x", "new-item y", "Start-Process z", "$key.SetValue(1)", "Invoke-Expression $a", "iex $a"):
        assert FORBIDDEN.search(text), text
