"""No snippet asks Windows for a secret, so none can leave a host."""

import re

import pytest

from collector.catalog import probes, sources
from collector.probe import Source

# Methods that give recovery keys, elements and values that hold passwords, and the hives of password hashes and LSA secrets.
SECRETS = re.compile(
    r"GetKeyProtector(NumericalPassword|ExternalKey|Certificate|FileName)|RecoveryPassword|GetKeyPackage|GetExternalKey"
    r"|keyMaterial|sharedKey|key=clear|DefaultPassword|AltDefaultPassword|unattend\.xml|cpassword|OEMInformation"
    r"|'SAM\\|'SECURITY\\|Policy\\Secrets|ms-Mcs-AdmPwd|msLAPS-(Encrypted)?Password|EncryptedDSRMPassword|TpmOwnerAuth|OwnerAuth",
    re.IGNORECASE,
)


@pytest.mark.parametrize("source", sources(probes("windows")), ids=lambda source: source.name)
def test_no_snippet_asks_for_a_secret(source: Source) -> None:
    assert not SECRETS.search(source.script)


@pytest.mark.parametrize("text", ["GetKeyProtectorNumericalPassword", "$reader.LocalName -eq 'keyMaterial'", r"'SECURITY\Policy\Secrets'"])
def test_the_list_of_secrets_works(text: str) -> None:
    assert SECRETS.search(text)


def test_of_stored_wireless_networks_only_four_elements_are_read() -> None:
    (networks,) = [source for source in sources(probes("windows")) if source.name == "wireless.networks"]
    assert re.findall(r"@\('([^)]*)'\) -notcontains \$element", networks.script) == [
        "authentication', 'encryption', 'useOneX', 'connectionMode"
    ]
