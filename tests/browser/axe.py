"""Asks axe what of a page somebody could not see, reach or understand."""

from pathlib import Path
from typing import Any

from playwright.async_api import Page, expect

AXE = Path(__file__).parents[2] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN = """async (tags) => {
  const { violations } = await axe.run(document, { runOnly: tags, resultTypes: ["violations"] });
  const some = (nodes) => nodes.slice(0, 3).map((node) => [node.html, node.failureSummary]);
  return violations.map(({ id, help, nodes }) => ({ id, help, nodes: some(nodes) }));
}"""

SETTLE = """() => Promise.allSettled(
  document.getAnimations().filter((one) => one instanceof CSSTransition).map((one) => one.finished))"""


async def findings(page: Page, where: str) -> list[Any]:
    """Ask axe in both themes."""
    found = []
    for scheme in "light", "dark":
        await page.emulate_media(color_scheme=scheme)
        await expect(page.locator(f":root[data-mantine-color-scheme={scheme}]")).to_have_count(1)
        await page.evaluate(SETTLE)  # a colour on its way from one theme to the other is none of either
        found += [(where, scheme, violation) for violation in await page.evaluate(RUN, RULES)]
    return found
