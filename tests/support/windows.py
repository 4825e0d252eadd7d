"""Bundles as a Windows host would print them: frames that a test gives, packed as script.ps1 packs them."""

import base64
import gzip
from collections.abc import Mapping

from collector import __version__
from collector.catalog import probes, sources, with_arguments
from collector.probe import ABSENT, Frame, Frames, Source
from collector.script import script_digest


def frame(source: Source, output: str, exit_code: int = 0, stderr: str = "", arguments: tuple[str, ...] = ()) -> Frame:
    """One frame of a source, as a reader gives it."""
    return Frame(source.name, exit_code, output, stderr, source.volatile, arguments or source.arguments)


def frames(*given: Frame) -> Frames:
    """Frames as a parser reads them."""
    return Frames({one.name: one for one in given}, "0" * 64)


def bundle_text(
    said: Mapping[str, str],
    chosen: tuple[Source, ...] = (),
    asked: Mapping[str, tuple[str, ...]] | None = None,
    absent: frozenset[str] = frozenset(),
) -> str:
    """A whole bundle with the digest of the script of these sources (all of them, if none are named).

    absent: sources that found nothing to read; all others that are not said failed.
    """
    chosen = with_arguments(chosen or sources(probes("windows")), asked or {})
    lines = ["closeout-bundle 1", f"collector {__version__}", f"script {script_digest(chosen, platform='windows')}", "platform windows"]
    for source in chosen:
        words = ["begin", source.name, *(["volatile"] if source.volatile else [])]
        words += ["with", *(one.replace(" ", "\t") for one in source.arguments)] if source.arguments else []
        lines.append(" ".join(words))
        if source.name in said:
            lines += [*(f"|{line}" for line in said[source.name].rstrip("\n").split("\n")), "", f"end {source.name} 0"]
        elif source.name in absent:
            lines += ["!closeout-absent: it is not here", f"end {source.name} {ABSENT}"]
        else:
            lines += ["!System.Exception 0x80131500: not said in this test", f"end {source.name} 1"]
    return "\n".join([*lines, f"finish {len(chosen)}", ""])


def pack(bundle: str, line_end: str = "\r\n") -> bytes:
    """The package that the script prints."""
    text = base64.b64encode(gzip.compress(bundle.encode(), mtime=0)).decode()
    lines = [text[i : i + 76] for i in range(0, len(text), 76)]
    return line_end.join(["closeout-bundle-gzip 1", *lines, "finish", ""]).encode()
