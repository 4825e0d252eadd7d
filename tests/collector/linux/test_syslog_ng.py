"""Destinations of syslog-ng: what is really sent to, by TLS or not."""

from pathlib import Path

import pytest

from collector.files import read_files
from collector.linux.logging import RSYSLOG
from collector.linux.shown import split_shown
from collector.linux.syslog_ng import MAIN, read_targets
from collector.probe import ProbeError
from tests.collector.linux.snippets import run_source, shown, write_tree

LOG = "log { source(s_src); destination(d_net); };\n"


@pytest.mark.parametrize(
    ("driver", "target"),
    [
        ('network("logs" transport("tls") port(6514) tls(ca-dir("/etc/ca")))', ("tls logs:6514", True)),
        ('network("logs" transport("udp"))', ("udp logs:514", False)),
        ('network("logs")', ("tcp logs:601", False)),
        ("syslog(logs.example.mil transport(tls))", ("tls logs.example.mil:6514", True)),
        ('syslog("logs"\n  port(601))', ("tcp logs:601", False)),
        ('tcp("10.0.0.1" port(514))', ("tcp 10.0.0.1:514", False)),
        ('tcp6("::1")', ("tcp ::1:514", False)),
        ('tcp("logs" port(6514) tls(peer-verify(required-trusted)))', ("tls logs:6514", True)),
        ('udp("logs")', ("udp logs:514", False)),
    ],
)
def test_a_destination_on_the_network_is_read(driver: str, target: tuple[str, bool]) -> None:
    text = f"destination d_net {{ {driver}; }};\n{LOG}"
    assert read_targets(read_files(shown({MAIN: text}))) == [target]


@pytest.mark.parametrize(
    "text",
    [
        'destination d_net { tcp("logs"); };\n',  # no log path names it
        f'#destination d_net {{ tcp("logs"); }};\n{LOG}',
        f'destination d_net {{ file("/var/log/messages"); }};\n{LOG}',
        f'source s_net {{ tcp(ip("0.0.0.0") port(514)); }};\n{LOG}',
        "",
    ],
)
def test_what_sends_nothing_is_no_target(text: str) -> None:
    assert read_targets(read_files(shown({MAIN: text}))) == []


def test_drop_ins_count_and_so_does_a_destination_within_a_log_path() -> None:
    files = {
        MAIN: '@include "scl.conf"\n@include "/etc/syslog-ng/conf.d/*.conf"\n' + LOG,
        "/etc/syslog-ng/conf.d/a.conf": 'destination d_net { tcp("a"); udp("b"); };\nlog { source(s); destination { network("c"); }; };',
    }
    assert [name for name, _ in read_targets(read_files(shown(files)))] == ["tcp a:514", "udp b:514", "tcp c:601"]


def test_what_was_not_collected_is_an_error() -> None:
    with pytest.raises(ProbeError, match=r"/srv/x.conf: is included in"):
        read_targets(read_files(shown({MAIN: '@include "/srv/x.conf"\n'})))
    with pytest.raises(ProbeError, match="permission denied"):
        read_targets(read_files(f"@unreadable {MAIN}\n"))


def test_a_block_that_is_cut_short_is_read_to_its_end() -> None:
    assert read_targets(read_files(shown({MAIN: LOG + 'destination d_net { network("logs" transport("tls") port(6514'}))) == [
        ("tls logs:6514", True)
    ]


def test_passwords_and_tokens_of_destinations_stay_on_the_host(tmp_path: Path) -> None:
    text = (
        'destination d_sql { sql(type(mysql) host("db") username("u") password("PLANTED")); };\r\n'
        "destination d_http { http(url(\"https://u:PLANTED@h\") headers('Authorization: PLANTED') password(PLANTED)); };\n"
        'destination d_net { network("logs" transport("tls") tls(key-file("/k") pkcs12-password(PLANTED))); }; # PLANTED\n' + LOG
    )
    write_tree(tmp_path, {"/etc/syslog-ng/syslog-ng.conf": text})
    program = tmp_path / "bin" / "syslog-ng"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    source = type(RSYSLOG)(RSYSLOG.name, RSYSLOG.script.replace("have syslog-ng", f"[ -x {program} ]"))
    output = run_source(source, tmp_path).output
    assert "PLANTED" not in output
    assert read_targets(split_shown(output)[1]) == [("tls logs:6514", True)]
