"""What was made of frames that came before. The hosts of a fleet are much alike, and equal frames give equal facts."""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field

from collector.facts import Value
from collector.probe import Frame, Frames, Probe

MOST = 8_000_000  # characters of output whose facts are kept; facts take some times as much
LARGEST = 1_000_000  # what is longer is seldom the same twice


@dataclass(frozen=True, slots=True, eq=False)
class Parsed:
    """The subtree of a probe and why what of it is unknown is so. Documents share it, so nobody may change it.

    mark: equal only to itself; whoever keeps what follows from the subtree knows by it that the subtree is the same.
    """

    probe: Probe
    tree: Mapping[str, Value]
    errors: Mapping[str, str]
    weight: int
    mark: object = field(default_factory=object)


class Memo:
    """The newest subtrees by what they were parsed from: the very probe, the script and every frame that the probe may read."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._held = 0
        self._found: OrderedDict[Hashable, Parsed] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, key: Hashable, probe: Probe) -> Parsed | None:
        """What is kept under a key that was made with this probe."""
        with self._lock:
            found = self._found.get(key)
            if found is None or found.probe is not probe:
                return None
            self._found.move_to_end(key)
            return found

    def keep(self, key: Hashable, parsed: Parsed) -> None:
        """Keep it, and give up what was not asked for the longest where it is too much."""
        if parsed.weight > LARGEST:
            return
        with self._lock:
            before = self._found.pop(key, None)
            self._found[key] = parsed
            self._held += parsed.weight - (before.weight if before else 0)
            while self._held > self._most:
                self._held -= self._found.popitem(last=False)[1].weight


def frame_digests(frames: Frames) -> dict[str, bytes]:
    """Name of a frame -> digest of all that a parser can see of it."""
    return {name: _digest(frame) for name, frame in frames.by_name.items()}


def _digest(frame: Frame) -> bytes:
    texts = (frame.name, str(frame.exit_code), str(frame.volatile), *frame.arguments, frame.output, frame.stderr)
    parts = [text.encode("utf-8", "surrogatepass") for text in texts]
    return hashlib.sha256(b",".join([*(b"%d" % len(part) for part in parts), b"", *parts])).digest()


def key_of(probe: Probe, frames: Frames, digests: Mapping[str, bytes]) -> Hashable:
    """What the subtree of a probe follows from: the script is in it, because errors name it."""
    return (id(probe), frames.script, *(digests.get(source.name) for source in probe.sources))
