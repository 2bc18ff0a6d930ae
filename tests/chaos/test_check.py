"""The checker finds what it is there for: each ledger here has one mistake in it."""

from dataclasses import replace

import pytest

from chaos.check import Stored, check
from chaos.ledger import Published, Rendered

NUMBERS = range(1, 7)


def published(numbers=NUMBERS):
    return Published(set(numbers), {number: f"id-{number}" for number in numbers}, set(numbers))


def stored(numbers=NUMBERS):
    return [Stored(seq, seq - 1, "pub", number, "ledger") for seq, number in enumerate(numbers, 1)]


def shown(journal):
    return [Rendered("event", one.seq, one.prev, "e", one.device, one.number) for one in journal]


def judge(one=None, journal=None, screen=None):
    journal = stored() if journal is None else journal
    return check({"pub": one or published()}, journal, {"screen": shown(journal) if screen is None else screen})


def found(count):
    names = ("lost", "doubled", "out_of_order", "unadmitted_gaps", "admitted_gaps", "invented", "rejected")
    return {name: getattr(count, name) for name in names if getattr(count, name)}


def test_what_was_promised_stored_and_shown_has_no_fault():
    verdict = judge()
    assert (verdict.faults, verdict.proved, verdict.journal.events, verdict.screens["screen"].events) == (0, 6, 6, 6)


def test_lost_when_proved_and_not_in_the_journal():
    verdict = judge(journal=stored([1, 2, 4, 5, 6]))
    assert found(verdict.journal) == {"lost": 1}
    assert verdict.journal.examples == ["lost: ('pub', 3)"]


def test_lost_when_kept_by_the_outbox_and_not_in_the_journal():
    one = published()
    one.proved.remove(3)
    assert found(judge(one, stored([1, 2, 4, 5, 6])).journal) == {"lost": 1}


def test_begun_and_not_kept_may_be_stored_or_not():
    one = published()
    del one.kept[3]
    one.proved.remove(3)
    assert judge(one).faults == 0
    assert judge(one, stored([1, 2, 4, 5, 6])).faults == 0


def test_doubled_when_the_journal_has_a_number_twice():
    assert found(judge(journal=stored([1, 2, 3, 3, 4, 5, 6])).journal) == {"doubled": 1}


def test_out_of_order_when_two_numbers_are_swapped():
    assert found(judge(journal=stored([1, 2, 4, 3, 5, 6])).journal) == {"out_of_order": 1}


def test_each_publisher_has_an_order_of_its_own():
    journal = [Stored(1, 0, "pub", 2, "ledger"), Stored(2, 1, "other", 1, "ledger")]
    screens = {"screen": shown(journal)}
    assert check({"pub": published([2]), "other": published([1])}, journal, screens).faults == 0


def test_gap_when_the_journal_does_not_hang_together():
    journal = stored()
    journal[3] = replace(journal[3], prev=2)
    assert found(judge(journal=journal).journal) == {"unadmitted_gaps": 1}


def test_invented_when_nobody_raised_it():
    assert found(judge(journal=stored([1, 2, 3, 4, 5, 6, 7])).journal) == {"invented": 1}


def test_rejected_is_a_fault_and_not_a_loss():
    one = published()
    one.rejected.add("id-3")
    assert found(judge(one, stored([1, 2, 4, 5, 6])).journal) == {"rejected": 1}


@pytest.mark.parametrize(
    ("change", "faults"),
    [
        (lambda screen: screen[:-1], {"lost": 1}),
        (lambda screen: [*screen[:3], *screen[2:]], {"doubled": 1}),
        (lambda screen: [*screen[:2], *screen[3:]], {"lost": 1, "unadmitted_gaps": 1}),
        (lambda screen: [screen[0], screen[2], screen[1], *screen[3:]], {"out_of_order": 1, "unadmitted_gaps": 1}),
        (lambda screen: [*screen[:2], Rendered("gap", 3, 3), *screen[3:]], {"lost": 1, "admitted_gaps": 1}),
        (lambda screen: [*screen, Rendered("event", 7, 6, "e", "pub", 7)], {"invented": 1}),
        (lambda screen: [*screen[:5], replace(screen[5], number=9)], {"invented": 1}),
        (lambda _: [], {"lost": 6}),
    ],
    ids=["loss", "double", "hole", "swap", "admitted gap", "shown and not stored", "another one", "nothing"],
)
def test_screen_that_does_not_show_the_journal_is_found(change, faults):
    verdict = judge(screen=change(shown(stored())))
    assert found(verdict.screens["screen"]) == faults
    assert verdict.faults == sum(faults.values())


def test_screen_need_not_have_shown_what_came_after_all_were_at_rest():
    journal = [*stored(), Stored(7, 6, category="gap")]
    screens = {"screen": shown(stored())}
    assert check({"pub": published()}, journal, screens, head=6).faults == 0
    assert check({"pub": published()}, journal, screens, head=7).faults == 1


def test_alerts_of_others_are_counted_apart_and_must_be_shown():
    journal = [*stored(), Stored(7, 6, category="gap")]
    verdict = judge(journal=journal)
    assert (verdict.faults, verdict.journal.events, verdict.others) == (0, 6, {"gap": 1})
    assert found(judge(journal=journal, screen=shown(stored())).screens["screen"]) == {"lost": 1}
