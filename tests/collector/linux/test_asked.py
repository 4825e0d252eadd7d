"""What checks ask for by an argument: refused when it is anything but plain data, asked as one quoted word, never null unasked."""

import re
import subprocess
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector import catalog
from collector.bundle import BundleError, read_bundle
from collector.catalog import PLATFORMS, probes, resolve, sources, with_arguments
from collector.errors import CollectorError
from collector.facts import ASKED, Unknown, join_path, split_path
from collector.linux.asked_files import ASKED_FILES, check_path
from collector.linux.asked_settings import ASKED_SETTINGS, FORMS, check_argument
from collector.probe import Frame, Frames, Source
from collector.read import read_facts
from collector.script import build_script
from tests.support.host import Host

HOSTILE = (
    "",
    " ",
    "etc/passwd",
    "-rf",
    "/etc/$(reboot)",
    "/etc/`reboot`",
    "/etc/';reboot;'",
    '/etc/"x"',
    "/etc/a b",
    "/etc/a\nb",
    "/etc/a\0b",
    "/etc/*",
    "/etc/[a]",
    "/etc/?",
    "/etc/~{x}",
    "/etc/../shadow",
    "/etc/./shadow",
    "/etc/..",
    "/etc//shadow",
    "/etc/shadow/",
    "/etc/caf\u00e9",
    "/etc/\u202etxt",
    "/etc/\\x41",
    "/etc/a|b",
    "/etc/a#b",
    "/proc/self/environ",
    "/sys/kernel",
    "/" + "a" * 255,
)
SETTINGS = (
    "/etc/shadow#root",
    "/etc/gshadow#root",
    "/root/.ssh#id_rsa",
    "/root/.ssh/id_rsa#x",
    "/etc/sssd/sssd.conf#domain#ldap_default_authtok",
    "/etc/default/useradd",
    "/etc/default/useradd#",
    "/etc/default/useradd#A B",
    "/etc/default/useradd#$(id)",
    "/etc/default/useradd#INACTIVE#x",
    "/etc/default/useradd#INACTIVE\n",
    "/etc/default/../default/useradd#INACTIVE",
    "/etc/dnf/dnf.conf#gpgcheck",
    "/etc/dnf/dnf.conf##gpgcheck",
    "/etc/dnf/dnf.conf#main#proxy_password",
    "/etc/dnf/dnf.conf#main#proxy",
    "/etc/dnf/dnf.conf#main#.*",
    "/etc/default/grub#GRUB_CMDLINE_LINUX",
    "/etc/default/grub#GRUB_PASSWORD",
)


@pytest.mark.parametrize("path", HOSTILE)
def test_a_path_that_is_not_plain_is_refused_with_a_sentence(path: str) -> None:
    with pytest.raises(CollectorError, match=r"; |no file of a disk"):
        check_path(path)


@pytest.mark.parametrize("argument", [*SETTINGS, *HOSTILE])
def test_a_setting_outside_the_files_and_keys_that_hold_no_secrets_is_refused_with_a_sentence(argument: str) -> None:
    with pytest.raises(CollectorError, match=r"cannot be asked for|write FILE#|may hold a secret"):
        check_argument(argument)


@pytest.mark.parametrize("path", ["/", "/etc/passwd", "/etc/cron.d/e2scrub_all", "/opt/a+b/c,d=e@f:g~h", "/etc/..data", "/root/.ssh"])
def test_a_plain_path_may_be_asked_for(path: str) -> None:
    check_path(path)
    assert resolve("linux", f"file[{path}].mode").fact.type == "string"


@pytest.mark.parametrize("name", [*HOSTILE, "*"])
def test_a_check_that_asks_for_what_may_not_be_asked_is_told_why(name: str) -> None:
    with pytest.raises(CollectorError):
        resolve("linux", f"file[{name}].mode")


def test_what_every_probe_that_takes_arguments_is_known_by() -> None:
    asking = [probe for platform in PLATFORMS for probe in probes(platform) if probe.argument]
    assert {probe.name for probe in asking} == ASKED
    assert all(len(probe.sources) == 1 for probe in asking)


def test_a_path_of_the_fixed_list_is_named_where_another_one_is_asked_for() -> None:
    assert resolve("linux", "files.paths[/etc/shadow].mode")
    with pytest.raises(CollectorError, match=r"ask for file\[/etc/foo\] in its place"):
        resolve("linux", "files.paths[/etc/foo].mode")


def test_no_file_whose_settings_may_be_asked_for_is_known_to_hold_secrets() -> None:
    secret = re.compile(
        r"shadow|ssh(?!d$)|ssl|pki|krb5|sssd|samba|my\.cnf|pgpass|netrc|cloud|vpn|wpa|ppp|ldap|rhsm|fstab|snmp|exim|postfix|sasl"
    )
    assert [file for file in FORMS if secret.search(file)] == []


