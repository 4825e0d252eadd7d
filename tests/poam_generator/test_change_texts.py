"""The texts of changes parse, do what they say, and hold whatever hosts are called."""

import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.load import Content, load_content
from poam_generator.changes import WRITERS, HostToMend, PlannedChange, Winner, languages_of, plan_changes
from poam_generator.changes.quote import comment, powershell, shell
from poam_generator.changes.steps import steps_of, wanted_value
from poam_generator.errors import PoamError
from tests.poam_generator.test_changes import DOMAIN, FRAMEWORK, LLMNR, host, weakness
from tests.support.powershell import mistakes

HOSTILE = [
    "x'; rm -rf / #", 'x"; $(reboot) `reboot`', "x\n- hosts: all", "x\r\nRemove-Item C:\\", "\u2019; Stop-Computer; \u2018",
    "{{ lookup('pipe', 'id') }}",
    "x\u2028y\u0085z", "#> evil <#", "@'\n'@", "*", "all:!none", "--flag", "$(Stop-Computer)", "", "all", "Localhost", "ungrouped",
]  # fmt: skip


class _Loader(yaml.SafeLoader):
    """YAML with Ansible's mark for text that is no template."""


def _unsafe(loader: yaml.SafeLoader, node: yaml.Node) -> object:
    assert isinstance(node, yaml.ScalarNode)
    return loader.construct_scalar(node)


_Loader.add_constructor("!unsafe", _unsafe)


@pytest.fixture(scope="module")
def content() -> Content:
    return load_content()


def changes_of(content: Content, platform: str, *hosts: HostToMend) -> tuple[PlannedChange, ...]:
    """Every shipped check as an item, on these hosts."""
    ids = sorted(one for one, check in content.checks.items() if platform in check.platforms)
    return plan_changes([weakness(content, one, f"PA-{n:04}", *hosts) for n, one in enumerate(ids)], FRAMEWORK)


def sh_mistakes(text: str) -> str:
    return subprocess.run(["sh", "-n"], input=text, text=True, capture_output=True, check=False).stderr


def hostile_hosts(platform: str) -> list[HostToMend]:
    return [HostToMend(f"h{n}", name, platform, {}) for n, name in enumerate(HOSTILE)] + [HostToMend("ok", "ws-014.example", platform, {})]


@pytest.mark.parametrize("platform", ["linux", "windows"])
def test_every_change_of_every_check_parses_on_hosts_of_whatever_name(content: Content, platform: str) -> None:
    changes = changes_of(content, platform, *hostile_hosts(platform))
    assert len(changes) > 40
    for change in changes:
        for language in languages_of(change):
            text = WRITERS[language](change)
            if language == "shell":
                assert sh_mistakes(text) == "", change.place
            elif language == "powershell":
                assert mistakes(text) == [], change.place
            else:
                (play,) = yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader with one more mark
                assert play["hosts"] == "ws-014.example", change.place


def test_the_name_of_an_object_cannot_become_a_command(content: Content) -> None:
    for name in HOSTILE:
        hosts = host("ws-1", "windows", {LLMNR: Winner(name)})
        (change,) = plan_changes([weakness(content, "llmnr-off", "PA-0001", hosts)], FRAMEWORK)
        text = WRITERS["powershell"](change)
        assert mistakes(text) == []
        (line,) = [line for line in text.splitlines() if line.startswith("Set-GPRegistryValue")]
        assert line.endswith(" -ValueName 'EnableMulticast' -Type DWord -Value 0")


@settings(max_examples=200, deadline=None)
@given(st.text())
def test_quoted_text_is_one_word_of_the_shell(text: str) -> None:
    printable = "".join(character if character.isprintable() else " " for character in text)
    ran = subprocess.run(["sh", "-c", f"printf %s {shell(text)}"], capture_output=True, check=False)
    assert ran.stdout.decode(errors="surrogateescape") == printable.encode(errors="surrogateescape").decode(errors="surrogateescape")


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet=st.characters(codec="utf-8")))
def test_quoted_text_is_one_string_of_powershell_and_a_comment_stays_one(text: str) -> None:
    assert mistakes(f"Get-Item {powershell(text)}") == []
    quotes = "'\u2018\u2019\u201a\u201b"
    inner = powershell(text)[1:-1]
    assert all(len(run) % 2 == 0 for run in _runs(inner, quotes))
    assert all(line.startswith("#") for line in comment(text).split("\n"))
    assert len(comment(text).splitlines()) == text.count("\n") + 1


def _runs(text: str, letters: str) -> list[str]:
    """The runs of these letters in a text."""
    runs, run = [], ""
    for character in f"{text} ":
        if character in letters:
            run += character
        elif run:
            runs.append(run)
            run = ""
    return runs


def test_a_script_says_what_it_is_and_leaves_to_a_person_what_has_no_one_value(content: Content) -> None:
    (change,) = plan_changes([weakness(content, "password-dictionary", "PA-0001", host("a"))], FRAMEWORK)[:1]
    text = WRITERS["shell"](change)
    assert "# Written by closeout, which never runs it. Read it, try it on one host, run it, and scan again." in text
    assert "# BY HAND, as no one value follows from what is expected" in text


def test_an_object_is_set_where_the_domain_is_managed_by_its_guid(content: Content) -> None:
    (change,) = plan_changes([weakness(content, "llmnr-off", "PA-0001", host("ws-1", "windows", {LLMNR: DOMAIN}))], FRAMEWORK)
    wanted = (
        "Set-GPRegistryValue -Guid '31B2F340-016D-11D2-945F-00C04FB984F9' "
        r"-Key 'HKLM\SOFTWARE\Policies\Microsoft\Windows NT\DNSClient' -ValueName 'EnableMulticast' -Type DWord -Value 0"
    )
    assert wanted in WRITERS["powershell"](change)
    with pytest.raises(PoamError, match="is changed where the domain is managed; export it as powershell"):
        WRITERS["ansible"](change)


