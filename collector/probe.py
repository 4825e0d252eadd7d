"""A probe: what is run on the host, the pure parser of what came back, and the fact paths that it declares."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from collector.aging import Aging
from collector.errors import CollectorError
from collector.facts import Fact, Value

ABSENT = 69  # EX_UNAVAILABLE: the snippet's word for "this is not installed here"
USUAL_SECONDS = 10  # a source with another limit runs under a clock of its own
TIMED_OUT = (124, 137)  # what timeout(1) ends with


class ProbeError(CollectorError):
    """This probe's facts could not be read; the reason goes into the document's errors."""


@dataclass(frozen=True, slots=True)
class Source:
    """One snippet of POSIX sh that only reads; its standard output is one frame of the bundle.

    It runs with no standard input, LC_ALL=C, a fixed PATH and a time limit in seconds, and may use the functions
    of collector/prelude.sh (have, need, show, ...). volatile: differs from run to run (clock, uptime), so it is
    left out of the content digest. Exit code 0 is "read", 69 is "not installed", anything else is an error.
    arguments: what checks ask of it beyond what it always gives; the snippet finds them as "$@".
    """

    name: str
    script: str
    seconds: int = USUAL_SECONDS
    volatile: bool = False
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Frame:
    """What came back of one source; output without the prefix of its lines."""

    name: str
    exit_code: int
    output: str
    stderr: str = ""
    volatile: bool = False
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Frames:
    """The frames of one bundle by name, as a parser reads them."""

    by_name: Mapping[str, Frame]
    script: str = ""

    def text(self, source: Source) -> str:
        """The output of a source that ran well; raises ProbeError with the reason when it did not."""
        frame = self._frame(source)
        if frame.exit_code in TIMED_OUT:
            raise ProbeError(f"{source.name}: gave no answer in {source.seconds} s")
        if frame.exit_code != 0:
            what = frame.stderr.strip().splitlines()
            raise ProbeError(f"{source.name}: ended with exit code {frame.exit_code}{': ' + what[-1][:200] if what else ''}")
        return frame.output

    def absent(self, source: Source) -> bool:
        """True when the source found that what it reads is not installed."""
        return self._frame(source).exit_code == ABSENT

    def arguments(self, source: Source) -> tuple[str, ...]:
        """What the script asked of this source; raises ProbeError when the source was not collected."""
        return self._frame(source).arguments

    def _frame(self, source: Source) -> Frame:
        if source.name not in self.by_name:
            raise ProbeError(f"{source.name}: not collected by script {self.script[:12] or 'unknown'}; redeploy the collection script")
        return self.by_name[source.name]


@dataclass(frozen=True, slots=True)
class Probe:
    """A subtree of the facts document.

    name: the path of the subtree; facts: its declared leaves, relative to the name; parse: frames -> nested
    dictionaries below the name, in which Unknown may stand anywhere. Raise ProbeError when all of it is unknown.
    version: raised by one when the parser starts to read the same frames differently (part of the judgement digest).
    argument: for a probe that holds a map of what checks ask for, a function that raises ProbeError on what may not be asked;
    what it lets pass is printable ASCII without blanks at its ends. Such a probe has one source and a name in collector.facts.ASKED.
    derive: fills in what follows from the dates of the subtree and the day of the observation (collector.derive).
    """

    name: str
    sources: tuple[Source, ...]
    facts: tuple[Fact, ...]
    parse: Callable[[Frames], Mapping[str, Value]]
    version: int = 1
    argument: Callable[[str], None] | None = None
    derive: Callable[[Aging], None] | None = None
