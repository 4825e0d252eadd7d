"""Runs a source's own snippet on a made-up /etc, and gives what the parser would get."""

import os
import subprocess
from pathlib import Path

from collector.bundle import read_bundle
from collector.probe import Frame, Frames, Source
from collector.script import build_script


def write_tree(root: Path, files: dict[str, str]) -> None:
    """Files below a root, by their path."""
    for path, text in files.items():
        place = root / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)


def run_source(source: Source, root: Path) -> Frame:
    """The frame of a source whose /etc is the one below the root; paths in the output are those of a host again."""
    moved = Source(source.name, source.script.replace("/etc/", f"{root}/etc/"), source.seconds)
    script = build_script((moved,))
    ran = subprocess.run(["/bin/sh", "-s"], input=script.encode(), capture_output=True, check=True, env={"PATH": os.environ["PATH"]})
    frame = read_bundle(ran.stdout).frames[source.name]
    return Frame(frame.name, frame.exit_code, frame.output.replace(str(root), ""), frame.stderr.replace(str(root), ""))


def frames_of(*frames: Frame) -> Frames:
    """Frames by name."""
    return Frames({frame.name: frame for frame in frames})


def shown(files: dict[str, str], mode: str = "644") -> str:
    """What the prelude's `show` prints of such files."""
    heads = "".join(f"@stat {mode} 0 0 {len(text)} {path}\n" for path, text in files.items())
    return heads + "".join(f"@text {path}\n" + "".join(f":{line}\n" for line in text.splitlines()) for path, text in files.items())
