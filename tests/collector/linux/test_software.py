"""Backup jobs and USB and program lists, with what may not leave the host planted in them."""

from pathlib import Path

from collector.linux.restrictions import RESTRICTIONS, parse_fapolicyd, parse_usbguard
from collector.linux.software import SOFTWARE, parse_backup, parse_containers
from collector.probe import Frame, Frames
from tests.collector.linux.snippets import frames_of, run_source, write_tree

PLANTED = "PLANTED-secret-42"
ACTIVE = Frame("services.active", 0, "dbus.service active\n")
UNITS = Frame("services.unit_files", 0, "")
PACKAGES = Frame("packages.installed", 69, "")


def frames(source_frame: Frame) -> Frames:
    own = Frame(source_frame.name, 0, "\n".join(line for line in source_frame.output.splitlines() if not line.startswith("sign ")))
    assert PLANTED not in own.output
    return frames_of(own, ACTIVE, UNITS, PACKAGES)


def test_jobs_in_comments_are_none_and_passwords_stay(tmp_path: Path) -> None:
    cron = f"# 1 1 * * * root borg create\n1 2 * * * root RESTIC_PASSWORD={PLANTED} nice /opt/restic backup /\n"
    write_tree(tmp_path, {"/etc/cron.d/b": cron})
    found = parse_backup(frames(run_source(SOFTWARE, tmp_path)))
    assert found["jobs"] == found["encrypted"] == ["restic: /etc/cron.d/b"]


def test_a_job_that_is_told_not_to_encrypt_is_plain(tmp_path: Path) -> None:
    write_tree(tmp_path, {"/etc/cron.d/b": "1 2 * * * root duplicity --no-encryption / file:///mnt\n3 4 * * * root borg init -e none /x\n"})
    assert parse_backup(frames(run_source(SOFTWARE, tmp_path)))["plain"] == ["borg: /etc/cron.d/b", "duplicity: /etc/cron.d/b"]


def test_dockers_settings_are_read_over_line_ends(tmp_path: Path) -> None:
    write_tree(
        tmp_path, {"/etc/docker/daemon.json": '{\r\n "hosts":\r\n  ["unix://x",\r\n   "tcp://0.0.0.0:2375"],\r\n "tlsverify" : true }'}
    )
    docker = parse_containers(frames(run_source(SOFTWARE, tmp_path)))["docker"]
    assert (docker["tcp"], docker["tls_verified"]) == (True, True)


def test_the_first_rule_about_every_program_decides(tmp_path: Path) -> None:
    rules = "allow perm=execute all : trust=1\nallow perm=any all : all\ndeny_audit perm=execute all : all\n"
    write_tree(tmp_path, {"/etc/fapolicyd/fapolicyd.conf": "#permissive = 1\npermissive=0\n", "/etc/fapolicyd/compiled.rules": rules})
    assert parse_fapolicyd(frames(run_source(RESTRICTIONS, tmp_path)))["denies_rest"] is False


def test_serial_numbers_of_devices_stay(tmp_path: Path) -> None:
    rules = f'allow id 1:2 serial "{PLANTED}"\n#allow\nblock id 3:4\n'
    write_tree(tmp_path, {"/etc/usbguard/rules.conf": rules, "/etc/usbguard/usbguard-daemon.conf": "ImplicitPolicyTarget=reject\n"})
    found = parse_usbguard(frames(run_source(RESTRICTIONS, tmp_path)))
    assert (found["rules"], found["allow_rules"], found["allows_everything"], found["rest"]) == (2, 1, False, "reject")
