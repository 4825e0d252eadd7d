"""What the exported texts have in common: their head, their parts, and what is left to a person."""

from collections.abc import Callable, Iterator

from poam_generator.changes.group import Part, PlannedChange
from poam_generator.changes.quote import comment, plain
from poam_generator.changes.steps import Step, steps_of

Render = Callable[[Step], str]


def head_of(change: PlannedChange) -> str:
    """What the text is, for which hosts and items, and that nobody but a person runs it."""
    hosts = ", ".join(plain(host.host_name) for host in change.hosts)
    return comment(
        f"Change {change.key}: {change.place} ({change.place.platform})\n"
        f"Items: {', '.join(part.item for part in change.parts)}\n"
        f"Hosts: {hosts}\n"
        "Written by closeout, which never runs it. Read it, try it on one host, run it, and scan again."
    )


def part_lines(part: Part, render: Render) -> Iterator[str]:
    """The part as text: its heading, its steps each once, and as a comment the remediation where a step is left to a person."""
    steps = list(dict.fromkeys(step for setting in part.settings for step in steps_of(setting)))
    by_hand = [setting for setting in part.settings if not steps_of(setting)]
    yield comment(f"{part.item} {part.title} ({part.check}, {', '.join(part.requirements)})")
    if part.elsewhere:
        yield comment(f"It has to be mended in {' and '.join(str(place) for place in part.elsewhere)} as well.")
    yield from (render(step) for step in steps)
    if by_hand:
        what = ", ".join(f"{setting.key} {setting.expected}" for setting in by_hand)
        yield comment(f"BY HAND, as no one value follows from what is expected ({what}):\n{part.remediation.rstrip()}")
