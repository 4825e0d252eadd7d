"""Reads the bundle that a collection script prints (collector.script). Pure.

A bundle is lines of text. Every line of a frame's output stands behind "|", of its errors behind "!", so that nothing
that a file or a command says can pass for a mark:

    closeout-bundle 1
    collector 0.1.0
    script <sha256>
    platform linux
    root DIR                  <- only where an alternative root was entered
    begin NAME [volatile] [with ARGUMENT ...]      <- a blank within an argument is written as a tab
    |a line of output
                              <- an empty line here: the output ended with a line end
    !a line of errors
    end NAME 0
    finish <number of frames>

A frame that ends with "again NAME" was cut short by the clock of all; it follows once more, whole. A Windows host prints the
same text packed (collector.packed); the bundle is what was in the package.
"""

import re
from dataclasses import dataclass

from collector.canonical import digest, sha256
from collector.errors import CollectorError
from collector.packed import is_packed, unpack
from collector.probe import Frame, Frames, Source
from collector.visible import visible

MAGIC = "closeout-bundle 1"
LARGEST = 64 * 1024 * 1024
MOST_LINES = 500_000
MOST_CONTROLS = 1_000_000  # each is written as its code, which takes time
_CONTROLS = bytes({*range(32), 127} - set(b"\t\r\n"))
NOISE_LINES = 200  # what a login may print before the script speaks
_NO_BUNDLE = f"this is not a bundle: no line {MAGIC!r} near its start; make one with what `closeout script` prints"
_ARGUMENT = re.compile(r"[!-~]([ -~]{0,398}[!-~])?")
_NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)*")


class BundleError(CollectorError):
    """The bytes are not a whole bundle; the message names the line and how to mend it."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """A whole bundle as it was read; raw holds the very bytes that arrived."""

    platform: str
    collector: str
    script: str
    frames: dict[str, Frame]
    raw: bytes
    root: str = ""

    def as_frames(self) -> Frames:
        """The frames as parsers read them."""
        return Frames(self.frames, self.script)

    def manifest(self) -> dict[str, object]:
        """What was collected, frame by frame, with the digest of each output."""
        return {
            "platform": self.platform,
            "collector": self.collector,
            "script": self.script,
            "root": self.root,
            "frames": [_describe(frame) for frame in sorted(self.frames.values(), key=lambda f: f.name)],
        }

    def content_digest(self) -> str:
        """SHA-256 over script and frames without those that differ from run to run: equal when nothing changed on the host."""
        stable = [
            {"name": f.name, "arguments": list(f.arguments), "exit_code": f.exit_code, "output": sha256(f.output.encode())}
            for f in sorted(self.frames.values(), key=lambda f: f.name)
            if not f.volatile
        ]
        return digest({"script": self.script, "frames": stable})


def _describe(frame: Frame) -> dict[str, object]:
    return {
        "name": frame.name,
        "arguments": list(frame.arguments),
        "exit_code": frame.exit_code,
        "output": sha256(frame.output.encode()),
        "stderr": frame.stderr,
        "volatile": frame.volatile,
    }


def frame_nature(source: Source) -> str:
    """What stands behind a frame's name where it begins; raises BundleError on an argument that could not be read back."""
    if strange := [one for one in source.arguments if not _ARGUMENT.fullmatch(one)]:
        raise BundleError(f"{source.name} cannot be asked for {strange[0]!r}: an argument is printable ASCII, at most 400 characters")
    asked = ["with", *(one.replace(" ", "\t") for one in source.arguments)] if source.arguments else []
    return " ".join([*(["volatile"] if source.volatile else []), *asked])


