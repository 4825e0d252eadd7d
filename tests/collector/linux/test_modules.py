"""modprobe's files read as kmod reads them: first install line, joined lines, hidden files, names with hyphens."""

from typing import Any

from collector.files import File
from collector.linux.modules import CONFIGURED, describe, parse_configured, read_rules
from collector.probe import Frame, Frames


def judged(module: str, *lines: str, parameters: tuple[str, ...] = ()) -> dict[str, Any]:
    return describe(module, read_rules([File("/etc/modprobe.d/a.conf", "read", lines=lines)], parameters))


def test_an_install_line_that_does_nothing_blocks_a_module_in_every_usual_spelling() -> None:
    for command in ("/bin/true", "/bin/false", "/usr/bin/true", "/usr/bin/false", "true", "/sbin/nologin", "/bin/false  # reason"):
        assert judged("dccp", f"install dccp {command}")["blocked"], command


def test_a_commented_line_a_bare_name_and_another_module_block_nothing() -> None:
    for line in ("#install dccp /bin/true", "dccp", "install dccp_ipv4 /bin/true", "install dccp", "options dccp x=1"):
        assert not judged("dccp", line)["blocked"], line


def test_a_command_that_goes_on_after_true_blocks_nothing() -> None:
    for command in (
        "/bin/true; modprobe --ignore-install dccp",
        "/bin/true ; modprobe dccp",
        "/sbin/modprobe -i dccp",
        "/bin/false || insmod x",
    ):
        assert not judged("dccp", f"install dccp {command}")["blocked"], command


def test_the_first_of_two_install_lines_is_the_one_that_modprobe_takes() -> None:
    assert not judged("dccp", "install dccp /sbin/modprobe -i dccp", "install dccp /bin/true")["blocked"]
    assert judged("dccp", "install dccp /bin/true", "install dccp /sbin/modprobe -i dccp")["blocked"]


def test_a_hyphen_is_an_underscore() -> None:
    assert judged("usb_storage", "install usb-storage /bin/false", "blacklist usb-storage") == {
        "blocked": True,
        "blacklisted": True,
        "install": "/bin/false",
    }


def test_a_blacklisted_module_can_still_be_loaded_by_name() -> None:
    assert judged("dccp", "blacklist dccp") == {"blocked": False, "blacklisted": True, "install": None}


def test_a_backslash_joins_lines_and_a_pattern_names_many() -> None:
    assert judged("cramfs", "install cramfs \\", "  /bin/true")["blocked"]
    assert judged("jffs2", "install jffs* /bin/true")["blocked"]


def test_the_kernel_itself_refuses_what_module_blacklist_names() -> None:
    assert judged("dccp", parameters=("module_blacklist=sctp,dccp",))["blocked"]
    assert not judged("dccp", parameters=("modprobe.blacklist=dccp",))["blocked"]


def test_a_name_in_etc_hides_the_same_name_of_the_vendor() -> None:
    text = (
        "@stat 644 0 0 1 /etc/modprobe.d/x.conf\n@stat 644 0 0 1 /usr/lib/modprobe.d/x.conf\n@text /etc/modprobe.d/x.conf\n:# none\n"
        "@text /usr/lib/modprobe.d/x.conf\n:install dccp /bin/true\n"
    )
    assert parse_configured(Frames({CONFIGURED.name: Frame(CONFIGURED.name, 0, text)})) == {}
