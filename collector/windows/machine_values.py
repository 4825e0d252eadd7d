"""Values of HKEY_LOCAL_MACHINE that a probe names itself: the snippet that reads them, and a strict reading of the answer."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from collector.facts import Unknown, Value
from collector.probe import Frames, Source
from collector.windows.answers import read_object

CONTROL = r"SYSTEM\CurrentControlSet\Control"
POLICIES = r"SOFTWARE\Policies\Microsoft"
EXPLORER = r"SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\Explorer"
_LARGEST_DWORD = 0xFFFFFFFF


def machine_values(name: str, values: Iterable[str]) -> Source:
    r"""The source of so many values, each written KEY|NAME; one that is not there is null in its answer."""
    lines = "\n".join(f"  '{value}'" for value in sorted(set(values)))
    return Source(
        name,
        rf"""
$found = @{{}}
foreach ($one in @(
{lines}
)) {{
  $key, $name = $one.Split('|')
  $found[$one] = Read-Registry LocalMachine $key $name
}}
Format-Json $found
""",
    )


@dataclass(frozen=True, slots=True)
class MachineValues:
    """What the registry holds: KEY|NAME -> number, text, list or null."""

    source: str
    answer: Mapping[str, Value]

    def number(self, value: str) -> int | Unknown | None:
        """A number as Windows means it, without a sign; Unknown where the registry holds another type, which Windows may not heed."""
        found = self._find(value)
        if found is None or isinstance(found, Unknown):
            return found
        if isinstance(found, bool) or not isinstance(found, int):
            return Unknown(f"HKLM\\{value} holds {_shown(found)}, where a number belongs; what Windows makes of it is not certain")
        return found & _LARGEST_DWORD if found < 0 else found

    def text(self, value: str) -> str | Unknown | None:
        """A text; Unknown where the registry holds another type."""
        found = self._find(value)
        if found is None or isinstance(found, (str, Unknown)):
            return found
        return Unknown(f"HKLM\\{value} holds {_shown(found)}, where a text belongs; what Windows makes of it is not certain")

    def texts(self, value: str) -> list[str] | Unknown | None:
        """A list of texts; one text counts as a list of what stands between its commas."""
        found = self._find(value)
        if found is None or isinstance(found, Unknown):
            return found
        words = found.split(",") if isinstance(found, str) else found
        if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
            return Unknown(f"HKLM\\{value} holds {_shown(found)}, where a list of texts belongs")
        return [word.strip() for word in words if word.strip()]

    def octets(self, value: str) -> bytes | Unknown | None:
        """Binary data."""
        found = self._find(value)
        if found is None or isinstance(found, Unknown):
            return found
        try:
            return bytes(found) if isinstance(found, list) else found.to_bytes(8, "little", signed=found < 0)
        except (TypeError, ValueError, AttributeError, OverflowError):
            return Unknown(f"HKLM\\{value} holds {_shown(found)}, where binary data belongs")

    def flag(self, value: str) -> bool | Unknown | None:
        """True for any number but 0, null where it is not set."""
        found = self.number(value)
        return found if found is None or isinstance(found, Unknown) else found != 0

    def word(self, value: str, words: Mapping[int, str], unset: str | Unknown | None = None) -> str | Unknown | None:
        """The word for a number; unset where it is not set; Unknown for a number without a word."""
        found = self.number(value)
        if found is None:
            return unset
        if isinstance(found, Unknown):
            return found
        return words.get(found, Unknown(f"HKLM\\{value} is {found}, whose meaning is not documented"))

    def _find(self, value: str) -> Value | Unknown:
        if value not in self.answer:
            return Unknown(f"{self.source}: the host's answer says nothing of HKLM\\{value}")
        return self.answer[value]


def read_values(frames: Frames, source: Source) -> MachineValues:
    """What the host answered; raises ProbeError when it is no JSON object."""
    return MachineValues(source.name, read_object(frames, source))


def known(value: Value | Unknown, default: Value | Unknown) -> Value | Unknown:
    """The value, or what holds where it is not set."""
    return default if value is None else value


def first_set(*values: Value | Unknown) -> Value | Unknown:
    """The first that is set, as policy comes before preference; an unknown one before it hides what follows."""
    return next((value for value in values if value is not None), None)


def _shown(found: Value) -> str:
    return f"the text {found[:40]!r}" if isinstance(found, str) else f"a {type(found).__name__}"
