"""Which Windows this is, so that what a release does by itself (its documented defaults) can be told where nothing is set. Pure."""

from dataclasses import dataclass
from typing import Literal

from collector.probe import Frames, ProbeError, Source
from collector.windows.answers import read_object

RELEASE = Source(
    "windows.release",
    r"""
Format-Json @{
  build = Read-Registry LocalMachine 'SOFTWARE\Microsoft\Windows NT\CurrentVersion' 'CurrentBuildNumber'
  product = Read-Registry LocalMachine 'SYSTEM\CurrentControlSet\Control\ProductOptions' 'ProductType'
}
""",
)
Kind = Literal["workstation", "member_server", "domain_controller"]
KINDS: dict[str, Kind] = {"WinNT": "workstation", "ServerNT": "member_server", "LanmanNT": "domain_controller"}

SERVER_2016 = 14393  # Windows 10 1607 as well
WINDOWS_10_1709 = 16299
SERVER_2022 = 20348
WINDOWS_11 = 22000
SERVER_2025 = 26100  # Windows 11 24H2 as well


@dataclass(frozen=True, slots=True)
class Release:
    """A build such as 20348, and what kind of system it is installed as."""

    build: int
    kind: Kind

    @property
    def server(self) -> bool:
        """A server, domain controllers among them."""
        return self.kind != "workstation"


def read_release(frames: Frames) -> Release:
    """The release; raises ProbeError when the host did not say it plainly."""
    answer = read_object(frames, RELEASE)
    build, product = answer.get("build"), answer.get("product")
    if not isinstance(build, str) or not (build.isascii() and build.isdigit() and len(build) < 7):  # noqa: PLR2004 - builds have five digits
        raise ProbeError(f"{RELEASE.name}: the host's build is {str(build)[:40]!r}")
    if not isinstance(product, str) or product not in KINDS:
        raise ProbeError(f"{RELEASE.name}: the host's kind of product is {str(product)[:40]!r}")
    return Release(int(build), KINDS[product])
