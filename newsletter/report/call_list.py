"""Lists of accounts as files that somebody calls by. Who asked to be left alone is named in none."""

from collections.abc import Iterable, Sequence

from newsletter.report.coverage import UNREACHED
from newsletter.report.ending import EndingAgreement
from newsletter.report.evidence import kind_in_words
from newsletter.report.listed import ListedAccount
from newsletter.report.table import Cell, Table
from newsletter.retention.account_reach import Unreached

_COLUMNS = (
    "account", "name", "country", "owner", "tier", "machines", "agreement until", "last sign of life", "what it was",
    "verdict", "probability of use", "whom to ask", "address", "role", "language", "why this one, or why nobody",
)  # fmt: skip


def as_calls(accounts: Iterable[ListedAccount]) -> Table:
    """A row an account."""
    return Table(_COLUMNS, (_row(account) for account in accounts))


def as_uncovered_calls(accounts: Iterable[tuple[ListedAccount, Unreached]]) -> Table:
    """The same, with why none of our mail reaches anybody there."""
    return Table((*_COLUMNS, "reached"), ((*_row(account), UNREACHED.get(why, "yes")) for account, why in accounts))


def as_renewal_calls(agreements: Iterable[EndingAgreement]) -> Table:
    """A row an agreement."""
    columns = ("agreement ends", "model", "serial", *_COLUMNS)
    return Table(columns, ((one.until, one.model, one.serial, *_row(one.account)) for one in agreements))


def _row(account: ListedAccount) -> Sequence[Cell]:
    last, chosen = account.standing.last, account.choice.chosen
    return (
        account.number,
        account.name,
        account.country,
        account.owner,
        account.tier,
        "; ".join(account.machines),
        account.agreement_until,
        last.at if last else None,
        kind_in_words(last.kind) if last else "",
        account.standing.verdict.state.replace("_", " "),
        account.standing.verdict.p_used,
        chosen.name if chosen else "",
        chosen.address if chosen else "",
        chosen.role if chosen else "",
        chosen.language if chosen else "",
        account.choice.because or account.nobody_because,
    )
