"""Every probe there is, found by looking at the modules of collector/linux and collector/windows: no registration."""

import importlib
import pkgutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache

from collector.errors import CollectorError
from collector.facts import EVERY, Fact, Segments, split_path
from collector.probe import Probe, Source

PLATFORMS = ("linux", "windows")


@dataclass(frozen=True, slots=True)
class Declared:
    """A declared fact with the probe that gives it and its whole path."""

    segments: Segments
    fact: Fact
    probe: Probe


@cache
def probes(platform: str) -> tuple[Probe, ...]:
    """All probes of a platform in the order of their names."""
    try:
        package = importlib.import_module(f"collector.{platform}")
    except ModuleNotFoundError:
        return ()
    modules = [importlib.import_module(f"{package.__name__}.{m.name}") for m in pkgutil.iter_modules(package.__path__)]
    found = [probe for module in modules for probe in getattr(module, "PROBES", ())]
    return tuple(sorted(found, key=lambda p: p.name))


def sources(chosen: tuple[Probe, ...]) -> tuple[Source, ...]:
    """The sources that these probes need, each once, in the order of their names."""
    return tuple(sorted({s.name: s for p in chosen for s in p.sources}.values(), key=lambda s: s.name))


def with_arguments(chosen: Iterable[Source], asked: Mapping[str, Iterable[str]]) -> tuple[Source, ...]:
    """The same sources with what is asked of them: source name -> arguments, each once and in order."""
    return tuple(replace(s, arguments=tuple(sorted(set(asked[s.name])))) if s.name in asked else s for s in chosen)


@cache
def declared(platform: str) -> tuple[Declared, ...]:
    """Every declared fact of a platform."""
    return tuple(Declared(split_path(f"{p.name}.{f.path}"), f, p) for p in probes(platform) for f in p.facts)


@cache
def declared_below(platform: str) -> Mapping[str, tuple[Declared, ...]]:
    """The declared facts by the first name of their paths."""
    found: dict[str, tuple[Declared, ...]] = {}
    for one in declared(platform):
        found[one.segments[0]] = (*found.get(one.segments[0], ()), one)
    return found


@cache
def resolve(platform: str, path: str) -> Declared:
    """The declared fact that a path names; raises CollectorError when no probe declares it, or when it may not be asked for."""
    segments = split_path(path)
    for one in declared_below(platform).get(segments[0], ()):
        if len(one.segments) == len(segments) and all(w in (EVERY, h) for w, h in zip(one.segments, segments, strict=True)):
            _refuse(one, segments, path)
            return one
    raise CollectorError(f"no probe declares {path} on {platform}; `closeout facts --paths {platform}` lists the paths there are")


def argument_of(one: Declared, path: str) -> str | None:
    """What a path asks of a probe that takes arguments; None for the paths of all other probes."""
    return split_path(path)[one.segments.index(EVERY)] if one.probe.argument else None


def _refuse(one: Declared, segments: Segments, path: str) -> None:
    """Raise CollectorError on a member that no script can hold."""
    if EVERY not in one.segments:
        return
    member = segments[one.segments.index(EVERY)]
    if one.probe.argument and member == EVERY:
        raise CollectorError(f"{path}: what is asked for must be named in the path, as in {one.probe.name}[...]; * asks for nothing")
    if one.probe.argument:
        try:
            one.probe.argument(member)
        except CollectorError as error:
            raise CollectorError(f"{path}: {error}") from error
    elif one.fact.members and member not in (EVERY, *one.fact.members):
        raise CollectorError(f"{path}: {member} is not among those that are always collected; ask for file[{member}] in its place")
