"""Lists: filters and order that stand in the address, and one page of rows at a time."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.core.paginator import Page, Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest, QueryDict

M = TypeVar("M", bound=Model)
T = TypeVar("T")
ROWS = 50


@dataclass(frozen=True, slots=True)
class Listing(Generic[T]):
    """One page of rows with what the address asked for."""

    page: Page[T]
    query: QueryDict
    sort: str
    descending: bool

    @property
    def rows(self) -> list[T]:
        """The rows of this page."""
        return list(self.page.object_list)

    @property
    def total(self) -> int:
        """How many rows all pages have."""
        return self.page.paginator.count

    @property
    def filtered(self) -> bool:
        """True when the address asks for less than everything."""
        return any(value for name, value in self.query.items() if name not in {"sort", "page"})

    def address(self, **changes: object) -> str:
        """The query of this list with some of its parts changed; an empty one is left out, and the first page comes back."""
        changed = self.query.copy()
        changed.pop("page", None)
        for name, value in changes.items():
            changed.pop(name, None)
            if value not in {"", None}:
                changed[name] = str(value)
        return f"?{changed.urlencode()}"

    def sorted_by(self, name: str) -> str:
        """The query that sorts by a column; the other way round when it does already."""
        return self.address(sort=f"-{name}" if self.sort == name and not self.descending else name)


def paged(  # noqa: PLR0913, PLR0917 - what a list can be asked for
    request: HttpRequest,
    rows: QuerySet[M, M],
    columns: Mapping[str, tuple[str, ...]],
    default: str,
    size: int = ROWS,
    arrange: Callable[[QuerySet[M, M], Sequence[str]], Sequence[M] | QuerySet[M, M]] = lambda rows, fields: rows.order_by(*fields),
) -> Listing[M]:
    """The page of rows that the address asks for. columns: word in the address -> fields to order by; an unknown word is the default.

    arrange: puts rows into the order of such fields.
    """
    asked = request.GET.get("sort", "") or default
    name, descending = asked.removeprefix("-"), asked.startswith("-")
    if name not in columns:
        name, descending = default.removeprefix("-"), default.startswith("-")
    fields = [_turn(field) if descending else field for field in columns[name]]
    page = Paginator(arrange(rows, fields), size).get_page(request.GET.get("page"))
    return Listing(page, request.GET, name, descending)


def paged_list(request: HttpRequest, rows: Sequence[T], size: int = ROWS) -> Listing[T]:
    """The page that the address asks for of rows that are in no database; they keep their order."""
    return Listing(Paginator(rows, size).get_page(request.GET.get("page")), request.GET, "", descending=False)


def _turn(field: str) -> str:
    return field.removeprefix("-") if field.startswith("-") else f"-{field}"


def chosen(request: HttpRequest, name: str, allowed: Mapping[str, Any] | tuple[str, ...]) -> str:
    """The word of a filter, empty when the address has none or one that there is not."""
    word = request.GET.get(name, "")
    return word if word in allowed else ""


def text(request: HttpRequest, name: str) -> str:
    """The text of a filter, trimmed."""
    return request.GET.get(name, "").strip()[:200]
