"""What exports(5), smb.conf and snmpd.conf offer, and that no community string leaves the host."""

from pathlib import Path

from collector.linux.shares import SHARES, parse_snmp, read_export, read_smb
from collector.probe import Frame
from tests.collector.linux.snippets import frames_of, run_source, write_tree

ACTIVE = Frame("services.active", 0, "dbus.service active\n")
NONE = Frame("services.unit_files", 0, "")


def test_a_blank_before_the_options_gives_them_to_everybody() -> None:
    assert read_export("/srv host (rw)") == [("/srv", "host", ()), ("/srv", "", ("rw",))]


def test_options_before_the_clients_hold_for_all_of_them() -> None:
    assert read_export("/srv -ro,insecure a b(rw)") == [("/srv", "a", ("ro", "insecure")), ("/srv", "b", ("ro", "insecure", "rw"))]


def test_a_path_may_be_quoted_or_escaped() -> None:
    assert read_export('"/a b" x')[0][0] == read_export("/a\\040b x")[0][0] == "/a b"


def test_an_export_without_a_client_is_everybodys() -> None:
    assert read_export("/srv") == [("/srv", "", ())]


def test_the_last_of_a_key_holds_and_old_names_stand_for_new_ones() -> None:
    lines = ["[Global]", "minprotocol=NT1", "serverminprotocol=SMB3", "[Data]", "guestok=yes"]
    assert read_smb(lines) == {"global": {"serverminprotocol": "SMB3"}, "data": {"guestok": "yes"}}


def test_communities_are_weak_or_strong_on_the_host_already(tmp_path: Path) -> None:
    planted = ["public", "Sh0rt", "n0body-guesses-this-1"]
    text = "".join(f"rocommunity {word} 10.0.0.1\n" for word in planted) + f"com2sec x default {planted[2]}\n#rwcommunity {planted[1]}\n"
    write_tree(tmp_path, {"/etc/snmp/snmpd.conf": text})
    frame = run_source(SHARES, tmp_path)
    assert not [word for word in planted if word in frame.output]
    found = parse_snmp(frames_of(frame, ACTIVE, NONE))
    assert (found["communities"], found["weak"], found["from_anywhere"], found["writable"]) == (4, 2, 1, 0)
