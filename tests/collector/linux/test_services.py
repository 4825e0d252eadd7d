"""Services: what inetd and xinetd offer, what runs now, and what stays unknown without systemd."""

import pytest

from collector.facts import Unknown
from collector.files import Files, read_files
from collector.linux.crypto import config_lines, follow, read_sections
from collector.linux.services import ACCOUNTS, ACTIVE, OLD_WAYS, UNIT_FILES, parse, read_inetd
from collector.linux.sockets import read_listening
from collector.probe import Frame, Frames, ProbeError


def shown(path: str, *lines: str) -> Files:
    return read_files(f"@stat 644 0 0 1 {path}\n@text {path}\n" + "".join(f":{line}\n" for line in lines))


def test_a_commented_or_switched_off_line_of_inetd_offers_nothing() -> None:
    lines = (
        "#telnet stream tcp nowait root /usr/sbin/in.telnetd",
        "#<off># ftp stream tcp nowait root /usr/sbin/in.ftpd",
        "shell stream tcp",
    )
    assert read_inetd(shown("/etc/inetd.conf", *lines)) == []


def test_inetd_offers_a_service_by_its_name_without_the_address() -> None:
    assert read_inetd(shown("/etc/inetd.conf", "127.0.0.1:telnet stream tcp nowait root /usr/sbin/in.telnetd")) == ["telnet"]


def test_xinetd_offers_what_is_not_disabled() -> None:
    lines = ("service tftp", "{", " disable = yes", "}", "service telnet", "{", " socket_type = stream", "}")
    assert read_inetd(shown("/etc/xinetd.d/all", *lines)) == ["telnet"]


def test_what_is_active_is_unknown_and_not_empty_where_systemd_does_not_run() -> None:
    frames = {
        UNIT_FILES.name: Frame(UNIT_FILES.name, 0, "@folder /usr/lib/systemd/system\na.service\n"),
        ACTIVE.name: Frame(ACTIVE.name, 1, "", "systemd is not running here"),
        ACCOUNTS.name: Frame(ACCOUNTS.name, 0, ""),
        OLD_WAYS.name: Frame(OLD_WAYS.name, 0, ""),
    }
    facts = parse(Frames(frames))
    assert isinstance(facts["active"], Unknown)
    assert isinstance(facts["units"]["a.service"]["active"], Unknown)
    assert facts["units"]["a.service"]["state"] == "static"


def test_a_socket_line_without_a_port_is_an_error() -> None:
    with pytest.raises(ProbeError, match="no address and port"):
        list(read_listening("uid 0\ntcp nonsense sshd\n"))


def test_the_last_of_two_openssl_settings_holds_and_an_include_stands_in_its_place() -> None:
    stats = "@stat 644 0 0 1 /etc/ssl/openssl.cnf\n@stat 644 0 0 1 /etc/ssl/more.cnf\n"
    main = "@text /etc/ssl/openssl.cnf\n:openssl_conf = a\n:[a]\n:ssl_conf = b\n:[b]\n:system_default = c\n:[c]\n"
    rest = ":MinProtocol = TLSv1\n:.include /etc/ssl/more.cnf\n@text /etc/ssl/more.cnf\n:MinProtocol = TLSv1.3 # newest\n"
    sections = read_sections(config_lines(read_files(stats + main + rest), "/etc/ssl/openssl.cnf"))
    assert follow(sections, "openssl_conf", "ssl_conf", "system_default") == {"MinProtocol": "TLSv1.3"}


def test_an_openssl_file_that_includes_itself_is_an_error() -> None:
    with pytest.raises(ProbeError, match="included by itself"):
        list(config_lines(shown("/etc/ssl/openssl.cnf", ".include /etc/ssl/openssl.cnf"), "/etc/ssl/openssl.cnf"))
