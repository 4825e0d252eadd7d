"""How WinRM is spoken to, and what is said when it goes wrong: sentences that say what helps."""

import contextlib
from collections.abc import Iterator
from typing import Final

import requests
from winrm.exceptions import InvalidCredentialsError, WinRMError, WinRMOperationTimeoutError, WinRMTransportError, WSManFaultError

from collector.transports import TransportError
from collector.transports.certificates import changed
from collector.transports.targets import WinrmTarget

_ACCESS_DENIED: Final = 5
_SILENT: Final = "no domain controller answers; see that /etc/krb5.conf names the realm and that it can be reached"
_NO_MD4: Final = "NTLM needs MD4, which this machine's cryptography refuses (FIPS mode); use Kerberos or a certificate"
_KERBEROS: Final = "winrm.vendor.requests_kerberos"  # its errors cannot be imported where Kerberos is not installed
QUOTAS: Final = range(2150859171, 2150859176)  # too many shells or operations of this user, or too much memory
_TICKET: Final = "get one with kinit {user}, or name a key table of that account in KRB5_CLIENT_KTNAME; a password does not help here"
_SECURITY: Final = (
    ("skew", "its clock and the one here are too far apart for Kerberos; see that both are synchronized"),
    (
        "not found in kerberos database",
        "the domain knows no service of that name; use the host's full name, as in ws-014.corp.example, and not its address",
    ),
    ("ticket expired", f"the Kerberos ticket of {{user}} has expired; {_TICKET}"),
    ("find client principal", f"there is no Kerberos ticket of {{user}} here; {_TICKET}"),
    ("no kerberos credentials", f"there is no Kerberos ticket of {{user}} here; {_TICKET}"),
    ("unable to authenticate", "what answers there did not prove by Kerberos that it is this host; see which machine has that address"),
    ("cannot contact any kdc", _SILENT),
    ("cannot find kdc", _SILENT),
    ("md4", _NO_MD4),
    ("unsupported hash", _NO_MD4),
)


class TooMuchError(requests.RequestException):
    """An answer is larger than any that is meant, or no plain XML."""


@contextlib.contextmanager
def said_plainly(target: WinrmTarget, pin: str | None) -> Iterator[None]:
    """Turns what the libraries raise into the sentence that helps."""
    try:
        yield
    except InvalidCredentialsError as error:
        raise TransportError("refused", _refused(target)) from error
    except WSManFaultError as error:
        raise TransportError("refused", f"{target.name}: {_fault(target, error)}") from error
    except WinRMOperationTimeoutError as error:
        raise TransportError(
            "timeout", f"{target.name}: it gave no shell within {target.shell_seconds} s; try again when it is less busy"
        ) from error
    except WinRMTransportError as error:
        raise TransportError("unreachable", f"{target.name}: {_no_listener(target)} (it answers {error.code})") from error
    except (requests.RequestException, OSError) as error:
        if type(error).__module__.startswith(_KERBEROS):
            raise TransportError("refused", f"{target.name}: {_security(str(error), target.user)}") from error
        raise TransportError(*_network(target, pin, error)) from error
    except (WinRMError, ValueError, SyntaxError, RuntimeError, AssertionError, LookupError, TypeError, AttributeError) as error:
        raise TransportError("output", f"{target.name}: {_strange(target, error)}") from error
    except TransportError:
        raise
    except Exception as error:
        # The libraries for Kerberos and NTLM raise what they like, and what they say is meant for people.
        raise TransportError("refused", f"{target.name}: {_security(str(error), target.user)}") from error


def _refused(target: WinrmTarget) -> str:
    if target.authentication == "kerberos":
        return (
            f"{target.name} took no ticket of {target.user}: that account may not sign in there, the clocks differ, or {target.address} is "
            "another machine than the domain knows by that name"
        )
    return (
        f"{target.name} refused {target.user} ({target.authentication}): wrong password, unknown account, or this kind of authentication "
        "is off there; nothing is tried twice, so that no account locks"
    )


def _no_listener(target: WinrmTarget) -> str:
    return (
        f"{target.address}:{target.port} does not speak WinRM; make a listener there (winrm quickconfig -transport:https) or name its port"
    )


def _fault(target: WinrmTarget, error: WSManFaultError) -> str:
    if error.wsman_fault_code == _ACCESS_DENIED:
        return f"{target.user} may not use WinRM there; add it to Administrators, or to Remote Management Users for less than all facts"
    if error.wsman_fault_code in QUOTAS:
        return "it has too many shells or operations of this account open; wait for them to end, or raise its WinRM quota"
    return f"it answered with the WinRM fault {error.wsman_fault_code}: {' '.join(str(error.reason).split())[:300]}"


def _network(target: WinrmTarget, pin: str | None, error: Exception) -> tuple[str, str]:
    text = str(error)
    where = f"{target.address}:{target.port}"
    if isinstance(error, TooMuchError):
        return "output", f"{target.name}: it gave {text}; look at what answers at {where}"
    if isinstance(error, requests.exceptions.SSLError) and pin and "ingerprint" in text:
        return "certificate", changed(target.name, pin, "another one now")
    if isinstance(error, requests.exceptions.SSLError):
        return "certificate", (
            f"{target.name}: its certificate is not trusted here ({text.rsplit('(', 1)[-1].strip(') ')[:160]}); name your authority with "
            "--ca-file, or accept the certificate by its fingerprint: closeout hosts test NAME --accept-certificate SHA256:..."
        )
    if isinstance(error, requests.Timeout):
        return "timeout", f"{target.name}: {where} gave no answer in time; see that it is up and not too busy"
    if "refused" in text.lower():
        return "unreachable", f"{target.name}: nothing listens at {where}; make a listener there (winrm quickconfig -transport:https)"
    return "unreachable", f"{target.name}: {where} is not reachable, or the connection broke; check network, firewall and the WinRM service"


def _strange(target: WinrmTarget, error: Exception) -> str:
    if isinstance(error, WinRMError) and "kerberos" in str(error):
        return "Kerberos is not installed beside closeout; install closeout[kerberos], or use NTLM or a certificate"
    if isinstance(error, WinRMError):
        return str(error)[:300]
    return f"what {target.address}:{target.port} answers is no WinRM, or it was cut"


def _security(text: str, user: str) -> str:
    """What Kerberos or NTLM said, with what helps."""
    low = text.lower()
    said = next((sentence for part, sentence in _SECURITY if part in low), "authentication failed: {text}")
    return said.format(user=user, text=" ".join(text.split())[:200])
