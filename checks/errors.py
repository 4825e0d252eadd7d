"""The one exception of the checks layer: content that a person has written and that cannot be used as it stands."""

KeyPath = tuple[str | int, ...]


class ContentError(Exception):
    """A content file is wrong: says file, line, key and how to mend it, ready to be shown to whoever wrote the file."""

    def __init__(self, file: str, line: int, path: KeyPath, problem: str) -> None:
        """Hold the parts apart so that a linter can sort by them; `problem` reads "what is wrong; how to mend it"."""
        self.file = file
        self.line = line
        self.path = path
        self.problem = problem
        where = f"{format_path(path)}: " if path else ""
        super().__init__(f"{file}:{line}: {where}{problem}")


class UnknownIdError(ContentError):
    """An id that a framework does not have: whoever wrote it wrote it elsewhere than in the framework's file, so none is named."""

    def __str__(self) -> str:
        """What is wrong and how to mend it, alone."""
        return self.problem


def format_path(path: KeyPath) -> str:
    """Return a key path as people write it: platforms.linux.expect[0].path, with keys that hold a dot in quotes."""
    parts = [f"[{key}]" if isinstance(key, int) else f".{_quote(key)}" for key in path]
    return "".join(parts).removeprefix(".")


def _quote(key: str) -> str:
    return f'"{key}"' if not key or any(mark in key for mark in ".[] ") else key
