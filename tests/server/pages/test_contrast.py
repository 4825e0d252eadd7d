"""Colours that can be read, in both themes: computed from the style sheet (WCAG 2.2, 1.4.3)."""

import re
from itertools import product
from pathlib import Path

import pytest

import server

CSS = (Path(server.__file__).parent / "static" / "closeout.css").read_text()
PAIR = re.compile(r"--([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)")
COLOURS = {name: {"light": light, "dark": dark} for name, light, dark in PAIR.findall(CSS)}
GROUNDS = ("paper", "ground", "raised")
TEXTS = ("ink", "soft", "accent", "pass", "fail", "error", "manual")
ON_THEIR_OWN = [(name, f"{name}-ground") for name in ("pass", "fail", "error", "manual")] + [
    ("on-accent", "accent"), ("ink", "error-ground"), ("ink", "fail-ground"), ("accent", "error-ground"), ("soft", "fail-ground"),
]  # fmt: skip


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_black_on_white_is_21_to_1() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), [*product(TEXTS, GROUNDS), *ON_THEIR_OWN])
def test_text_stands_out_from_its_ground(text: str, ground: str, theme: str) -> None:
    assert contrast(COLOURS[text][theme], COLOURS[ground][theme]) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("ground", GROUNDS)
def test_the_edges_of_fields_and_the_focus_are_seen(ground: str, theme: str) -> None:
    assert contrast(COLOURS["edge"][theme], COLOURS[ground][theme]) >= 3
    assert contrast(COLOURS["accent"][theme], COLOURS[ground][theme]) >= 3


def test_every_colour_that_a_rule_names_is_declared_once_for_both_themes() -> None:
    names = set(re.findall(r"var\(--([a-z-]+)\)", CSS)) - {"row", "sans", "mono"}
    assert names <= set(COLOURS)
    assert len(PAIR.findall(CSS)) == len(COLOURS)
    after = CSS.split("}", 1)[1]
    assert not re.findall(r"#[0-9a-fA-F]{3,8}\b", after), "a colour stands outside the declarations"
