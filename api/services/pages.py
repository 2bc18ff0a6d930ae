"""Pages of a list: one more than asked for is read, which tells whether there is a next one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """At most as many items as were asked for, and whether there are more."""

    items: Sequence[T]
    has_more: bool

    @classmethod
    def cut(cls, found: Sequence[T], limit: int) -> "Page[T]":
        """Make the page of `limit` from up to one item more."""
        return cls(found[:limit], len(found) > limit)
