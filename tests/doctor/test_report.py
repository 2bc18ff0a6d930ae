"""What people read, what programs read, and what the exit status says."""

import json
from collections.abc import Iterator

import pytest

from cli.doctor.examine import Examined, examine, exit_code
from cli.doctor.finding import Finding, State, fine, loss, unseen, warning
from cli.doctor.home import Home
from cli.doctor.report import as_json, as_text
from tests.doctor.conftest import Look

FINE = fine("the journal is whole")
WARNING = warning("the disk fills", would_lose="nothing yet", mend="du -sh /")
LOSS = loss("the queue is short " * 5, would_lose="what comes after it " * 6, mend="echo " + "x" * 100)
UNSEEN = unseen("the clock")


def examined(*findings: Finding) -> list[Examined]:
    return [Examined("Broker", "queue", finding) for finding in findings]


def test_list_is_wrapped_but_for_what_is_pasted() -> None:
    assert as_text(examined(FINE, WARNING, LOSS), width=60, is_coloured=False) == "\n".join(
        [
            "Broker",
            "  ✓ the journal is whole",
            "  ! the disk fills",
            "    loses  nothing yet",
            "    mend   du -sh /",
            "  ✗ the queue is short the queue is short the queue is short",
            "    the queue is short the queue is short",
            "    loses  what comes after it what comes after it what",
            "           comes after it what comes after it what comes",
            "           after it what comes after it",
            "    mend   echo " + "x" * 100,
            "",
            "1 thing would cost events, or the control over them, 1 warning, 1 fine.",
        ]
    )


def test_colours_are_for_terminals_and_change_no_width() -> None:
    plain, coloured = (as_text(examined(LOSS), width=60, is_coloured=on) for on in (False, True))
    assert "\033" not in plain
    assert "\033[1;31m✗\033[0m" in coloured
    assert coloured.count("\n") == plain.count("\n")


def test_what_comes_from_outside_cannot_move_the_cursor() -> None:
    assert "\033" not in as_text(examined(fine("rejected: \033[2J")), width=80, is_coloured=False)


def test_json_holds_everything() -> None:
    assert json.loads(as_json(examined(WARNING))) == {
        "exit_code": 0,
        "findings": [
            {
                "family": "Broker",
                "check": "queue",
                "state": "warning",
                "what": "the disk fills",
                "would_lose": "nothing yet",
                "mend": "du -sh /",
            }
        ],
    }


@pytest.mark.parametrize(
    ("findings", "code", "sentence"),
    [
        ([FINE], 0, "Nothing seen would be lost, 1 fine."),
        ([FINE, WARNING, WARNING], 0, "Nothing seen would be lost, 2 warnings, 1 fine."),
        ([FINE, UNSEEN], 2, "Nothing seen would be lost, 1 thing not visible, 1 fine."),
        ([UNSEEN, LOSS], 1, "1 thing would cost events, or the control over them, 1 thing not visible, 0 fine."),
    ],
)
def test_exit_status_tells_loss_from_what_was_not_seen(findings: list[Finding], code: int, sentence: str) -> None:
    assert exit_code(examined(*findings)) == code
    assert as_text(examined(*findings), width=80, is_coloured=False).endswith(sentence)


def test_check_that_crashes_is_a_finding_and_not_the_end(look: Look, caplog: pytest.LogCaptureFixture) -> None:
    def crashes(_home: Home) -> Iterator[Finding]:
        yield FINE
        raise ZeroDivisionError("by a fault of ours")

    def goes_on(_home: Home) -> Iterator[Finding]:
        yield FINE

    said = examine(look(), [("Broker", (crashes, goes_on))])
    assert [(each.check, each.finding.state) for each in said] == [
        ("crashes", State.FINE),
        ("crashes", State.UNSEEN),
        ("goes_on", State.FINE),
    ]
    assert "`crashes` failed, a fault of ours: by a fault of ours" in said[1].finding.what
    assert "ZeroDivisionError" in caplog.text
