"""The names that an Ansible host pattern stands for: web[01:03].example:2222 is three hosts."""

import re

from server.inventory.files import MOST_HOSTS


def expand(pattern: str) -> tuple[list[str], str]:
    """The names that a host pattern stands for, and its port or nothing: web[01:03].example:2222 is three hosts.

    Raises ValueError with a sentence.
    """
    six = re.fullmatch(r"\[([0-9A-Fa-f.%]*:[0-9A-Fa-f:.%]*:[0-9A-Fa-f:.%]*)\](?::(\d+))?", pattern)
    if six:
        return [six[1]], six[2] or ""
    with_port = re.fullmatch(r"((?:[^:\[\]]|\[[^\[\]]*\])+):(\d{1,5})", pattern)
    body, port = (with_port[1], with_port[2]) if with_port else (pattern, "")
    names = [""]
    for index, part in enumerate(re.split(r"\[([^\[\]]*)\]", body)):
        choices = _expand_range(part, pattern) if index % 2 else [part]
        if len(names) * len(choices) > MOST_HOSTS:
            raise ValueError(f"{pattern!r} makes more than {MOST_HOSTS} hosts; write a smaller range")
        names = [name + choice for name in names for choice in choices]
    return names, port


def _expand_range(text: str, pattern: str) -> list[str]:
    start, *rest = text.split(":")
    step = rest[1] if len(rest) == 2 else "1"  # noqa: PLR2004 - start, end, step
    if len(rest) not in (1, 2) or not re.fullmatch(r"[1-9][0-9]{0,4}", step):
        raise ValueError(f"[{text}] of {pattern!r} is no range; write [01:20], [a:f] or [1:9:2]")
    end, by = rest[0], int(step)
    if re.fullmatch(r"\d{0,6}", start) and re.fullmatch(r"\d{1,6}", end) and int(start or "0") <= int(end):
        width = len(start) if re.match(r"0\d", start) else 0
        if width and width != len(end):
            raise ValueError(f"[{text}] of {pattern!r} begins and ends with different numbers of digits; write [01:20]")
        if (int(end) - int(start or "0")) // by >= MOST_HOSTS:
            raise ValueError(f"{pattern!r} makes more than {MOST_HOSTS} hosts; write a smaller range")
        return [str(number).zfill(width) for number in range(int(start or "0"), int(end) + 1, by)]
    if re.fullmatch(r"[a-z]:[a-z]|[A-Z]:[A-Z]", f"{start}:{end}") and start <= end:
        return [chr(code) for code in range(ord(start), ord(end) + 1, by)]
    raise ValueError(f"[{text}] of {pattern!r} is no range; write [01:20], [a:f] or [1:9:2]")
