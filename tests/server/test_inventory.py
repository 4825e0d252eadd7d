"""Inventories as people really have them: ranges, nested groups, quotes, vaults, templates, mistakes."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.inventory.ansible_hosts import find_jump, split_jump
from server.inventory.ansible_ini import read_ini
from server.inventory.ansible_yaml import read_yaml
from server.inventory.files import Entry, InventoryFileError
from server.inventory.host_patterns import expand
from server.inventory.take import read_inventory

INI = """\
# made by hand, 2019
; and since
mail.example.com ansible_user=root

[web]   # the front
web[01:03].example.com:2222 ansible_host=10.0.0.1
odd ansible_host="10.0.0.9" ansible_ssh_private_key_file='~/.ssh/my key' http_port=80 # a comment
[web:vars]
ansible_user = deploy
proxy = "http://proxy:3128"   # for yum
ntp_server=ntp.example.com

[db]
db-[a:c]
"quoted-host" ansible_port=2200
[2001:db8::1]:22
[atlanta:children]
web
db
[atlanta:vars]
ansible_user=atlanta
ansible_ssh_private_key_file=/keys/atlanta
[all:vars]
ansible_user=everybody
ansible_port=22

[windows]
dc-1 ansible_connection=winrm ansible_password=hunter2 ansible_port=5986 ansible_winrm_transport=ntlm
dc-2 ansible_connection=winrm ansible_port=5985
dc-3 ansible_connection=winrm ansible_winrm_transport=basic
printer ansible_connection=network_cli
[local]
localhost
builder ansible_connection=local
"""

YAML = """\
---
all:
  vars:
    ansible_user: everybody
    ansible_become_password: !vault |
      $ANSIBLE_VAULT;1.1;AES256
      6162
  hosts:
    mail.example.com:
  children:
    web:
      hosts:
        web[01:02].example.com: {ansible_port: 2222, http_port: 80.5, enabled: yes}
      vars: &common
        ansible_user: deploy
        packages: [a, b]
    db:
      hosts:
        db-1:
          ansible_host: "{{ lookup('env', 'DB') }}"
        db-2: {ansible_host: !vault x}
        db-3: ~
      vars:
        <<: *common
        ansible_ssh_common_args: '-o ProxyJump=hop@mail.example.com:2022 -o ForwardAgent=no'
    empty:
  remote_user: root
