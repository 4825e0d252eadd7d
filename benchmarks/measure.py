"""Measure programs side by side: in turns, so that whatever else the machine does falls on all of them alike."""

import os
import resource
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

_PAUSE = 0.005  # seconds between two looks at the memory


@dataclass(frozen=True, slots=True)
class Sample:
    """One run. cpu: user and system seconds of the process and all its descendants that it waited for. peak: bytes."""

    wall: float
    cpu: float
    peak: int = 0


@dataclass(frozen=True, slots=True)
class Contender:
    """Something that is measured. run gives a Sample; repetitions: at most so many, where one takes long."""

    name: str
    run: Callable[[], Sample]
    repetitions: int = 1000


def measure(
    command: Sequence[str], stdin: bytes = b"", *, env: Mapping[str, str] | None = None, memory: bool = False
) -> tuple[Sample, subprocess.CompletedProcess[bytes]]:
    """What a command costs, and what it answered. Its memory is looked at only when asked, since looking costs time."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env)
    peak = _Peak(process.pid) if memory else None
    out, err = process.communicate(stdin)
    wall, after = time.monotonic() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Sample(wall, cpu, peak.stop() if peak else 0), subprocess.CompletedProcess(command, process.returncode, out, err)


class _Peak:
    """Adds up the memory of a process and all its descendants every few milliseconds.

    Of a page that several processes share each counts its part (PSS), so that the sum is what the host really gives.
    """

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._most = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def stop(self) -> int:
        self._ended.set()
        self._thread.join()
        return self._most

    def _watch(self) -> None:
        while not self._ended.wait(_PAUSE):
            self._most = max(self._most, sum(map(_proportional, _descendants(self._pid))))


def _descendants(pid: int) -> list[int]:
    found, waiting = [], [pid]
    while waiting:
        one = waiting.pop()
        found.append(one)
        try:
            waiting += map(int, Path(f"/proc/{one}/task/{one}/children").read_text().split())
        except OSError:
            continue
    return found


def _proportional(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)


def take_turns(contenders: Sequence[Contender], repetitions: int, say: Callable[[str], None]) -> dict[str, list[Sample]]:
    """Name -> samples; every contender once, then every one again, in alternating order."""
    samples: dict[str, list[Sample]] = {one.name: [] for one in contenders}
    for turn in range(repetitions):
        for one in contenders if turn % 2 == 0 else reversed(contenders):
            if turn < one.repetitions:
                samples[one.name].append(one.run())
                say(f"{turn + 1}/{repetitions} {one.name}: {samples[one.name][-1]}")
    return samples


def run_apart(work: Callable[..., None], *arguments: int) -> None:
    """Do the work in a process and a database of its own, so that nothing is warm from what went before, and the memory is its own."""
    with tempfile.TemporaryDirectory() as directory:
        os.environ["CLOSEOUT_DATA"] = directory
        process = get_context("spawn").Process(target=work, args=arguments)
        process.start()
        process.join()
    if process.exitcode:
        raise SystemExit(process.exitcode)


def ratios(samples: Sequence[float], base: Sequence[float]) -> str:
    """How many times as much as another in the same turns: median, and from least to most."""
    found = sorted(one / other for one, other in zip(samples, base, strict=False) if other)
    return f"{statistics.median(found):.2f} ({found[0]:.2f} to {found[-1]:.2f})" if found else ""


def spread(samples: Sequence[float], digits: int = 2) -> str:
    """Median, and from least to most."""
    found = sorted(samples)
    return f"{statistics.median(found):.{digits}f} ({found[0]:.{digits}f} to {found[-1]:.{digits}f})"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def fleet_table(size: int, samples: Mapping[str, Sequence[Sample]], ours: str, missing: Sequence[str] = ()) -> str:
    """What each contender took for so many hosts, beside what we took in the same turns. missing: those that could not be had."""
    base = samples[ours]
    rows = [
        [
            name,
            spread([one.wall for one in found], 1),
            f"{size * 60 / sorted(one.wall for one in found)[len(found) // 2]:.0f}",
            spread([one.cpu / size for one in found], 3),
            ratios([one.wall for one in found], [one.wall for one in base]),
            ratios([one.cpu for one in found], [one.cpu for one in base]),
        ]
        for name, found in samples.items()
    ]
    rows += [[name, "was not available", "", "", "", ""] for name in missing]
    head = [f"{size} hosts", "wall seconds", "hosts a minute", "controller CPU a host, seconds", "wall, times ours", "CPU, times ours"]
    return table(head, rows)
