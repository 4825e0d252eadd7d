"""Whatever a host prints, a probe gives a document of the declared shape, and what it could not read is an error in it."""

import random

import jsonschema
import pytest

from collector.canonical import canonical_bytes
from collector.facts import split_path
from collector.probe import Frame, Frames
from collector.read import read_probe
from tests.collector.fixtures import cases_of, fixtures_of, load_frames, probe_schema, probes_of

TIMES = 6
ODD = (
    *("", "\t", " ", "|", ":", "::", "=", "]", "[", "*", "a]b", "__proto__", "-1", "9" * 20, "9" * 5000, "0x41", "\u0663", "\x1b[31m"),
    *("@cut", "@stat", "@text /x", "@missing", "@odd x", "{", "}", '"', "'", "\\", "#", ",", "%", "->", "..", "\ufffd", "#include x"),
)


def damage(text: str, chance: random.Random) -> str:
    """The text with a few of its lines lost, doubled, cut, swapped for another's, or with something odd in them."""
    lines = text.split("\n")
    for _ in range(chance.randint(1, 4)):
        place = chance.randrange(len(lines))
        line, odd = lines[place], chance.choice(ODD)
        separator = chance.choice([one for one in (" ", ":", "|", "=", ",", "/", "\t") if one in line] or [" "])
        words = line.split(separator)
        words[chance.randrange(len(words))] = odd
        middle = chance.randint(0, len(line))
        lines[place : place + 1] = chance.choice(
            (
                [],
                [line, line],
                [line[:middle]],
                [lines[-1], line],
                [odd, line],
                [line[:middle] + odd + line[middle:]],
                [separator.join(words)],
            )
        )
        lines = lines[: place + 1] if chance.random() < 0.1 or not lines else lines
        lines = lines or [""]
    return "\n".join(lines)


@pytest.mark.parametrize("case", cases_of("linux"))
def test_a_damaged_output_is_read_or_is_an_error_and_keeps_the_shape(case: str) -> None:
    folder = fixtures_of("linux") / case
    probe = probes_of("linux")[folder.parent.name]
    whole = load_frames(folder, probe)
    judge = jsonschema.Draft202012Validator(probe_schema(probe))
    for seed in range(TIMES):
        chance = random.Random(f"{case} {seed}")  # noqa: S311 - the same damage in every run
        frames = {
            name: Frame(name, chance.choice((*[one.exit_code] * 9, 1, 69, 124)), damage(one.output, chance), one.stderr, one.volatile)
            for name, one in whole.by_name.items()
        }
        errors: dict[str, str] = {}
        facts = read_probe(probe, Frames(frames), errors)
        judge.validate(facts)
        canonical_bytes({"facts": facts, "errors": errors})
        assert all(split_path(path)[: len(split_path(probe.name))] == split_path(probe.name) for path in errors)
