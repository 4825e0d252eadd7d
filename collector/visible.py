"""The text of hosts as text and nothing else: what would drive a terminal, or hide or turn what stands beside it, shows its code."""

import re

# Control characters but tab and line ends, and those of Unicode that have no width, break lines or change the direction of writing. A
# byte order mark stays: it shows nothing, and stands at the start of files.
UNSEEN = re.compile(
    "[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f\\xad\\u061c\\u180e\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufff9-\\ufffb"
    "\\ud800-\\udfff\\U000e0000-\\U000e007f]|\\r(?!\\n)"
)
_LONGEST = 1000  # characters of a sentence


def visible(text: str) -> str:
    """The text with each character that cannot be seen written as its code, an escape as x1b behind a backslash."""
    return UNSEEN.sub(_code, text)


def one_line(text: str) -> str:
    """A sentence that stays one where it quotes a host: visible, bars for line ends, and without the middle of what is too long."""
    line = " | ".join(part.strip() for part in visible(text).splitlines() if part.strip())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST // 2]} ... {line[-_LONGEST // 2 :]}"


def code_of(character: str) -> str:
    """How a character that cannot be seen is written."""
    code = ord(character)
    if code <= 0xFF:  # noqa: PLR2004 - two digits hold no more
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004 - nor do four


def _code(found: re.Match[str]) -> str:
    return code_of(found[0])
