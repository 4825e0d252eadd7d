"""A Windows host that is reached by nothing: print its script, run it there, carry what it printed, take it in."""

import json
import re
import time
from pathlib import Path

import pytest

from collector.windows.identity import CLOCK, IDENTITY
from server import store
from server.models import Receipt, Result
from tests.server.cli.conftest import Run
from tests.support.windows import pack

GUID = "9f0c2f63-5c0e-4a5b-9f0a-0f2b8f3f2a11"


def run_there(script: str, clock: int) -> str:
    """The bundle that a script would make where only the host's name and clock can be told: each of its own lines is followed."""
    said = {IDENTITY.name: f"WS-014\n{GUID}\nTrue\nS-1-5-18\n5.1.20348.1366", CLOCK.name: str(clock)}
    lines = re.findall(r"^  Add-Line '((?:closeout-bundle|collector|script|platform) [^']*)'$", script, re.MULTILINE)
    for name, nature in re.findall(r"^  Add-Frame '([^']+)' '((?:[^']|'')*)' \d+ '", script, re.MULTILINE):
        lines.append(f"begin {name} {nature.replace(chr(39) * 2, chr(39))}".rstrip())
        if name in said:
            lines += [*(f"|{line}" for line in said[name].split("\n")), "", f"end {name} 0"]
        else:
            lines += ["!System.UnauthorizedAccessException 0x80070005: access denied", f"end {name} 1"]
    return "\n".join([*lines, *re.findall(r"^  Add-Line '(finish \d+)'$", script, re.MULTILINE), ""])


@pytest.fixture
def bundle(closeout: Run) -> str:
    """What the printed script would collect."""
    return run_there(closeout("script", "windows").out, int(time.time()))


@pytest.fixture
def carried(bundle: str, tmp_path: Path) -> Path:
    """The same as Windows PowerShell writes it with >: UTF-16 with a mark before it."""
    file = tmp_path / "ws-014.bundle"
    file.write_bytes(b"\xff\xfe" + pack(bundle).decode().encode("utf-16-le"))
    return file


def test_what_the_script_printed_is_read_and_judged_in_a_pipe(closeout: Run, carried: Path) -> None:
    facts = json.loads(closeout("facts", carried, "--json").out)
    assert (facts["platform"], facts["host"]["name"], facts["facts"]["host"]["elevated"]) == ("windows", "WS-014", True)
    (answer,) = json.loads(closeout("evaluate", carried, "--json").out)
    unread = [one for one in answer["results"] if not any(seen["path"].startswith("host.") for seen in one["observations"])]
    assert unread
    assert {one["status"] for one in unread} <= {"error", "manual"}, "what could not be read is never a pass or a failure"


@pytest.mark.django_db
def test_what_was_carried_is_taken_in_and_known_again(closeout: Run, bundle: str, carried: Path) -> None:
    store.default_system()
    assert closeout("hosts", "add", "ws-014").status == 0
    (taken,) = json.loads(closeout("import", carried, "--host", "ws-014", "--json").out)
    assert (taken["error"], taken["host"], taken["known"]) == ("", "ws-014", False)
    receipt = Receipt.objects.get(pk=taken["receipt"])
    assert store.raw_bundle(receipt) == bundle.encode()
    assert (receipt.platform, receipt.origin, receipt.scope.whole) == ("windows", "hand-carried", True)
    assert Result.objects.filter(status="error").exists()
    assert not Result.objects.filter(status="fail").exists()
    carried.write_bytes(pack(bundle, "\n"))
    (again,) = json.loads(closeout("import", carried, "--json").out)
    assert (again["host"], again["known"]) == ("ws-014", True), "known by the GUID of its Windows, and by the same bytes"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (
            b"closeout-bundle-gzip error constrained-language: PowerShell is constrained here\r\n",
            "(constrained-language)",
        ),
        (b"closeout-bundle-gzip 1\r\nH4sI\r\n", "cut or was changed on the way"),
        (b"\xff\xfe" + "closeout-bundle-gzip 1\r\n!!!!\r\nfinish\r\n".encode("utf-16-le"), "cut or was changed on the way"),
    ],
)
def test_what_came_damaged_is_refused_in_a_sentence(closeout: Run, tmp_path: Path, raw: bytes, sentence: str) -> None:
    store.default_system()
    file = tmp_path / "ws-014.bundle"
    file.write_bytes(raw)
    closeout("hosts", "add", "ws-014")
    for command in (("import", file, "--host", "ws-014"), ("facts", file), ("evaluate", file)):
        ran = closeout(*command)
        assert ran.status == 3
        assert sentence in ran.err
        assert "Traceback" not in ran.err
    assert not Receipt.objects.exists()
