"""Places that programs are started from: whether ordinary users could put something else there. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from collector.facts import Unknown
from collector.probe import ProbeError
from collector.windows.access_lists import CHANGE_FILE, CHANGE_FOLDER, MAKE_FOLDER, ORDINARY, read_access_list
from collector.windows.answers import Answer


@dataclass(frozen=True, slots=True)
class Judged:
    """What was found of one place: open to ordinary users or not, or why that is not known."""

    program: str
    open: bool | Unknown


def judge_places(programs: Mapping[str, Answer]) -> dict[str, Judged]:
    """Program -> what is known of its place, from what Get-Place of the prelude said of it."""
    return {program: Judged(program, _judge(program, said)) for program, said in programs.items()}


def _judge(program: str, said: Answer) -> bool | Unknown:
    if problem := said.get("problem"):
        return Unknown(f"the place of {program[:120]} could not be looked at: {str(problem)[:120]}")
    try:
        return _is_open(said)
    except ProbeError as error:
        return Unknown(f"the place of {program[:120]} could not be judged: {error}")


def _is_open(said: Answer) -> bool:
    """True where an ordinary user may change the file, or what stands beside it; or make the folders that are missing."""
    file, folder = said.get("file"), said.get("folder")
    if not isinstance(folder, str) or not isinstance(said.get("folder_there"), bool):
        raise ProbeError("the host's answer is not whole")
    if isinstance(file, str) and read_access_list(file).rights(ORDINARY) & CHANGE_FILE:
        return True
    wanted = CHANGE_FOLDER if said["folder_there"] else MAKE_FOLDER
    return bool(read_access_list(folder).rights(ORDINARY) & wanted)


def list_open(lines: Mapping[str, str], judged: Mapping[str, Judged]) -> list[str] | Unknown:
    """The lines whose program stands in an open place; where none does and one is not known, the reason of that."""
    found = sorted(line for line, program in lines.items() if program in judged and judged[program].open is True)
    unclear = next((one.open for line in sorted(lines) if isinstance((one := judged[lines[line]]).open, Unknown)), None)
    return found or unclear or []
