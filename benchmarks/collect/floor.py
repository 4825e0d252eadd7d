"""The floor: a bare shell script that makes the same reads, and nothing else."""

from importlib.resources import files

from collector.catalog import probes, sources

_HEAD = """PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
export PATH LC_ALL
umask 077
unset IFS
"""


def floor_script() -> str:
    """The snippets of all sources one after another, each in a subshell because some end by `exit`; their output as it comes.

    It is made of the very snippets of the collection script, so it reads the same files and runs the same commands. It has no
    frames, no exit codes, no time limits, no digest, and takes no secret out.
    """
    prelude = "alternative_root=''\n" + (files("collector") / "prelude.sh").read_text()
    snippets = (f"(\n{_with_arguments(one.arguments)}{one.script.strip()}\n) </dev/null 2>&1" for one in sources(probes("linux")))
    return f"{_HEAD}{prelude}\nmain() {{\n" + "\n".join(snippets) + "\n}\nmain\n"


def _with_arguments(arguments: tuple[str, ...]) -> str:
    quoted = " ".join("'" + one.replace("'", "'\\''") + "'" for one in arguments)
    return f"set -- {quoted}\n"