@given(st.text(max_size=80) | st.from_regex(r"(/[!-~]{0,12}){1,5}", fullmatch=True))
def test_whatever_passes_is_one_word_that_a_path_and_a_bundle_can_carry(text: str) -> None:
    for check, source in ((check_path, ASKED_FILES), (check_argument, ASKED_SETTINGS)):
        with suppress(CollectorError):
            check(text)
            assert re.fullmatch(r"/[A-Za-z0-9._@:+,=~/#-]*", text)
            assert ".." not in text.split("/")
            assert split_path(join_path((source.name, text, "mode")))[1] == text
            script = build_script(with_arguments([source], {source.name: [text]}))
            assert f"set -- '{text}'" in script.replace("'\\''", "'")


@settings(deadline=None, max_examples=30)  # each example starts a shell
@given(st.lists(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=20), min_size=1, max_size=5))
def test_even_an_argument_that_no_check_may_have_reaches_the_shell_as_one_word(words: list[str]) -> None:
    source = Source("test.words", "printf '%s\\n' $# \"$@\"", arguments=tuple(words))
    raw = subprocess.run(["sh", "-s"], input=build_script((source,)).encode(), capture_output=True, check=True)
    frame = read_bundle(raw.stdout).frames["test.words"]
    assert frame.output.splitlines() == [str(len(words)), *words]
    assert frame.arguments == tuple(words)


@pytest.mark.parametrize("argument", ["", " a", "a\nb", "\x1b[0m", "caf\u00e9", "a" * 401])
def test_an_argument_that_is_not_plain_is_never_built_into_a_script(argument: str) -> None:
    with pytest.raises(BundleError, match="an argument is printable ASCII"):
        build_script((Source("test.words", "true", arguments=(argument,)),))


def test_the_arguments_are_part_of_the_script_of_the_manifest_and_of_the_content(lab_host: Host) -> None:
    def collected(*paths: str) -> tuple[str, str, object]:
        chosen = with_arguments(sources(probes("linux")), {"file.asked": paths})
        only = tuple(one for one in chosen if one.name == "file.asked")
        bundle = read_bundle(lab_host.run("sh -s", stdin=build_script(only)).stdout.encode())
        frames = bundle.manifest()["frames"]
        assert isinstance(frames, list)
        return bundle.script, bundle.content_digest(), frames[0]["arguments"]

    one, two = collected("/etc/passwd"), collected("/etc/passwd", "/etc/group")
    assert one[0] != two[0]
    assert one[1] != two[1]
    assert (one[2], two[2]) == (["/etc/passwd"], ["/etc/group", "/etc/passwd"])


def test_what_was_not_asked_is_an_error_and_what_is_not_there_is_not() -> None:
    chosen = with_arguments(sources(probes("linux")), {"file.asked": ["/etc/no-such-file"]})
    few = tuple(one for one in chosen if one.name.startswith(("host.", "file.asked", "setting.")))
    raw = subprocess.run(["sh", "-s"], input=build_script(few).encode(), capture_output=True, check=True).stdout
    facts = read_facts(read_bundle(raw))
    assert [reading.value for reading in facts.lookup("file[/etc/no-such-file].exists")] == [False]
    assert [reading.value for reading in facts.lookup("file[/etc/no-such-file].mode")] == [None]
    for path in ("file[/etc/passwd].mode", "setting[/etc/default/useradd#INACTIVE].value"):
        (reading,) = facts.lookup(path)
        assert isinstance(reading.value, Unknown)
        assert re.fullmatch(r"not collected by script [0-9a-f]{12}; redeploy the collection script", reading.value.reason)


def test_a_bundle_that_claims_an_argument_that_none_may_have_gives_no_facts() -> None:
    probe = next(one for one in probes("linux") if one.name == "setting")
    with pytest.raises(CollectorError, match="cannot be asked for"):
        probe.parse(
            Frames({"setting.asked": Frame("setting.asked", 0, "@/etc/shadow#root\n+read\n:=x\n", arguments=("/etc/shadow#root",))})
        )


def test_only_the_lines_that_were_asked_for_leave_the_host(lab_host: Host) -> None:
    lab_host.write("/etc/dnf/dnf.conf", "[main]\ngpgcheck=1\nproxy_password=planted-secret\n# gpgcheck=planted-comment\n")
    asked = with_arguments([ASKED_SETTINGS], {"setting.asked": ["/etc/dnf/dnf.conf#main#gpgcheck"]})
    said = lab_host.run("sh -s", stdin=build_script(asked)).stdout
    assert "|:=1" in said
    assert "planted" not in said


def test_the_names_of_arguments_are_sorted_and_each_asked_once() -> None:
    (source,) = catalog.with_arguments([ASKED_FILES], {"file.asked": ["/b", "/a", "/b"]})
    assert source.arguments == ("/a", "/b")
