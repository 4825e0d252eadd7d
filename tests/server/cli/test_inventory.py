"""Inventories into the database by the command line, and scans of what they name, with real hosts."""

import json
from pathlib import Path

from checks.framework import load_framework
from checks.lint import lint_files
from tests.support.command import Closeout
from tests.support.lab import Lab


def write(folder: Path, text: str, name: str = "hosts.ini") -> Path:
    file = folder / name
    file.write_text(text)
    return file


def counts(err: str) -> str:
    return next(line for line in err.splitlines() if line.startswith("added "))


def test_an_import_is_idempotent_and_a_dry_run_changes_nothing(fresh: Closeout, tmp_path: Path) -> None:
    file = write(tmp_path, "[web]\nws-[1:2] ansible_host=10.0.0.1 ansible_user=scan\nlocalhost\n")
    _, err = fresh.say("hosts", "import", file, "--dry-run")
    assert counts(err) == "added 2, changed 0, unchanged 0, left alone 1: a dry run, nothing was saved"
    assert fresh("hosts", "list") == []
    assert fresh("hosts", "import", file)["added"] == ["ws-1", "ws-2"]
    assert counts(fresh.say("hosts", "import", file)[1]) == "added 0, changed 0, unchanged 2, left alone 1"
    fresh.say("hosts", "add", "printer")
    write(
        tmp_path,
        "[web]\nws-[1:2] ansible_host=10.0.0.1 ansible_user=scan\n[web:vars]\ncloseout_category=security_protection\nansible_port=2222\n",
    )
    answer = fresh("hosts", "import", file)
    assert answer["changed"] == [{"host": "ws-1", "fields": ["category", "port"]}, {"host": "ws-2", "fields": ["category", "port"]}]
    assert answer["not_in_file"] == ["printer"]
    listed = {host["name"]: (host["way_in"], host["group"], host["category"]) for host in fresh("hosts", "list")}
    assert listed["ws-2"] == ("ssh scan@10.0.0.1:2222", "web", "security_protection")


def test_a_file_with_a_mistake_changes_nothing_and_says_where(fresh: Closeout, tmp_path: Path) -> None:
    text = "hosts:\n  a: {user: scan}\n  b: {jump: nowhere, category: cui}\n  c: {category: important}\n  d: {jump: e}\n  e: {jump: d}\n"
    file = write(tmp_path, text, "own.yml")
    _, err = fresh.say("hosts", "import", file, status=3)
    assert f"{file}:3: the jump host 'nowhere' of b is neither in the file nor in the inventory; add it" in err
    assert f"{file}:4: category 'important' of c is not one of uncategorised, cui, " in err
    assert f"{file}:6: " in err
    assert "reached through itself" in err
    assert fresh("hosts", "list") == []
    for name, words in (("gone", "No such file"), (".", "is a directory")):
        assert words in fresh.say("hosts", "import", tmp_path / name, status=3)[1]
    (tmp_path / "program").write_text("#!/bin/sh\n")
    assert "ansible-inventory --list --yaml" in fresh.say("hosts", "import", tmp_path / "program", status=3)[1]


def test_what_a_person_decided_is_left_alone(fresh: Closeout, tmp_path: Path) -> None:
    fresh.say("hosts", "add", "here", "--local")
    fresh.say("hosts", "add", "old")
    fresh.say("hosts", "retire", "old", "--because", "scrapped")
    answer = fresh("hosts", "import", write(tmp_path, "here ansible_host=10.0.0.1\nold\n"))
    assert [one["host"] for one in answer["left_alone"]] == ["here", "old"]
    assert "it was retired on " in answer["left_alone"][1]["because"]
    assert answer["added"] == []


def test_imported_hosts_are_scanned_one_through_the_other(inventory: Closeout, lab: Lab, tmp_path: Path) -> None:
    near, far = lab.hosts
    (tmp_path / "group_vars").mkdir()
    key = tmp_path / "scan key"
    key.write_bytes(lab.key.read_bytes())
    key.chmod(0o600)
    text = f'[inner]\n{far.name} ansible_host={far.address}\n[inner:vars]\nansible_ssh_private_key_file="scan key"\nansible_user=scan\n'
    text += f"ansible_ssh_common_args='-o ProxyJump=scan@{near.address}'\n"
    out, err = inventory.say("hosts", "import", write(tmp_path, text))
    assert out == f"changed {far.name}: group, jump, key_file\n"
    assert "group_vars is not read" in err
    out, err = inventory.say("hosts", "test", far.name)
    assert f"{far.name}: reached as scan through sudo" in out
    answer = json.loads(inventory.say("scan", far.name, "--check", "ssh-root-login", "--host-seconds", "100", "--json")[0])
    assert [(one["host"], one["error"]) for one in answer["hosts"]] == [(far.name, "")]


