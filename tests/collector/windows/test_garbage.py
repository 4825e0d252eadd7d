"""Whatever a Windows host prints, a probe gives a document of the declared shape, and what it could not read is an error in it."""

import random

import jsonschema
import pytest

from collector.canonical import canonical_bytes
from collector.facts import split_path
from collector.probe import Frame, Frames
from collector.read import read_probe
from tests.collector.fixtures import cases_of, fixtures_of, load_frames, probe_schema, probes_of
from tests.collector.linux.test_garbage import damage

TIMES = 6
# Answers in JSON are broken by nearly any damage: these are of the right form and say something else.
OTHER = ("{}", "[]", "null", "0", '"x"', "[{}]", "[null]", "[[]]", '{"":{}}')
WORDS = ("null", "true", "0", "-1", "4294967296", "99999999999999999999", '"x"', '""', "[]", "{}", "[null]", '["]"]', "1.5")


def other_values(text: str, chance: random.Random) -> str:
    """The text with some of the values in its JSON replaced by others."""
    parts = text.split(",")
    for _ in range(chance.randint(1, 3)):
        place = chance.randrange(len(parts))
        name, colon, value = parts[place].rpartition(":")
        ends = value[len(value.rstrip("]}\n")) :] if colon else ""
        parts[place] = f"{name}{colon}{chance.choice(WORDS)}{ends}"
    return ",".join(parts)


@pytest.mark.parametrize("case", cases_of("windows"))
def test_a_damaged_output_is_read_or_is_an_error_and_keeps_the_shape(case: str) -> None:
    folder = fixtures_of("windows") / case
    probe = probes_of("windows")[folder.parent.name]
    whole = load_frames(folder, probe)
    judge = jsonschema.Draft202012Validator(probe_schema(probe))
    for seed in range(TIMES):
        chance = random.Random(f"{case} {seed}")  # noqa: S311 - the same damage in every run
        frames = {}
        for name, one in whole.by_name.items():
            said = chance.choice(
                (damage(one.output, chance), other_values(one.output, chance), other_values(one.output, chance), chance.choice(OTHER))
            )
            code = chance.choice((*[one.exit_code] * 9, 1, 69, 124))
            frames[name] = Frame(name, code, said, one.stderr, one.volatile, one.arguments)
        errors: dict[str, str] = {}
        facts = read_probe(probe, Frames(frames), errors)
        judge.validate(facts)
        canonical_bytes({"facts": facts, "errors": errors})
        assert all(split_path(path)[: len(split_path(probe.name))] == split_path(probe.name) for path in errors)
        assert not [why for why in errors.values() if "could not read this host's output" in why], f"the parser tripped on {frames}"
