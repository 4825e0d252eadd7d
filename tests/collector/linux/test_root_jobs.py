"""What others than root may change of what root runs by itself, on made-up units and cron files."""

from pathlib import Path

import pytest

from collector.facts import Unknown
from collector.linux.root_jobs import ROOT_JOBS, parse
from collector.probe import Frame
from tests.collector.linux.snippets import frames_of, run_source, write_tree

UNIT = "/etc/systemd/system/app.service"


def seen(tmp_path: Path, files: dict[str, str], opened: dict[str, int]) -> dict[str, list[str]]:
    """What is found below a made-up root; opened: modes of files that differ from an ordinary 0644."""
    write_tree(tmp_path, {"/etc/crontab": "# none\n"} | {path: text.replace("/opt", f"{tmp_path}/opt") for path, text in files.items()})
    for place in (one for one in tmp_path.rglob("*") if not one.is_symlink()):  # behind a link may be the machine's own /dev/null
        place.chmod(0o755 if place.is_dir() or "/opt/" in str(place) else 0o644)
    for path, mode in opened.items():
        (tmp_path / path.lstrip("/")).chmod(mode)
    return parse(frames_of(run_source(ROOT_JOBS, tmp_path)))


def programs(tmp_path: Path, files: dict[str, str]) -> list[str]:
    """The programs that are found open, where anybody may write to /opt/app/run."""
    return seen(tmp_path, {"/opt/app/run": "#!/bin/sh\n"} | files, {"/opt/app/run": 0o757})["open_programs"]


def test_units_drop_ins_and_folders_that_anybody_may_write_to_are_named(tmp_path: Path) -> None:
    drop_in, folder = "/etc/systemd/system/ssh.service.d/x.conf", "/etc/systemd/system/timers.d"
    files = {UNIT: "[Service]\n", drop_in: "[Service]\n", f"{folder}/x": "", "/etc/systemd/system/ok.timer": "[Timer]\n"}
    found = seen(tmp_path, files, {UNIT: 0o646, drop_in: 0o666, folder: 0o777})
    assert found == {"open_units": sorted([UNIT, drop_in, folder]), "open_programs": []}


def test_a_unit_is_looked_at_behind_its_link_and_a_masked_one_is_none(tmp_path: Path) -> None:
    write_tree(tmp_path, {"/etc/systemd/system/x": ""})
    (tmp_path / "etc/systemd/system/linked.service").symlink_to(tmp_path / "opt/app.service")
    (tmp_path / "etc/systemd/system/masked.service").symlink_to("/dev/null")
    found = seen(tmp_path, {"/opt/app.service": "[Service]\n"}, {"/opt/app.service": 0o666})
    assert found["open_units"] == ["/etc/systemd/system/linked.service"]


@pytest.mark.parametrize(
    "text",
    [
        "[Service]\nExecStart=/opt/app/run --now\n",
        "[Service]\nExecStart=-@/opt/app/run run\n",
        "[Service]\r\nExecStart = /opt/app/run\r\n",
        "[Service]\nExecStart=/bin/sh -c '/opt/app/run || true'\n",
        "[Service]\nExecStart=/bin/true\nExecStopPost=/bin/sh \\\n  /opt/app/run\n",
        "[Service]\nUser=root\nExecStart=/opt/app/run\n",
        "[Service]\nUser=app\nExecStart=/bin/true\nExecStartPre=+/opt/app/run\n",
        "[Service]\nUser=app\nUser=\nExecStart=/opt/app/run\n",
        "[Service]\n#User=app\nExecStart=/opt/app/run\n",
    ],
)
def test_a_program_that_a_unit_starts_as_root_is_named(tmp_path: Path, text: str) -> None:
    assert programs(tmp_path, {UNIT: text}) == ["/opt/app/run"]


@pytest.mark.parametrize(
    "files",
    [
        {UNIT: "[Service]\nUser=app\nExecStart=/opt/app/run\n"},
        {UNIT: "[Service]\nDynamicUser=yes\nExecStart=/opt/app/run\n"},
        {UNIT: "[Service]\nExecStart=/opt/app/run\n", f"{UNIT}.d/user.conf": "[Service]\nUser=app\n"},
        {UNIT: "[Service]\n#ExecStart=/opt/app/run\nExecStart=/opt/app/%i\nExecStart=/opt/app/missing\n"},
        {"/etc/cron.d/app": "5 4 * * * app /opt/app/run\n@daily app /opt/app/run\n# 5 4 * * * root /opt/app/run\n"},
    ],
)
def test_what_runs_as_another_account_or_not_at_all_is_none(tmp_path: Path, files: dict[str, str]) -> None:
    assert programs(tmp_path, files) == []


@pytest.mark.parametrize(
    "line", ["5 4 * * * root /opt/app/run", "@reboot\troot\tcd / && /opt/app/run >/dev/null", "*/5 * * * * root sh /opt/app/run;"]
)
def test_a_program_of_a_cron_job_of_root_is_named(tmp_path: Path, line: str) -> None:
    assert programs(tmp_path, {"/etc/cron.d/app": f"PATH=/bin\n{line}\n"}) == ["/opt/app/run"]


def test_a_folder_in_which_somebody_may_replace_the_program_is_named(tmp_path: Path) -> None:
    files = {"/opt/app/run": "", UNIT: "[Service]\nExecStart=/opt/app/run\n"}
    assert seen(tmp_path, files, {"/opt/app": 0o777})["open_programs"] == ["/opt/app"]


def test_what_only_the_group_of_root_may_write_is_roots() -> None:
    frame = Frame("root_jobs", 0, "0\nunit|664|0|0|/etc/a\nunit|664|0|4|/etc/b\nunit|644|1000|0|/etc/c\nend\n")
    assert parse(frames_of(frame))["open_units"] == ["/etc/b", "/etc/c"]


def test_what_is_out_of_sight_is_unknown_and_not_nothing() -> None:
    frame = Frame("root_jobs", 0, "1000\nhidden|/var/spool/cron/crontabs/root\nend\n")
    reason = Unknown("/var/spool/cron/crontabs/root: permission denied; collect as root or with sudo")
    assert parse(frames_of(frame)) == {"open_units": [], "open_programs": reason}
