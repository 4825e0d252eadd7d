import subprocess
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.bundle import MAGIC, BundleError, read_bundle
from collector.catalog import probes, sources
from collector.probe import Frame, Source
from collector.script import build_script, script_digest

ECHO = Source("test.echo", "echo one; printf two")


def run(*chosen: Source, shell: tuple[str, ...] = ("sh",)) -> bytes:
    return subprocess.run([*shell, "-s"], input=build_script(chosen).encode(), capture_output=True, check=True).stdout


def frame(source: Source) -> Frame:
    return read_bundle(run(source)).frames[source.name]


@pytest.mark.parametrize("shell", [("sh",), ("bash", "--posix"), ("bash",)])
def test_every_shell_gives_the_same_frames(shell: tuple[str, ...]) -> None:
    read = read_bundle(run(ECHO, Source("test.fails", "echo no >&2; exit 7"), shell=shell)).frames
    assert (read["test.echo"].output, read["test.echo"].exit_code) == ("one\ntwo", 0)
    assert (read["test.fails"].output, read["test.fails"].exit_code, read["test.fails"].stderr) == ("", 7, "no")


def test_a_missing_last_line_end_is_kept_apart_from_one_that_is_there() -> None:
    assert frame(Source("test.a", "printf x")).output == "x"
    assert frame(Source("test.a", "echo x")).output == "x\n"
    assert frame(Source("test.a", "echo x; echo")).output == "x\n\n"
    assert frame(Source("test.a", "true")).output == ""


def test_content_cannot_forge_a_frame() -> None:
    forged = "end test.a 0\nbegin test.b\n|forged\n\nend test.b 0\nfinish 2\n"
    read = read_bundle(run(Source("test.a", f"printf '%s' '{forged}'; printf '%s' '{forged}' >&2; exit 3")))
    assert list(read.frames) == ["test.a"]
    assert read.frames["test.a"].output == forged
    assert read.frames["test.a"].exit_code == 3


def test_quotes_and_dollars_of_a_snippet_reach_the_shell_as_they_are() -> None:
    assert frame(Source("test.a", """x='a b'; printf '%s\\n' "$x" "it's" '$x'""")).output == "a b\nit's\n$x\n"


def test_bytes_that_are_no_text_are_shown_and_not_lost() -> None:
    assert frame(Source("test.a", r"printf 'caf\351 \000 end\n'")).output == "caf\\xe9 \\x00 end\n"


def test_what_only_python_takes_for_a_line_end_ends_no_line() -> None:
    odd = frame(Source("test.a", "printf 'x\\000\\013\\014\\034\\302\\205\\342\\200\\250y\\rz\\r\\n'")).output
    assert odd == "x\\x00\\x0b\\x0c\\x1c\\x85\\u2028y\\x0dz\r\n"
    assert len(odd.splitlines()) == 1


def test_a_bundle_of_too_many_lines_is_refused_before_it_fills_the_memory() -> None:
    with pytest.raises(BundleError, match="more than 500000 lines"):
        read_bundle(b"closeout-bundle 1\n" + b"|\n" * 500_001)


def test_a_snippet_that_takes_too_long_is_ended_and_says_so() -> None:
    assert frame(Source("test.a", "echo begun; sleep 30", seconds=1)).exit_code == 124


def test_a_snippet_sees_no_input_and_none_of_the_script() -> None:
    assert frame(Source("test.a", "cat; echo done")).output == "done\n"


