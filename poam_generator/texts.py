"""Renders the templates of drafts, an organization's own or those of this package.

A value that a template names and nobody gave is an error, never an empty text. Where an own template cannot be used, the text says so
at its beginning, with file and line, and the shipped one follows: a slip in a template keeps no weakness from being drafted.
"""

import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final

from jinja2 import FunctionLoader, StrictUndefined, TemplateError, TemplateNotFound, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from poam_generator.errors import PoamError

NAMES: Final = ("identified_by.txt", "impact.txt", "resources.txt", "risk_before.txt", "risk_residual.txt", "weakness.txt")
UNUSED: Final = "(The template "  # how a text begins whose own template could not be used
NOTHING: Final[Mapping[str, Any]] = {}


@dataclass(frozen=True, slots=True)
class OwnTemplate:
    """A template of the organization: its text, the file that it stands in, and why it could not be read, if so."""

    text: str
    file: str
    problem: str = ""


class Texts:
    """The texts of drafts; own: template name -> the organization's, the others are those of this package."""

    def __init__(self, own: Mapping[str, OwnTemplate] = NOTHING) -> None:
        self._own = own
        self._environment = _make_environment(FunctionLoader(self._load))

    def render(self, name: str, **values: Any) -> str:  # noqa: ANN401 - what a template may name
        """The text without blank lines, by the own template where there is one; raises PoamError when the shipped one fails."""
        if name not in self._own:
            return render_text(name, **values)
        problem, text = self._own[name].problem, ""
        if not problem:
            try:
                text = _tidy(self._environment.get_template(name).render(values))
                problem = "" if text else " makes no text"
            except Exception as error:  # noqa: BLE001 - a template may divide by nothing
                problem = _say(error, self._own[name].file)
        file = self._own[name].file
        return f"{UNUSED}{file}{problem}; this is the text that closeout ships.)\n{render_text(name, **values)}" if problem else text

    def _load(self, name: str) -> tuple[str, str, None]:
        """A template that is rendered or that another includes; raises TemplateNotFound with what there is."""
        if name not in NAMES:
            raise TemplateNotFound(name, f"there is no template {name!r}; there are {', '.join(NAMES)}")
        own = self._own.get(name)
        return (own.text, own.file, None) if own else (shipped_text(name), name, None)


def render_text(name: str, **values: Any) -> str:  # noqa: ANN401 - what a template may name
    """The text of a template of poam_generator/templates, without blank lines; raises PoamError when it cannot be rendered."""
    try:
        return _tidy(ENVIRONMENT.get_template(name).render(values))
    except TemplateError as error:
        raise PoamError(f"the template {name} cannot be rendered: {error}") from error


def shipped_text(name: str) -> str:
    """The template as this package ships it, for people to begin with."""
    return (files("poam_generator") / "templates" / name).read_text("utf-8")


def _say(error: Exception, file: str) -> str:
    """Line and reason of what a template stumbled over."""
    if isinstance(error, TemplateSyntaxError):
        return f", line {error.lineno}, cannot be read: {error.message}"
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
    return f"{f', line {lines[-1]},' if lines else ''} cannot be rendered: {error}"


def _tidy(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.splitlines() if line.strip())


def _make_environment(loader: FunctionLoader) -> ImmutableSandboxedEnvironment:
    # The output is plain text; whoever shows it escapes it.
    return ImmutableSandboxedEnvironment(loader=loader, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False)


ENVIRONMENT = _make_environment(FunctionLoader(shipped_text))
SHIPPED: Final = Texts()
