"""The packet filter: what happens to a packet that no rule names."""

import pytest

from collector.linux.packet_filter import accepts_loopback, default_of, read_nft, read_nft_text, read_save
from collector.probe import ProbeError


def text(lines: str, *, version: int = 4, hook: str = "input") -> str:
    return default_of(read_nft_text({"/f": lines.splitlines()}, "/f"), version, hook)


def test_no_chain_is_said_as_it_is() -> None:
    assert text("") == "none"
    assert default_of(read_nft('{"nftables": []}'), 4, "input") == "none"


def test_a_policy_decides_when_no_rule_does() -> None:
    assert text("table inet f {\nchain i {\ntype filter hook input priority 0; policy drop;\ntcp dport 22 accept\n}\n}") == "drop"
    assert text("table inet f {\nchain i {\ntype filter hook input priority 0;\n}\n}") == "accept"


def test_a_last_rule_without_condition_decides() -> None:
    assert (
        text("table ip f {\nchain i {\ntype filter hook input priority 0; policy accept;\niif lo accept\ncounter reject\n}\n}") == "reject"
    )


def test_a_table_of_one_version_says_nothing_of_the_other() -> None:
    lines = "table ip f {\nchain i {\ntype filter hook input priority 0; policy drop;\n}\n}"
    assert (text(lines), text(lines, version=6)) == ("drop", "none")


def test_a_comment_is_no_rule() -> None:
    assert text("table inet f {\nchain i {\ntype filter hook input priority 0; policy accept;\n# drop\n}\n}") == "accept"


def test_the_rules_of_nat_are_not_a_filter() -> None:
    assert text("table ip n {\nchain i {\ntype nat hook input priority 0; policy accept;\n}\n}") == "none"


def test_a_flush_takes_what_was_before() -> None:
    assert text("table inet f {\nchain i {\ntype filter hook input priority 0; policy drop;\n}\n}\nflush ruleset") == "none"


def test_chains_that_are_jumped_to_are_followed() -> None:
    saved = "*filter\n:INPUT ACCEPT [0:0]\n:own - [0:0]\n-A INPUT -i lo -j ACCEPT\n-A INPUT -j own\n"
    saved += "-A own -p tcp -j ACCEPT\n-A own -j DROP\nCOMMIT\n"
    chains = read_save(saved, "ip")
    assert default_of(chains, 4, "input") == "drop"
    assert accepts_loopback(chains, 4)


def test_a_jump_with_a_condition_decides_nothing() -> None:
    saved = "*filter\n:INPUT ACCEPT [0:0]\n:own - [0:0]\n-A INPUT -p tcp -j own\n-A own -j DROP\nCOMMIT\n"
    assert default_of(read_save(saved, "ip"), 4, "input") == "accept"


def test_words_in_a_comment_are_no_condition() -> None:
    saved = '*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -m comment --comment "all the rest" -j DROP\nCOMMIT\n'
    assert default_of(read_save(saved, "ip"), 4, "input") == "drop"


def test_other_tables_of_iptables_are_left_out() -> None:
    assert default_of(read_save("*raw\n:INPUT DROP [0:0]\nCOMMIT\n", "ip"), 4, "input") == "none"


def test_chains_in_a_circle_come_to_an_end() -> None:
    saved = "*filter\n:INPUT DROP [0:0]\n:a - [0:0]\n:b - [0:0]\n-A INPUT -j a\n-A a -j b\n-A b -j a\nCOMMIT\n"
    assert default_of(read_save(saved, "ip"), 4, "input") == "drop"


def test_what_is_no_json_is_an_error() -> None:
    with pytest.raises(ProbeError, match="not its JSON"):
        read_nft("table inet f {")