"""


def by_name(entries: tuple[Entry, ...]) -> dict[str, Entry]:
    return {entry.name: entry for entry in entries}


def faults(text: str, name: str = "hosts.ini") -> list[str]:
    with pytest.raises(InventoryFileError) as caught:
        read_inventory(text, name)
    return str(caught.value).splitlines()


def test_an_ini_inventory_gives_its_hosts_with_what_their_groups_say() -> None:
    read = read_inventory(INI, "hosts")
    hosts = by_name(read.entries)
    assert list(hosts) == [
        "mail.example.com",
        "web01.example.com",
        "web02.example.com",
        "web03.example.com",
        "odd",
        "db-a",
        "db-b",
        "db-c",
        "quoted-host",
        "2001:db8::1",
        "dc-1",
        "dc-2",
        "dc-3",
        "printer",
        "localhost",
        "builder",
    ]
    assert hosts["mail.example.com"] == Entry("mail.example.com", 3, user="root", port=22)
    assert hosts["web02.example.com"] == Entry(
        "web02.example.com", 6, address="10.0.0.1", user="deploy", key="/keys/atlanta", port=2222, group="web"
    )
    assert (hosts["odd"].address, hosts["odd"].key, hosts["odd"].port) == ("10.0.0.9", "~/.ssh/my key", 22)
    assert (hosts["db-b"].user, hosts["quoted-host"].port, hosts["2001:db8::1"].port) == ("atlanta", 2200, 22)
    refused = {name: entry.refused for name, entry in hosts.items() if entry.refused}
    assert set(refused) == {"dc-2", "dc-3", "printer", "localhost", "builder"}
    assert (hosts["dc-1"].way, hosts["dc-1"].auth, hosts["dc-1"].port) == ("winrm", "ntlm", 5986)
    assert "reached by HTTP; make an HTTPS listener" in refused["dc-2"]
    assert "ansible_winrm_transport is 'basic'; use kerberos, ntlm, certificate" in refused["dc-3"]
    assert "only ssh and winrm are taken" in refused["printer"]
    assert read.notes == ("passwords in the file are not taken over: closeout keeps none, and asks for them by --ask-password",)


def test_a_yaml_inventory_gives_the_same_without_running_a_tag_or_a_template() -> None:
    read = read_inventory(YAML, "hosts.yml")
    hosts = by_name(read.entries)
    assert list(hosts) == ["mail.example.com", "web01.example.com", "web02.example.com", "db-1", "db-2", "db-3"]
    assert hosts["web01.example.com"] == Entry("web01.example.com", 13, user="deploy", port=2222, group="web")
    assert hosts["mail.example.com"].user == "everybody"
    assert (hosts["db-3"].user, hosts["db-3"].jump, hosts["db-3"].refused) == ("deploy", "hop@mail.example.com:2022", "")
    assert hosts["db-1"].refused == "ansible_host (line 20) is a template, which only Ansible can fill in"
    assert hosts["db-2"].refused == "ansible_host (line 21) is tagged !vault, which only Ansible can read"
    assert [note for note in read.notes if "remote_user" in note] == [
        "'remote_user' of the group all (line 27) is none of hosts, children, vars: passed over"
    ]


def test_our_own_format_is_told_apart_and_has_defaults() -> None:
    text = (
        "defaults: {user: scan, group: office, jump: gate}\n"
        "hosts:\n  gate: {address: 192.0.2.1, user: hop}\n  ws-014: {port: 2222}\n  ws-015:\n"
    )
    read = read_inventory(text, "inventory.yaml")
    assert read.entries == (
        Entry("gate", 3, address="192.0.2.1", user="hop", group="office"),
        Entry("ws-014", 4, user="scan", port=2222, group="office", jump="gate"),
        Entry("ws-015", 5, user="scan", group="office", jump="gate"),
    )
    assert read_inventory("all: {hosts: {a: {}}}\n", "x.yml").entries == (Entry("a", 1),)


WRONG_INI = {
    "[web\nx\n": ["hosts.ini:1: '[web' is no name of a host; write letters, digits and . _ -"],
    "[web:kids]\n": ["hosts.ini:1: [web:kids] is no section; write [web], [web:children] or [web:vars]"],
    "a ansible_port=99999\n": ["hosts.ini:1: port '99999' of a is no port; write a number from 1 to 65535"],
    "a ansible_port=22x ansible_user='b c'\n": [
        "hosts.ini:1: user 'b c' of a cannot be one; write it plainly, without spaces or control characters",
        "hosts.ini:1: port '22x' of a is no port; write a number from 1 to 65535",
    ],
    "a oops\n": ["hosts.ini:1: 'oops' behind the host is not NAME=VALUE; write it so, in quotes where the value has spaces"],
    "a x='open\n": ["hosts.ini:1: a quote does not end on its line; close it"],
    "[g:children]\nnone\n": ["hosts.ini:2: 'none' of [g:children] is no group of this file; add [none], or take it out"],
    "[g:vars]\nuser root\n": ["hosts.ini:2: a line of [g:vars] is NAME=VALUE; mend 'user root'"],
    "w[3:1]\n": ["hosts.ini:1: [3:1] of 'w[3:1]' is no range; write [01:20], [a:f] or [1:9:2]"],
    "w[01:100]\n": ["hosts.ini:1: [01:100] of 'w[01:100]' begins and ends with different numbers of digits; write [01:20]"],
    "w[0:999999]\n": ["hosts.ini:1: 'w[0:999999]' makes more than 10000 hosts; write a smaller range"],
    "-oProxyCommand=x\n": ["hosts.ini:1: '-oProxyCommand=x' is no name of a host; write letters, digits and . _ -"],
    "a ansible_host=-oProxyCommand=x\n": [
        "hosts.ini:1: address '-oProxyCommand=x' of a cannot be one; write it plainly, without spaces or control characters"
    ],
}


@pytest.mark.parametrize("text", WRONG_INI)
def test_a_mistake_of_an_ini_file_is_told_with_its_line(text: str) -> None:
    assert faults(text) == WRONG_INI[text]


def test_a_group_that_holds_itself_is_told() -> None:
    (fault,) = faults("[a:children]\nb\n[b:children]\na\n[a]\nx\n")
    assert "holds itself by its children" in fault


WRONG_YAML = {
    "- a\n": "hosts.yml:1: the top level is no mapping of groups",
    "": "hosts.yml:1: the top level is no mapping of groups",
    "all: [\n": "hosts.yml:2: no YAML:",
    "all:\n  hosts:\n    - a\n": "hosts.yml:2: hosts of all is no mapping",
    "all: text\n": "hosts.yml:1: the group all is no mapping",
    "all:\n  hosts:\n    a: {ansible_port: [1]}\n    b: {ansible_port: x}\n": "hosts.yml:4: port 'x' of b is no port",
    "all: &a\n  children:\n    b: *a\n": "hosts.yml:3: the group b is told too often or too deep",
    "all: \0\n": "hosts.yml:1: no YAML",
    "[" * 5000: "hosts.yml:1: n",
}


@pytest.mark.parametrize("text", WRONG_YAML)
def test_a_mistake_of_a_yaml_file_is_told_with_its_line(text: str) -> None:
    assert faults(text, "hosts.yml")[0].startswith(WRONG_YAML[text])


def test_aliases_that_multiply_come_to_an_end() -> None:
    text = "a: &a {hosts: {x: {}}}\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} {{children: {{p: *{chr(97 + n)}, q: *{chr(97 + n)}}}}}\n" for n in range(24)
    )
    assert "told too often" in faults(text, "x.yml")[0]


WRONG_OWN = {
    "hosts: [a]\n": "own.yml:1: hosts is not a mapping",
    "hosts:\n  a: {adress: x}\n": "own.yml:2: 'adress' of a means nothing here; there are address, user, key,",
    "hosts:\n  a: {port: 0}\n": "own.yml:2: port '0' of a is no port",
    "hosts:\n  a:\n    user: u\n    port: ssh\n": "own.yml:4: port 'ssh' of a is no port",
    "hosts:\n  a: {}\n  a: {}\n": "own.yml:3: ",
    "hosts:\n  a: {user: true}\n": "own.yml:2: user of a is not text",
    "hosts:\n  a: !x {}\n": "own.yml:2: ",
}


@pytest.mark.parametrize("text", WRONG_OWN)
def test_a_mistake_of_our_own_format_is_told_with_its_line(text: str) -> None:
    assert faults(text, "own.yml")[0].startswith(WRONG_OWN[text])


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("a", ["a"]),
        ("a[1:3]", ["a1", "a2", "a3"]),
        ("a[08:10]-[x:y]", ["a08-x", "a08-y", "a09-x", "a09-y", "a10-x", "a10-y"]),
        ("a[1:9:4]", ["a1", "a5", "a9"]),
        ("a[:2]", ["a0", "a1", "a2"]),
        ("2001:db8::1", ["2001:db8::1"]),
    ],
)
def test_a_pattern_stands_for_its_hosts(pattern: str, names: list[str]) -> None:
    assert expand(pattern) == (names, "")


@pytest.mark.parametrize(
    ("arguments", "jump"),
    [
        ("", ""),
        ("-J hop@gate:22", "hop@gate:22"),
        ("-o ProxyJump=gate", "gate"),
        ("-oProxyJump=gate -o X=y", "gate"),
        ("-o 'ProxyJump gate'", "gate"),
        ("-o ProxyJump=none", ""),
        ("-o StrictHostKeyChecking=no", ""),
    ],
)
def test_a_jump_host_is_read_from_the_arguments_of_ssh(arguments: str, jump: str) -> None:
    assert find_jump(arguments) == jump


@pytest.mark.parametrize("arguments", ["-o ProxyCommand='nc %h'", "-J a,b", "-J {{ x }}", "-o 'open"])
def test_a_way_that_cannot_be_taken_over_leaves_the_host_alone(arguments: str) -> None:
    quoted = arguments.replace("'", "''")
    (entry,) = read_inventory(f"all: {{hosts: {{a: {{ansible_ssh_extra_args: '{quoted}'}}}}}}\n", "x.yml").entries
    assert entry.refused
    assert entry.jump == ""


def test_the_parts_of_a_jump_host() -> None:
    assert split_jump("u@h:2") == ("h", "u", 2)
    assert split_jump("h") == ("h", "", 0)
    assert split_jump("u@[::1]:2") == ("::1", "u", 2)
    assert split_jump("::1") == ("::1", "", 0)


@given(st.text(max_size=200))
def test_no_text_makes_a_reader_stumble(text: str) -> None:
    for read in (read_ini, read_yaml):
        with suppress(InventoryFileError):
            read(text, "x")
    with suppress(InventoryFileError):
        read_inventory(f"hosts:\n  {text}", "x.yml")


def test_our_own_file_names_windows_hosts() -> None:
    text = "hosts:\n  dc-02: {address: dc-02.corp.example, way: winrm, user: svc-scan@CORP.EXAMPLE, auth: kerberos, ca: ca.pem}\n"
    (entry,) = read_inventory(text, "inventory.yml").entries
    assert (entry.way, entry.user, entry.auth, entry.ca) == ("winrm", "svc-scan@CORP.EXAMPLE", "kerberos", "ca.pem")
    with pytest.raises(InventoryFileError, match="way 'telnet' of dc-02 cannot be one"):
        read_inventory(text.replace("winrm", "telnet"), "inventory.yml")
