"""Frames are made together, under one clock: what that means for a snippet that is slow, that hangs, or that leaves things behind."""

import re
import subprocess

from collector.bundle import Bundle, read_bundle
from collector.probe import USUAL_SECONDS, Source
from collector.script import build_script

SECOND = 1


def hurry(script: str, seconds: int = SECOND) -> str:
    """The script with a usual time limit, for all and for each of the test's own sources, of so many seconds."""
    script = script.replace(f"${{limit}}{USUAL_SECONDS} ", f"${{limit}}{seconds} ")
    return re.sub(rf"^( +test\.\w+ '\w*') {USUAL_SECONDS} ", rf"\1 {seconds} ", script, flags=re.MULTILINE)


def hurried(*chosen: Source) -> Bundle:
    """The bundle of a script whose usual time limit is a second."""
    return read_bundle(subprocess.run(["sh", "-s"], input=hurry(build_script(chosen)).encode(), capture_output=True, check=True).stdout)


def outputs(bundle: Bundle) -> dict[str, tuple[str, int]]:
    return {name: (frame.output, frame.exit_code) for name, frame in bundle.frames.items()}


def test_what_the_common_clock_cuts_short_is_begun_again_and_comes_whole() -> None:
    half = "echo begun; sleep 0.6; echo done"
    bundle = hurried(Source("test.a", half), Source("test.b", half), Source("test.c", "echo three"))
    assert outputs(bundle) == {"test.a": ("begun\ndone\n", 0), "test.b": ("begun\ndone\n", 0), "test.c": ("three\n", 0)}
    assert b"again test.b" in bundle.raw


def test_a_snippet_that_hangs_is_ended_by_its_own_clock_and_the_others_are_read() -> None:
    bundle = hurried(Source("test.a", "echo one"), Source("test.b", "echo begun; echo why >&2; sleep 30"), Source("test.c", "echo three"))
    assert outputs(bundle) == {"test.a": ("one\n", 0), "test.b": ("begun\n", 124), "test.c": ("three\n", 0)}
    assert bundle.frames["test.b"].stderr == "why"


def test_a_source_with_a_time_limit_of_its_own_is_not_ended_by_the_common_clock() -> None:
    bundle = hurried(
        Source("test.a", "sleep 1.4; echo late", seconds=5), Source("test.b", "sleep 5", seconds=2), Source("test.c", "echo x")
    )
    assert outputs(bundle) == {"test.c": ("x\n", 0), "test.a": ("late\n", 0), "test.b": ("", 124)}
    assert b"again" not in bundle.raw


def test_a_snippet_leaves_nothing_to_the_next() -> None:
    spoiled = Source(
        "test.a", "x=1; set -f; IFS=:; cd /; umask 0; follow() { :; }; have() { :; }; set -- 1 2; exec 2>&1; trap 'echo no' EXIT; exit 3"
    )
    clean = Source("test.b", 'echo "${x-unset} $# $- $(umask) $(command -v follow)"; have no-such-command || echo "$IFS" | wc -c')
    read = outputs(hurried(spoiled, clean))
    alone = outputs(hurried(clean))
    assert read["test.b"] == alone["test.b"]
    assert read["test.a"] == ("no\n", 3)


def test_a_snippet_that_is_no_shell_costs_only_itself() -> None:
    read = outputs(hurried(Source("test.a", "if ("), Source("test.b", "kill -9 $$"), Source("test.c", "echo three")))
    assert read["test.a"][1] == 2
    assert read["test.c"] == ("three\n", 0)
    assert set(read) == {"test.a", "test.b", "test.c"}


def test_sources_that_do_not_fit_one_command_line_are_read_in_several() -> None:
    many = tuple(Source(f"test.n{n}", f"echo {n} # {'x' * 3000}") for n in range(60))
    assert build_script(many).count("\n  collect ") > 2
    assert outputs(hurried(*many)) == {source.name: (f"{n}\n", 0) for n, source in enumerate(many)}


