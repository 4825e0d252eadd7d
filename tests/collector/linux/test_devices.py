"""Wireless and VPN profiles of several programs, without their secrets."""

from pathlib import Path
from typing import Any

import pytest

from collector.linux.devices import PROFILES, parse_vpn, parse_wireless
from tests.collector.linux.snippets import frames_of, run_source, write_tree

FOLDER = "/etc/NetworkManager/system-connections"
PLANTED = "PLANTED-secret-42"


def wireless(tmp_path: Path, files: dict[str, str]) -> dict[str, Any]:
    write_tree(tmp_path, files)
    frame = run_source(PROFILES, tmp_path)
    assert PLANTED not in frame.output
    return parse_wireless(frames_of(frame))


def profile(key_mgmt: str) -> str:
    return f"[connection]\nid=x\ntype=wifi\n[wifi-security]\nkey-mgmt={key_mgmt}\npsk={PLANTED}\nwep-key0={PLANTED}\n"


@pytest.mark.parametrize(
    ("key_mgmt", "kind", "encrypted"),
    [("none", "none", False), ("ieee8021x", "none", False), ("wpa-psk", "personal", True), ("sae", "personal", True),
     ("owe", "none", True), ("wpa-eap", "enterprise", True), ("wpa-eap-suite-b-192", "enterprise", True)],
)  # fmt: skip
def test_key_management_tells_what_protects_a_network(tmp_path: Path, key_mgmt: str, kind: str, encrypted: bool) -> None:  # noqa: FBT001
    one = wireless(tmp_path, {f"{FOLDER}/x.nmconnection": profile(key_mgmt)})["profiles"]["x"]
    assert (one["authentication"], one["encrypted"]) == (kind, encrypted)


def test_two_profiles_of_one_name_are_both_told(tmp_path: Path) -> None:
    found = wireless(tmp_path, {f"{FOLDER}/a": profile("sae"), f"{FOLDER}/b": profile("none")})
    assert set(found["profiles"]) == {"x", f"x ({FOLDER}/b)"}
    assert found["open"] == [f"x ({FOLDER}/b)"]


def test_a_commented_network_of_wpa_supplicant_is_none(tmp_path: Path) -> None:
    text = f'#network={{\n# ssid="old"\n#}}\nnetwork={{\n\tssid="lab"\n\tpsk="{PLANTED}"\n}}\n'
    assert set(wireless(tmp_path, {"/etc/wpa_supplicant/wpa_supplicant.conf": text})["profiles"]) == {"lab"}


def test_a_wireguard_server_is_no_clients_profile(tmp_path: Path) -> None:
    write_tree(tmp_path, {"/etc/wireguard/wg0.conf": f"[Interface]\nPrivateKey={PLANTED}\n[Peer]\nAllowedIPs=10.0.0.2/32\n"})
    frame = run_source(PROFILES, tmp_path)
    assert PLANTED not in frame.output
    assert parse_vpn(frames_of(frame)) == {"profiles": {}, "names": [], "split": []}


def test_one_peer_that_takes_everything_is_enough(tmp_path: Path) -> None:
    text = "[Peer]\nEndpoint=a:1\nAllowedIPs=10.0.0.0/8\n[Peer]\nEndpoint=b:1\nAllowedIPs=::/0,0.0.0.0/0\n"
    write_tree(tmp_path, {"/etc/wireguard/wg0.conf": text})
    assert parse_vpn(frames_of(run_source(PROFILES, tmp_path)))["split"] == []
