"""Which numbers of a publisher's alerts have come, and which are missing: arithmetic, without a database."""

from bisect import bisect_right
from dataclasses import dataclass, field

Range = tuple[int, int]  # first and last, both included


@dataclass(slots=True)
class Numbering:
    """One rising count from 1 on: the `highest` number seen, and the `missing` below it, ascending and apart."""

    highest: int = 0
    missing: list[Range] = field(default_factory=list)

    def take(self, number: int) -> None:
        """Note that a number has come; one that came before changes nothing."""
        if number > self.highest:
            if number > self.highest + 1:
                self.missing.append((self.highest + 1, number - 1))
            self.highest = number
            return
        place = bisect_right(self.missing, number, key=lambda hole: hole[0]) - 1
        if place >= 0 and number <= self.missing[place][1]:
            first, last = self.missing[place]
            left = [(first, number - 1)] if first < number else []
            right = [(number + 1, last)] if number < last else []
            self.missing[place : place + 1] = left + right


def count_of(ranges: list[Range]) -> int:
    """Tell how many numbers are in these ranges."""
    return sum(last - first + 1 for first, last in ranges)
