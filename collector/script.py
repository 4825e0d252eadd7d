"""The collection script of a platform, built from sources: one text that only reads and prints one bundle. Pure."""

from collector import shell_script
from collector.canonical import sha256
from collector.errors import CollectorError
from collector.powershell_script import powershell_template
from collector.probe import Source

_DIGEST = "@SCRIPT-DIGEST@"


def build_script(chosen: tuple[Source, ...], root: str = "", platform: str = "linux") -> str:
    """The collection script for these sources; its own SHA-256 (taken with the digest's place empty) stands inside it.

    root: a directory that a Linux script enters, to tell of what is installed there. What only a running system can say is then
    an error. Raises CollectorError when the directory is not named plainly, and on arguments that no script can hold.
    """
    template = _template(chosen, root, platform)
    script = template.replace(_DIGEST, sha256(template.encode()))
    return shell_script.enter_root(root, script) if root else script


def script_digest(chosen: tuple[Source, ...], root: str = "", platform: str = "linux") -> str:
    """The digest that a script built of these sources carries."""
    return sha256(_template(chosen, root, platform).encode())


def _template(chosen: tuple[Source, ...], root: str, platform: str) -> str:
    if platform == "linux":
        return shell_script.shell_template(chosen, root)
    if root:
        raise CollectorError("an alternative root can only be entered on Linux; run the script on the Windows host itself")
    return powershell_template(chosen)