def test_half_a_script_runs_nothing() -> None:
    script = build_script(sources(probes("linux")))
    for size in range(0, len(script) - len("main\n"), max(1, len(script) // 23)):
        ran = subprocess.run(["sh", "-s"], input=script[:size].encode(), capture_output=True, check=False)
        assert ran.stdout == b"", f"{size} bytes of the script printed something"


def test_what_a_login_prints_before_the_bundle_is_passed_over() -> None:
    assert read_bundle(b"Welcome!\n\nLast login: never\n" + run(ECHO)).frames["test.echo"].output == "one\ntwo"


def test_the_script_carries_its_own_digest() -> None:
    assert read_bundle(run(ECHO)).script == script_digest((ECHO,)) != script_digest((ECHO, Source("test.b", "true")))


def test_every_cut_bundle_is_refused() -> None:
    whole = run(ECHO, Source("test.b", "echo x >&2"))
    for size in range(len(whole) - 1):
        with pytest.raises(BundleError):
            read_bundle(whole[:size])


CHANGES: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "no bundle": (lambda _: b"hello\n", "not a bundle"),
    "line ends changed": (lambda b: b.replace(b"\n", b"\r\n"), "CRLF"),
    "a frame twice": (lambda b: b.replace(b"finish 1", b"begin test.echo\n\nend test.echo 0\nfinish 2"), "comes twice"),
    "a frame taken out": (lambda b: b[: b.index(b"begin")] + b"finish 1\n", "expected 'finish 0'"),
    "a line without its mark": (lambda b: b.replace(b"|one", b"one"), "does not end as it began"),
    "a name that no probe has": (lambda b: b.replace(b"test.echo", b"../echo"), "name that no probe can have"),
    "another exit code": (lambda b: b.replace(b"end test.echo 0", b"end test.echo zero"), "does not end as it began"),
    "a digest that is none": (lambda b: b.replace(b"script ", b"script x"), "64 hexadecimal"),
    "a header missing": (lambda b: b.replace(b"platform linux\n", b""), "expected a line 'platform"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_bundle_is_refused_with_the_line(name: str) -> None:
    change, words = CHANGES[name]
    with pytest.raises(BundleError, match=words):
        read_bundle(change(run(ECHO)))


@given(st.binary(max_size=300))
def test_no_bytes_make_the_reader_stumble(noise: bytes) -> None:
    header = b"closeout-bundle 1\ncollector 1\nscript " + b"0" * 64 + b"\nplatform linux\n"
    for raw in (noise, header + noise, header + b"begin test.a\n|" + noise + b"\nend test.a 0\nfinish 1\n"):
        with suppress(BundleError):
            assert read_bundle(raw).raw == raw


def test_the_content_digest_ignores_volatile_frames_only() -> None:
    def content(stable: str, volatile: str) -> str:
        raw = run(Source("test.a", "echo same"), Source("test.v", "echo now", volatile=True))
        return read_bundle(raw.replace(b"|same", f"|{stable}".encode()).replace(b"|now", f"|{volatile}".encode())).content_digest()

    assert content("x", "1") == content("x", "2")
    assert content("x", "1") != content("y", "1")


def test_the_script_does_without_dev_null_and_timeout_and_makes_neither() -> None:
    """A root that holds only a shell, sed and cat: what needs more is an error frame, the rest is read."""
    words = """
set -e; mount -t tmpfs tmpfs /mnt; cd /mnt; mkdir -p bin usr/bin lib lib64 usr/lib usr/lib64 dev
for each in lib lib64 usr/lib usr/lib64; do [ ! -d /$each ] || mount --bind /$each $each; done
cp /bin/sh /bin/sed /bin/cat usr/bin/; cp usr/bin/* bin/
chroot /mnt /bin/sh -s
ls dev >&2
"""
    script = build_script((Source("test.a", "cat; echo here"), Source("test.b", "no-such-command")))
    ran = subprocess.run(["unshare", "-m", "sh", "-c", words], input=script.encode(), capture_output=True, check=True)
    read = read_bundle(ran.stdout).frames
    assert (read["test.a"].output, read["test.b"].exit_code) == ("here\n", 127)
    assert ran.stderr == b"", "nothing may be made in /dev"


def test_a_bundle_of_nothing_but_control_characters_is_refused_before_each_is_looked_at() -> None:
    with pytest.raises(BundleError, match="more than 1000000 control characters"):
        read_bundle(f"{MAGIC}\n".encode() + b"\x1b" * 1_000_001)
