"""Weaknesses grouped into changes by the place where they are mended."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from checks.framework import load_framework
from checks.load import Content, load_content
from poam_generator.changes import HostToMend, Place, PlannedChange, Weakness, Winner, languages_of, plan_changes
from poam_generator.changes.central import say_central
from poam_generator.lint.model import CentralSetting

FRAMEWORK = load_framework()
DOMAIN = Winner("Default Domain Policy", "{31B2F340-016D-11D2-945F-00C04FB984F9}")
LLMNR = r"HKLM\SOFTWARE\Policies\Microsoft\Windows NT\DNSClient|EnableMulticast"


@pytest.fixture(scope="module")
def content() -> Content:
    return load_content()


def host(name: str, platform: str = "linux", winners: Mapping[str, Winner] | None = None) -> HostToMend:
    return HostToMend(name, name.upper(), platform, {key.casefold(): one for key, one in (winners or {}).items()})


def weakness(content: Content, check_id: str, item: str, *hosts: HostToMend) -> Weakness:
    check = content.checks[check_id]
    requirements = tuple(dict.fromkeys(FRAMEWORK.requirement_of(one).id for one in check.assesses))
    return Weakness(item, f"Not met: {check.title}", check.severity, requirements, check, hosts, {})


def places(changes: tuple[PlannedChange, ...]) -> dict[str, list[str]]:
    return {str(one.place): [part.item for part in one.parts] for one in changes}


def test_what_is_set_in_one_place_is_one_change_with_every_host_once(content: Content) -> None:
    a, b, c = host("a"), host("b"), host("c")
    now = weakness(content, "forwarding-now", "PA-0001", a, b)
    after = weakness(content, "forwarding-persistent", "PA-0002", b, c)
    sshd = weakness(content, "ssh-empty-passwords", "PA-0003", a)
    changes = plan_changes([sshd, after, now], FRAMEWORK)
    assert places(changes)["the directory /etc/sysctl.d"] == ["PA-0001", "PA-0002"]
    assert places(changes)["the file /etc/ssh/sshd_config"] == ["PA-0003"]
    sysctl = next(one for one in changes if one.place.name == "/etc/sysctl.d")
    assert [one.host_name for one in sysctl.hosts] == ["A", "B", "C"]
    efforts = [content.checks[one].platforms["linux"].effort for one in ("forwarding-now", "forwarding-persistent")]
    assert sysctl.minutes == 2 * efforts[0] + 2 * efforts[1]


def test_the_object_that_wins_a_setting_is_the_place_and_its_work_is_done_once(content: Content) -> None:
    hosts = [host(name, "windows", {LLMNR: DOMAIN}) for name in ("ws-1", "ws-2", "ws-3")]
    (change,) = plan_changes([weakness(content, "llmnr-off", "PA-0001", *hosts)], FRAMEWORK)
    assert change.place == Place("windows", "gpo", DOMAIN.gpo, DOMAIN.guid)
    assert change.minutes == content.checks["llmnr-off"].platforms["windows"].effort
    assert languages_of(change) == ("powershell",)


def test_hosts_where_other_objects_win_or_nobody_does_stand_in_other_changes(content: Content) -> None:
    other = Winner("Servers", "{11111111-016D-11D2-945F-00C04FB984F9}")
    hosts = [host("ws-1", "windows", {LLMNR: DOMAIN}), host("ws-2", "windows", {LLMNR.upper(): other}), host("ws-3", "windows")]
    changes = plan_changes([weakness(content, "llmnr-off", "PA-0001", *hosts)], FRAMEWORK)
    assert {str(one.place): [h.host_name for h in one.hosts] for one in changes} == {
        "the Group Policy object 'Default Domain Policy'": ["WS-1"],
        "the Group Policy object 'Servers'": ["WS-2"],
        r"the registry below HKLM\SOFTWARE\Policies\Microsoft\Windows NT": ["WS-3"],
    }


def test_an_item_that_needs_two_places_on_a_host_says_so_in_both(content: Content) -> None:
    changes = plan_changes([weakness(content, "account-lockout-threshold", "PA-0001", host("a"))], FRAMEWORK)
    assert len(changes) == 2
    first, second = changes
    assert first.parts[0].elsewhere == (second.place,)
    assert second.parts[0].elsewhere == (first.place,)


def test_an_item_on_two_platforms_is_mended_in_a_place_on_each_and_neither_asks_for_the_other(content: Content) -> None:
    mixed = weakness(content, "account-lockout-threshold", "PA-0001", host("a"), host("b", "windows"))
    windows = [one for one in plan_changes([mixed], FRAMEWORK) if one.place.platform == "windows"]
    assert [one.parts[0].elsewhere for one in windows] == [()]


def test_the_key_of_a_change_stays_while_its_place_does(content: Content) -> None:
    one = plan_changes([weakness(content, "forwarding-now", "PA-0001", host("a"))], FRAMEWORK)[0]
    two = plan_changes([weakness(content, "forwarding-persistent", "PA-0009", host("z"))], FRAMEWORK)[0]
    assert one.key == two.key
    assert one.key != plan_changes([weakness(content, "ssh-empty-passwords", "PA-0001", host("a"))], FRAMEWORK)[0].key


def test_requirements_count_once_in_the_points_and_the_order_of_items_is_no_matter(content: Content) -> None:
    items = [weakness(content, one, f"PA-000{n}", host("a")) for n, one in enumerate(("forwarding-now", "forwarding-persistent"))]
    changes = plan_changes(items, FRAMEWORK)
    alone = plan_changes(items[:1], FRAMEWORK)
    assert changes == plan_changes(reversed(items), FRAMEWORK)
    assert changes[0].points == alone[0].points > 0


def test_the_organizations_values_are_what_is_set(content: Content) -> None:
    own = replace(weakness(content, "account-lockout-threshold", "PA-0001", host("a")), parameters={"max_attempts": 3})
    settings = [setting for one in plan_changes([own], FRAMEWORK) for part in one.parts for setting in part.settings]
    assert "at_least 1, at_most 3" in [setting.expected for setting in settings]


def test_every_shipped_check_has_a_place_for_what_it_expects(content: Content) -> None:
    lost = [
        check.id
        for check in content.checks.values()
        for platform in check.platforms
        if not plan_changes([weakness(content, check.id, "PA-0001", host("a", platform))], FRAMEWORK)
    ]
    assert lost == []


def test_a_plan_names_the_first_hosts_of_an_object_and_counts_the_others() -> None:
    setting = CentralSetting("MinimumPasswordLength", "Default Domain Policy", tuple(f"ws-{n:02}" for n in range(12)))
    assert "sets MinimumPasswordLength on ws-00, ws-01, " in say_central([setting])
    assert "ws-09 and 2 more: change it there" in say_central([setting])
