"""What hosts said, as files: <platform>/fixtures/<probe>/<captured-…|written-…>/<source>.out beside the wanted facts.

A fixture folder holds `<source>.out` (the frame's output), where needed `<source>.err`, `<source>.exit` (the exit code as
text) and `<source>.asked` (the arguments, a line each), and `wanted.json`: {"facts": the probe's subtree, "errors": {path:
reason}}. Sources without a file were not collected.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from collector import schema
from collector.catalog import probes
from collector.facts import split_path
from collector.probe import Frame, Frames, Probe

HERE = Path(__file__).parent
ENDINGS = ("out", "err", "exit", "asked")


def probes_of(platform: str) -> Mapping[str, Probe]:
    """Name -> probe of a platform."""
    return {probe.name: probe for probe in probes(platform)}


def fixtures_of(platform: str) -> Path:
    """The folder that holds a platform's fixtures."""
    return HERE / platform / "fixtures"


def cases_of(platform: str) -> list[str]:
    """Every fixture of a platform, as <probe>/<fixture>."""
    return sorted(path.parent.relative_to(fixtures_of(platform)).as_posix() for path in fixtures_of(platform).glob("*/*/wanted.json"))


def load_frames(folder: Path, probe: Probe) -> Frames:
    """The frames that the files of a fixture stand for, decoded as a bundle is."""
    found = {}
    for source in probe.sources:
        output, errors, code = (folder / f"{source.name}.{ending}" for ending in ("out", "err", "exit"))
        if output.exists() or code.exists():
            exit_code = int(code.read_text()) if code.exists() else 0
            asked = tuple(_decode(folder / f"{source.name}.asked").splitlines())
            found[source.name] = Frame(source.name, exit_code, _decode(output), _decode(errors), source.volatile, asked)
    return Frames(found)


def _decode(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "backslashreplace") if path.exists() else ""


def probe_schema(probe: Probe) -> dict[str, Any]:
    """The schema of one probe's own subtree."""
    tree: dict[str, Any] = {"type": "object", "additionalProperties": False, "properties": {}}
    above = len(split_path(probe.name))
    for fact in probe.facts:
        schema._grow(tree, split_path(f"{probe.name}.{fact.path}")[above:], fact)
    return tree