def test_a_frame_that_begins_again_must_end_in_the_end() -> None:
    raw = subprocess.run(["sh", "-s"], input=build_script((Source("test.a", "echo x"),)).encode(), capture_output=True, check=True).stdout
    cut = raw.replace(b"begin test.a\n", b"begin test.a\n|partial\n\nagain test.a\nbegin test.a\n")
    assert outputs(read_bundle(cut)) == {"test.a": ("x\n", 0)}
    torn = raw.replace(b"begin test.a\n", b"begin test.a\n|part\n\n!why\n\nagain test.a\nbegin test.a\n")
    assert outputs(read_bundle(torn)) == {"test.a": ("x\n", 0)}


KEY = "-----BEGIN RSA PRIVATE KEY-----"
ODD_SNIPPETS = (
    ":",
    "echo",
    "printf '\\n\\n\\n'",
    "printf '\\n\\na\\n\\n\\nb\\n\\n'",
    "printf 'no end'",
    "printf '\\nno end'",
    "printf '.'",
    "printf 'a\\0b\\n\\0\\n'",
    "printf '\\377\\n'",
    "printf 'a\\r\\nb\\r\\n'",
    "echo out; echo why >&2; echo more; printf '\\n\\nand this' >&2; exit 7",
    "printf 'begin test.x\\n|x\\nend test.x 0\\n!x\\n\\nagain test.x\\nfinish 0\\n'; printf 'end test.x 0\\n' >&2",
    f"printf 'a\\n{KEY}\\nsecret\\n\\n:secret\\n-----END RSA PRIVATE KEY-----\\nb\\n'",
    f"printf 'a\\n{KEY}\\nsecret, never closed\\n'",
    f"printf '# {KEY} secret -----END RSA PRIVATE KEY-----\\nsecret\\n'",
    f"printf '# {KEY}\\n{KEY}\\nsecret\\n-----END EC PRIVATE KEY-----\\nb'; printf '# {KEY}\\nsecret' >&2",
    "kill -9 $$",
    "sh -c 'kill -9 $$'",
    "(sleep 0.3; echo late) & echo soon",
    "exit 69",
)


def test_frames_that_are_made_together_are_those_that_are_made_alone() -> None:
    chosen = tuple(Source(f"test.n{n:02}", snippet) for n, snippet in enumerate(ODD_SNIPPETS))
    script = build_script(chosen)
    apart = re.sub(r"^new_mark\(\) .*$", "new_mark() { false; }", script, flags=re.MULTILINE)
    assert apart != script
    together, alone = (
        read_bundle(subprocess.run(["sh", "-s"], input=one.encode(), capture_output=True, check=True).stdout) for one in (script, apart)
    )
    assert {name: (frame.exit_code, frame.output, frame.stderr) for name, frame in together.frames.items()} == {
        name: (frame.exit_code, frame.output, frame.stderr) for name, frame in alone.frames.items()
    }
    assert "secret" not in "".join(frame.output + frame.stderr for frame in together.frames.values())
    assert sorted(together.frames) == [source.name for source in chosen]


def test_the_mark_that_parts_the_frames_can_be_read_by_nobody_else() -> None:
    """Neither what a snippet runs nor, by command lines, any user of the host learns it; and it is another one each time."""
    started = "n=0; until grep -aqs 'self/fd/[0]./proc/self/fd/[7]' /proc/[0-9]*/cmdline || [ $((n += 1)) = 50 ]; do sleep 0.1; done"
    show = "tr '\\0' ' ' <$p/cmdline; echo"
    tell = f"{started}; env; for p in /proc/[0-9]*; do case $(cat $p/comm) in sh | sed | timeout | nice) {show} ;; esac; done"
    said = outputs(hurried(Source("test.a", tell), Source("test.b", "sed -n 1p /proc/self/comm")))
    assert "sed -f /proc/self/fd/0 /proc/self/fd/7" in said["test.a"][0]
    assert not re.search(r"^closeout_mark=|sed -f.*[0-9a-f]{8}-[0-9a-f]{4}-|closeout_mark=[0-9a-f]", said["test.a"][0], re.MULTILINE)
