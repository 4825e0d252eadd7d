"""The Windows collection script: PowerShell 5.1 in ASCII, its snippets as quoted words."""

from importlib.resources import files

from collector import __version__
from collector.bundle import BundleError, frame_nature
from collector.probe import Source


def powershell_template(chosen: tuple[Source, ...]) -> str:
    """The script with the place of its digest still empty; raises BundleError on a snippet that is not ASCII."""
    here = files("collector")
    text = (
        (here / "script.ps1")
        .read_text()
        .replace("@COLLECTOR@", __version__)
        .replace("@PRELUDE@", _quote((here / "prelude.ps1").read_text()))
        .replace("@COUNT@", str(len(chosen)))
        .replace("@FRAMES@", "\n".join(map(_call, chosen)))
    )
    if not text.isascii():
        raise BundleError("the Windows script would not be ASCII, which Windows PowerShell reads as another text; look at the snippets")
    return text


def _call(source: Source) -> str:
    asked = ", ".join(map(_quote, source.arguments))
    nature = frame_nature(source)
    return f"  Add-Frame '{source.name}' {_quote(nature)} {source.seconds} {_quote(source.script.strip())} @({asked})"


def _quote(text: str) -> str:
    """One word of PowerShell; what stands between single quotes means itself, over several lines too."""
    return "'" + text.replace("'", "''") + "'"
