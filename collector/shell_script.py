"""The Linux collection script: POSIX sh, its snippets as quoted words."""

import re
from collections.abc import Iterator
from importlib.resources import files

from collector import __version__
from collector.bundle import BundleError, frame_nature
from collector.probe import USUAL_SECONDS, Source
from collector.runtime import RUNTIME

_COMMAND_LINE = 60_000  # characters; every system takes twice as much
_ROOT = re.compile(r"(?!(.*/)?\.\.?(/|$))(/[A-Za-z0-9._@:+,=~-]+)+")
_ELSEWHERE = "echo 'alternative root: only the running system can tell, and what runs is another one' >&2; exit 70"


def enter_root(root: str, script: str) -> str:
    """The script wrapped into one that enters the directory first."""
    text = (files("collector") / "root.sh").read_text()
    return text.replace("@COLLECTOR@", __version__).replace("@ROOT@", _quote(root)).replace("@SCRIPT@", _quote(script))


def shell_template(chosen: tuple[Source, ...], root: str = "") -> str:
    """The script with the place of its digest still empty."""
    if root and not _ROOT.fullmatch(root):
        raise BundleError(f"{root!r} cannot be entered: name a directory by its whole path, without .. and in plain letters")
    here = files("collector")
    prelude = f"alternative_root={'yes' if root else ''}\n{(here / 'prelude.sh').read_text()}"
    runs = "\n".join([*([f"  echo 'root {root}'"] if root else []), *_calls(chosen, root)])
    return (
        (here / "script.sh")
        .read_text()
        .replace("@COLLECTOR@", __version__)
        .replace("@PRELUDE@", _quote(prelude))
        .replace("@FRAMES@", _quote((here / "frames.sh").read_text()))
        .replace("@SECONDS@", str(USUAL_SECONDS))
        .replace("@COUNT@", str(len(chosen)))
        .replace("@RUNS@", runs)
    )


def _calls(chosen: tuple[Source, ...], root: str) -> Iterator[str]:
    """The lines that collect: sources of the usual time limit together, as many as fit a command line, the others alone."""
    group: list[str] = []
    for words in (_words(source, root) for source in chosen if source.seconds == USUAL_SECONDS):
        if sum(map(len, group)) + len(words) > _COMMAND_LINE:
            yield _together(group)
            group = []
        group.append(words)
    if group:
        yield _together(group)
    yield from (f"  alone {_words(source, root)}" for source in chosen if source.seconds != USUAL_SECONDS)


def _together(group: list[str]) -> str:
    return " \\\n    ".join(["  collect", *group])


def _words(source: Source, root: str) -> str:
    snippet = _ELSEWHERE if root and source.name in RUNTIME else source.script.strip()
    nature = frame_nature(source)
    if source.arguments:
        snippet = f"set -- {' '.join(map(_quote, source.arguments))}\n{snippet}"
    return f"{source.name} {_quote(nature)} {source.seconds} {_quote(snippet)}"


def _quote(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
