"""Backup jobs and USB and program lists, with what may not leave the host planted in them."""

from pathlib import Path

import pytest

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


UNIT = "[Service]\nExecStart=/usr/bin/dockerd -H fd:// --containerd=/run/containerd/containerd.sock\n"
OVERRIDE = "[Service]\nExecStart=\nExecStart=/usr/bin/dockerd -H fd:// \\\n  -H tcp://0.0.0.0:2376"


@pytest.mark.parametrize(
    ("files", "listens"),
    [
        ({"docker.service": UNIT}, (False, False)),
        ({"docker.service": UNIT, "docker.service.d/a.conf": OVERRIDE + "\n"}, (True, False)),
        ({"docker.service": UNIT, "docker.service.d/a.conf": OVERRIDE.replace("\n", "\r\n") + "\r\n"}, (True, False)),
        ({"docker.service": UNIT, "docker.service.d/a.conf": OVERRIDE + " --tlsverify --tlscacert=/ca.pem\n"}, (True, True)),
        ({"docker.service": UNIT, "docker.service.d/a.conf": OVERRIDE + " --tlsverify=false\n"}, (True, False)),
        ({"docker.service": OVERRIDE, "docker.service.d/a.conf": UNIT}, (True, False)),  # without an empty line the first still stands
        ({"docker.service": OVERRIDE, "docker.service.d/a.conf": UNIT.replace("Exec", "ExecStart=\nExec")}, (False, False)),
        ({"docker.service": UNIT, "docker.service.d/a.conf": "#" + OVERRIDE.splitlines()[2]}, (False, False)),
        ({"docker.service": UNIT, "docker.socket.d/a.conf": "[Socket]\nListenStream=2375\n"}, (True, False)),
        ({"docker.service": UNIT, "docker.socket": "[Socket]\nListenStream=/run/docker.sock\nListenStream=%t/x\n"}, (False, False)),
        (
            {"docker.service": UNIT.replace("fd://", "fd:// $DOCKER_OPTS"), "../../default/docker": "DOCKER_OPTS=-H=tcp://h\n"},
            (True, False),
        ),
        ({"docker.service": UNIT, "../../default/docker": "DOCKER_OPTS=-H=tcp://h\n"}, (False, False)),
    ],
)
def test_docker_listens_where_its_unit_its_drop_ins_or_its_socket_say_so(
    tmp_path: Path, files: dict[str, str], listens: tuple[bool, bool]
) -> None:
    write_tree(tmp_path, {f"/etc/systemd/system/{name}": text for name, text in files.items()})
    docker = parse_containers(frames(run_source(SOFTWARE, tmp_path)))["docker"]
    assert (docker["tcp"], docker["tls_verified"]) == listens


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        ("--insecure-registry 10.0.0.1:5000", {"insecure_registries"}),
        ("--no-new-privileges --icc=false --userns-remap=default", {"no_new_privileges", "separated", "user_namespaces"}),
        ("--no-new-privileges=false --icc=true", set()),
    ],
)
def test_docker_does_what_the_command_of_its_unit_says(tmp_path: Path, options: str, wanted: set[str]) -> None:
    write_tree(tmp_path, {"/etc/systemd/system/docker.service": UNIT.replace("fd://", f"fd:// {options}")})
    docker = parse_containers(frames(run_source(SOFTWARE, tmp_path)))["docker"]
    assert {name for name, on in docker.items() if on} == wanted


def test_the_unit_of_the_administrator_counts_in_place_of_the_packages() -> None:
    lines = "steer /usr/lib/systemd/system/podman.service ExecStart\nsteer /etc/systemd/system/podman.service ExecStart tcp\n"
    found = parse_containers(frames_of(Frame("software", 0, lines), ACTIVE, UNITS, PACKAGES))
    assert (found["podman"], found["docker"]["tcp"]) == ({"tcp": True}, False)


def test_a_socket_of_podman_on_a_port_asks_nobody(tmp_path: Path) -> None:
    write_tree(tmp_path, {"/etc/systemd/system/podman.socket.d/port.conf": "[Socket]\nListenStream=[::]:8080\n"})
    assert parse_containers(frames(run_source(SOFTWARE, tmp_path)))["podman"] == {"tcp": True}