def read_bundle(raw: bytes) -> Bundle:
    """The bundle in these bytes, unpacked where need be; raises BundleError when they are too many, changed, cut or no bundle at all."""
    if is_packed(raw):
        try:
            raw = unpack(raw, LARGEST)
        except CollectorError as error:
            raise BundleError(str(error)) from error
    if len(raw) > LARGEST:
        raise BundleError(f"the bundle is larger than {LARGEST // 2**20} MiB; collect again on the host")
    if raw.count(b"\n") > MOST_LINES:
        raise BundleError(f"the bundle has more than {MOST_LINES} lines; look at what the host prints")
    if len(raw) - len(raw.translate(None, _CONTROLS)) > MOST_CONTROLS:
        raise BundleError(f"the bundle has more than {MOST_CONTROLS} control characters; look at what the host prints")
    if MAGIC.encode() not in raw:
        raise BundleError(_NO_BUNDLE)
    lines = visible(raw.decode("utf-8", "backslashreplace")).split("\n")
    start = next((n for n, line in enumerate(lines[:NOISE_LINES]) if line.rstrip("\r") == MAGIC), None)
    if start is None:
        raise BundleError(_NO_BUNDLE)
    if lines[start].endswith("\r"):
        raise BundleError("the line ends were changed on the way (CRLF); carry the bundle again as a binary file")
    return _Reader(lines, start + 1).read(raw)


class _Reader:
    """Goes through the lines of a bundle once."""

    def __init__(self, lines: list[str], position: int) -> None:
        self.lines = lines
        self.position = position
        self.frames: dict[str, Frame] = {}

    def read(self, raw: bytes) -> Bundle:
        collector, script, platform = (self._header(word) for word in ("collector", "script", "platform"))
        if not re.fullmatch(r"[0-9a-f]{64}", script):
            raise self._wrong("the script's digest is not 64 hexadecimal digits")
        line = self._next()
        root = line.removeprefix("root ") if line.startswith("root ") else ""
        line = self._next() if root else line
        while line.startswith("begin "):
            self._frame(line)
            line = self._next()
        if line != f"finish {len(self.frames)}":
            raise self._wrong(f"expected 'finish {len(self.frames)}' after {len(self.frames)} frames")
        return Bundle(platform, collector, script, self.frames, raw, root)

    def _next(self) -> str:
        if self.position >= len(self.lines) or (self.position == len(self.lines) - 1 and not self.lines[self.position]):
            raise BundleError(f"the bundle is cut: it ends at line {self.position} without its finish line; collect or carry it again")
        self.position += 1
        return self.lines[self.position - 1]

    def _header(self, word: str) -> str:
        line = self._next()
        if not line.startswith(f"{word} "):
            raise self._wrong(f"expected a line '{word} ...'")
        return line[len(word) + 1 :]

    def _frame(self, line: str) -> None:
        head, _, asked = line.partition(" with ")
        _, name, *rest = head.split(" ")
        arguments = tuple(one.replace("\t", " ") for one in asked.split(" ")) if asked else ()
        if not _NAME.fullmatch(name) or rest not in ([], ["volatile"]) or not all(map(_ARGUMENT.fullmatch, arguments)):
            raise self._wrong("a frame begins with a name that no probe can have")
        if name in self.frames:
            raise self._wrong(f"the frame {name} comes twice")
        output, whole = self._prefixed("|")
        stderr, _ = self._prefixed("!")
        line, again = self._next(), f"again {name}"
        if line == again or (not line and self._next() == again):
            return
        ended = re.fullmatch(rf"end {re.escape(name)} (\d{{1,3}})", line)
        if not ended:
            raise self._wrong(f"the frame {name} does not end as it began")
        text = "\n".join(output) + ("\n" if output and whole else "")
        self.frames[name] = Frame(name, int(ended[1]), text, "\n".join(stderr), bool(rest), arguments)

    def _prefixed(self, mark: str) -> tuple[list[str], bool]:
        found = []
        while (line := self._next()).startswith(mark):
            found.append(line[1:])
        if line == "" and mark == "|":
            return found, True
        self.position -= 1
        return found, False

    def _wrong(self, what: str) -> BundleError:
        if self.position == len(self.lines):
            return BundleError(f"the bundle is cut: it ends within line {self.position}; collect or carry it again")
        line = self.lines[self.position - 1][:80]
        return BundleError(f"line {self.position} of the bundle, {line!r}: {what}; the bundle was changed or damaged, collect it again")
