"""What a host could send to keep a parser busy for ever is read, or refused, in moments."""

import time

import pytest

from collector.catalog import probes
from collector.linux import accounts, firewall, logging, pam, sudoers
from collector.probe import Frame, Frames
from collector.read import read_probe
from tests.collector.linux.snippets import shown

SUDOERS = {f"/etc/sudoers{n}": f"#include /etc/sudoers{n + 1}\n" * 10 for n in range(1, 16)}
PAM = {f"/etc/pam.d/s{n}": f"auth include s{n + 1}\n" * 3 for n in range(30)}
CHAINS = ",".join(f'{{"chain":{{"family":"ip","table":"f","name":"c{n}","hook":"{"input" * (n == 0)}"}}}}' for n in range(25))
JUMPS = ",".join(
    f'{{"rule":{{"family":"ip","table":"f","chain":"c{n}","expr":[{{"jump":{{"target":"c{n + 1}"}}}}]}}}}'
    for n in range(24)
    for _ in range(3)
)
ENDLESS = {
    "quotes": ("sudoers", sudoers.SUDOERS, shown({"/etc/sudoers": '"a"' * 5000 + "=\n"})),
    "sudoers that include each other": ("sudoers", sudoers.SUDOERS, shown({"/etc/sudoers": "#include /etc/sudoers1\n" * 10, **SUDOERS})),
    "stacks that include each other": ("pam", pam.STACKS, shown({"/etc/pam.d/login": "auth include s0\n", **PAM})),
    "chains that jump to each other": ("firewall.now", firewall.NFT, f'{{"nftables":[{CHAINS},{JUMPS}]}}'),
    "an rsyslog.conf that includes itself": (
        "logging.rsyslog",
        logging.RSYSLOG,
        shown({"/etc/rsyslog.conf": "$IncludeConfig /etc/rsyslog.conf\n" * 20}),
    ),
    "accounts without end": (
        "accounts",
        accounts.ACCOUNTS,
        "@file /etc/passwd\n" + "".join(f":entry:u{n}:shadow:0:{n}::/h:/bin/sh\n" for n in range(20_000)) + "@file /etc/group\n"
        + "".join(f":entry:g{n}:shadow:{n}:\n" for n in range(20_000)) + "@file nsswitch\n",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ENDLESS)
def test_what_never_ends_is_read_or_refused_in_moments(name: str) -> None:
    probe_name, source, text = ENDLESS[name]
    probe = next(one for one in probes("linux") if one.name == probe_name)
    began = time.monotonic()
    read_probe(probe, Frames({source.name: Frame(source.name, 0, text)}), {})
    assert time.monotonic() - began < 10