def test_hosts_that_are_not_reached_in_time_are_told(inventory: Closeout, lab: Lab) -> None:
    names = [host.name for host in lab.hosts]
    for host in lab.hosts:
        host.write("/etc/ssh/sshrc", "sleep 20\n")  # what sshd runs before it does what it is asked
    try:
        answer = json.loads(inventory.say("scan", *names, "--workers", "1", "--total-seconds", "1", "--json", status=3)[0])
    finally:
        for host in lab.hosts:
            host.run("rm /etc/ssh/sshrc")
    late = [one["error"] for one in answer["hosts"] if one["error"]]
    assert late
    assert all("within the 1 s that the whole scan may take; scan it again by `closeout scan" in error for error in late)


def test_own_checks_are_compiled_into_the_script_that_is_deployed(inventory: Closeout, lab: Lab, tmp_path: Path) -> None:
    folder = tmp_path / "checks"
    folder.mkdir()
    (folder / "motd-not-open.yml").write_text(CHECK)
    assert lint_files([folder], load_framework()) == []
    without, _ = inventory.say("script", "linux")
    script, _ = inventory.say("script", "linux", "--content", folder)
    for text, status in ((script, "pass"), (without, "error")):
        bundle = tmp_path / "host.bundle"
        bundle.write_text(lab.hosts[0].run("sh -s", stdin=text).stdout, errors="surrogateescape")
        (answer,) = json.loads(inventory.say("evaluate", bundle, "--content", folder, "--json")[0])
        (result,) = [one for one in answer["results"] if one["check"] == "motd-not-open"]
        assert result["status"] == status
        assert inventory("import", bundle, "--host", lab.hosts[0].name)[0]["error"] == ""
    assert "redeploy the collection script" in result["observations"][0]["reason"]


def test_a_check_that_asks_for_what_may_not_leave_a_host_is_refused_by_lint(tmp_path: Path) -> None:
    folder = tmp_path / "checks"
    folder.mkdir()
    (folder / "motd-not-open.yml").write_text(CHECK.replace("setting[/etc/default/useradd#SHELL]", "setting[/etc/shadow#root]"))
    out, _ = Closeout(tmp_path / "data").say("checks", "lint", "--content", folder, status=1)
    assert "the settings of '/etc/shadow' cannot be asked for: only files that hold no secrets are read by key" in out


def test_a_script_for_an_alternative_root_is_printed_and_its_bundle_taken_in(inventory: Closeout, lab: Lab, tmp_path: Path) -> None:
    host = lab.hosts[0]
    script, _ = inventory.say("script", "linux", "--root", "/mnt/image")
    host.run("mkdir -p /mnt/image && mount --bind / /mnt/image")
    try:
        bundle = tmp_path / "image.bundle"
        bundle.write_text(host.run("sh -s", stdin=script).stdout, errors="surrogateescape")
    finally:
        host.run("umount /mnt/image")
    inventory.say("hosts", "add", "image")
    assert inventory("import", bundle, "--host", "image")[0]["error"] == ""
    assert "cannot be entered" in inventory.say("script", "linux", "--root", "image", status=3)[1]


CHECK = """\
id: motd-not-open
title: The message of the day belongs to root
assesses: {"3.1.9[b]": supports}
severity: low
weakness: The message of the day can be changed by others than the administrator.
rationale: Who can change the message can put words into the organization's mouth.
platforms:
  linux:
    expect:
      - {path: "file[/etc/motd].owner", equals: root}
      - {path: "file[/etc/motd].world_writable", equals: false}
      - {path: "setting[/etc/default/useradd#SHELL].value", set: true}
    remediation: |
      chown root /etc/motd && chmod 644 /etc/motd
    effort: 5
    tests:
      - {name: as it should be, status: pass, facts: {file: {/etc/motd: {owner: root, world_writable: false}},
         setting: {"/etc/default/useradd#SHELL": {value: /bin/sh}}}}
      - {name: open to all, status: fail, facts: {file: {/etc/motd: {owner: root, world_writable: true}},
         setting: {"/etc/default/useradd#SHELL": {value: /bin/sh}}}}
      - {name: not asked, status: error, facts: {file: {}, setting: {}}}
"""


def test_a_file_brings_what_is_no_host_with_what_its_category_needs(fresh: Closeout, tmp_path: Path) -> None:
    text = """hosts:
  printer-1: {kind: printer, category: out_of_scope, because: prints no CUI}
  lathe-1: {kind: appliance, category: specialized, ssp: SSP 1.4}
"""
    file = write(tmp_path, text, "own.yml")
    assert fresh("hosts", "import", file)["added"] == ["printer-1", "lathe-1"]
    assert fresh("hosts", "import", file)["unchanged"] == ["printer-1", "lathe-1"]
    listed = {one["name"]: (one["kind"], one["way_in"], one["category"], one["category_because"]) for one in fresh("hosts", "list")}
    assert listed["printer-1"] == ("printer", "none", "out_of_scope", "prints no CUI")
    fresh.say("hosts", "add", "web-01")
    fresh.say("hosts", "categorise", "web-01", "lathe-1", "--category", "cui")
    assert {one["category"] for one in fresh("hosts", "list") if one["name"] != "printer-1"} == {"cui"}
    _, err = fresh.say("hosts", "categorise", "web-01", "--category", "specialized", status=3)
    assert "name the section of the SSP" in err