@pytest.mark.parametrize(("platform", "check", "language"), [("linux", "forwarding-now", "powershell"), ("windows", "llmnr-off", "shell")])
def test_a_language_of_another_platform_is_refused(content: Content, platform: str, check: str, language: str) -> None:
    (change,) = plan_changes([weakness(content, check, "PA-0001", host("a", platform))], FRAMEWORK)
    with pytest.raises(PoamError, match="is mended on"):
        WRITERS[language](change)


def test_a_playbook_without_a_name_that_fits_is_refused(content: Content) -> None:
    (change,) = plan_changes([weakness(content, "forwarding-now", "PA-0001", HostToMend("a", "all:!b", "linux", {}))], FRAMEWORK)
    with pytest.raises(PoamError, match="has a name that can stand in a playbook: all:!b"):
        WRITERS["ansible"](change)


def run_password_age(content: Content, place: Path) -> str:
    """What login.defs below a place says once the script has run twice on it."""
    (change,) = plan_changes([weakness(content, "password-maximum-age", "PA-0001", host("a"))], FRAMEWORK)[:1]
    text = WRITERS["shell"](change).replace("/etc/login.defs", f"{place}/login.defs").replace('"/usr$1"', f'"{place}/usr/$(basename "$1")"')
    for _ in range(2):
        ran = subprocess.run([shutil.which("dash") or "sh"], input=text, text=True, capture_output=True, check=False)
        assert (ran.returncode, ran.stderr) == (0, "")
    return (place / "login.defs").read_text()


def test_set_line_replaces_what_a_file_said_and_keeps_the_rest_and_the_file_as_it_was(content: Content, tmp_path: Path) -> None:
    before = "# PASS_MAX_DAYS is how long\nPASS_MAX_DAYS\t99999\nUMASK 022\npass_max_days=7\n"
    (tmp_path / "login.defs").write_text(before)
    assert run_password_age(content, tmp_path) == "# PASS_MAX_DAYS is how long\nPASS_MAX_DAYS 1095\nUMASK 022\n"
    assert (tmp_path / "login.defs.before-closeout").read_text() == before


def test_set_line_begins_with_what_the_system_has_below_usr(content: Content, tmp_path: Path) -> None:
    (tmp_path / "usr").mkdir()
    (tmp_path / "usr" / "login.defs").write_text("UMASK 022\n")
    assert run_password_age(content, tmp_path) == "UMASK 022\nPASS_MAX_DAYS 1095\n"


def test_a_value_of_several_texts_is_left_to_a_person(content: Content) -> None:
    changes = plan_changes([weakness(content, "registry-paths-from-network", "PA-0001", host("a", "windows"))], FRAMEWORK)
    assert [step for change in changes for part in change.parts for setting in part.settings for step in steps_of(setting)] == []


def test_a_text_that_looks_like_a_number_is_set_as_a_text(content: Content) -> None:
    (change,) = plan_changes([weakness(content, "event-log-security-goes-on", "PA-0001", host("a", "windows"))], FRAMEWORK)
    assert " 'Retention' '0' String" in WRITERS["powershell"](change)
    assert '        data: "0"\n        type: "string"' in WRITERS["ansible"](change)


def test_a_playbook_looks_whether_a_file_is_there_and_names_the_collections_that_it_takes(content: Content) -> None:
    (linux,) = plan_changes([weakness(content, "file-cron-allow", "PA-0001", host("a"))], FRAMEWORK)[:1]
    assert "[ ! -e '/etc/cron.allow' ] || chmod -- 'g-w' '/etc/cron.allow'" in WRITERS["ansible"](linux)
    (windows,) = plan_changes([weakness(content, "llmnr-off", "PA-0001", host("a", "windows"))], FRAMEWORK)
    assert "# It needs ansible.windows (ansible-galaxy collection install)." in WRITERS["ansible"](windows)


def test_values_that_the_server_refuses_are_put_aside(content: Content) -> None:
    (change,) = plan_changes([weakness(content, "ssh-ciphers", "PA-0001", host("a"))], FRAMEWORK)[:1]
    for language in languages_of(change):
        assert "sshd -t || { mv -- /etc/ssh/sshd_config.d/00-closeout.conf" in WRITERS[language](change)


@pytest.mark.parametrize(
    ("expected", "value"),
    [
        ("equals 0", 0),
        ("equals no", "no"),
        ('equals ["0"]', ["0"]),
        ("equals true", True),
        ("at_least 14", 14),
        ("at_most -1", -1),
        ("at_least 1, at_most 4", 4),
        ('one_of ["a", "b"]', "a"),
        ("matches .*", None),
        ("not_equals []", None),
        ('excludes ["yes"]', None),
        ("set false", None),
    ],
)
def test_the_value_that_is_set_is_one_that_passes(expected: str, value: object) -> None:
    assert wanted_value(expected) == value


def test_a_list_of_allowed_ciphers_is_set_whole(content: Content) -> None:
    changes = plan_changes([weakness(content, "ssh-ciphers", "PA-0001", host("a"))], FRAMEWORK)
    steps = [step for change in changes for part in change.parts for setting in part.settings for step in steps_of(setting)]
    assert [step.name for step in steps] == ["ciphers"]
    assert "," in str(steps[0].value)
