"""How the copies of a trial are laid into batches: those who try by turns into batches of a and of b, then the rest."""

from sqlalchemy import Table, case

from newsletter.bulletin.waves import WHOLE
from newsletter.ledger.delivery import Delivery
from newsletter.ledger.layout import DUE_AT_ONCE, Layout, batch_size, copies_in, drawn, in_parts
from newsletter.ledger.trial import TRIED
from newsletter.ledger.wave import WIDTH, first_batch

_REST = 2  # the part after that of a, 0, and that of b, 1


def in_halves(people: Table, copies: int, share: int, seed: str) -> Layout:
    """Even batches are of a, odd ones of b. Both halves are drawn by lot, and equal but for one copy at most."""
    ranked = drawn(people, seed)
    tried = (ranked.c.total * share + (WHOLE - 1)) // WHOLE
    part = case((ranked.c.drawn < tried, ranked.c.drawn % 2), else_=_REST)
    half, rest = batch_size(copies, share / WHOLE), batch_size(copies, 1 - share / WHOLE)
    parted, batch = in_parts(ranked, part, (half, half, rest))
    of_rest, in_part = first_batch(TRIED + 1), batch - parted.c.part * WIDTH
    laid = case((parted.c.part == _REST, of_rest + in_part), else_=in_part * 2 + parted.c.part)
    return Layout(copies_in(parted, laid, DUE_AT_ONCE), case((Delivery.batch < of_rest, DUE_AT_ONCE)))
