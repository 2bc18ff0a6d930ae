"""The packages that HomeGuard runs on, those that are really here, each with its version and licence."""

import re
from collections.abc import Iterator
from functools import cache
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from typing import Final, NamedTuple

OURS: Final = "homeguard"
OPTIONS: Final = frozenset({"postgres"})  # extras of ours that somebody runs; the others are for who develops it
MAX_LICENCE: Final = 100  # characters; some put the whole text where its name belongs

# `uvicorn[standard]>=0.54; extra == "x"` (PEP 508): a name, what is asked of it, and when.
_REQUIREMENT: Final = re.compile(r"([A-Za-z0-9._-]+)\s*(?:\[([^]]*)\])?[^;]*(?:;(.*))?")
_EXTRA: Final = re.compile(r"""extra\s*==\s*["']([^"']+)["']""")


class Package(NamedTuple):
    """An installed package."""

    name: str
    version: str
    licence: str | None


@cache
def packages() -> tuple[Package, ...]:
    """Read them, ascending by name. Blocks, the first time."""
    found: dict[str, Package] = {}
    _walk(OURS, OPTIONS, found, set())
    found.pop(OURS, None)
    return tuple(found[name] for name in sorted(found))


def _walk(name: str, extras: frozenset[str], found: dict[str, Package], seen: set[tuple[str, frozenset[str]]]) -> None:
    """Note a package and what it requires; a requirement that is not installed is for another system than this."""
    key = re.sub(r"[-_.]+", "-", name).lower()  # PEP 503
    if (key, extras) in seen:
        return
    seen.add((key, extras))
    try:
        installed = distribution(name)
    except PackageNotFoundError:
        return
    found[key] = Package(installed.metadata["Name"], installed.version, licence_of(installed))
    for required, wanted in _requirements(installed, extras):
        _walk(required, wanted, found, seen)


def _requirements(installed: Distribution, extras: frozenset[str]) -> Iterator[tuple[str, frozenset[str]]]:
    for line in installed.requires or ():
        requirement = _REQUIREMENT.match(line)
        assert requirement is not None, line
        name, wanted, marker = requirement.groups()
        needed_for = _EXTRA.findall(marker or "")
        if not needed_for or not extras.isdisjoint(needed_for):
            yield name, frozenset(extra.strip() for extra in (wanted or "").split(",") if extra.strip())


def licence_of(installed: Distribution) -> str | None:
    """Tell a package's licence as its metadata do: the expression, else the short text, else the classifiers."""
    for text in [*_values(installed, "License-Expression"), *_values(installed, "License")]:
        if text and "\n" not in text and len(text) <= MAX_LICENCE:
            return text
    kinds = [kind.rpartition("::")[2].strip() for kind in _values(installed, "Classifier") if _is_licence(kind)]
    return ", ".join(kinds) or None


def _values(installed: Distribution, field: str) -> list[str]:
    return [str(value).strip() for value in installed.metadata.get_all(field) or ()]


def _is_licence(classifier: str) -> bool:
    return classifier.startswith("License ::") and classifier != "License :: OSI Approved"
