"""Fault 26: when it is a burst, and when it is people."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from newsletter.burst.burst import Group
from newsletter.burst.detect import FEWEST, Found, Leaving, SizeOf, found_in

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


def leaves(person: int, at: float, domain: str = "acme.example", account: int = 1, network: str = "") -> Leaving:
    return Leaving(person, person, NOW + timedelta(seconds=at), domain, (account,) if account else (), network)


def sizes(people: int) -> SizeOf:
    return lambda _group, _name, _at_most: people


def seen(found: tuple[Found, ...]) -> list[tuple[str, str, int, int]]:
    return [(burst.group, burst.name, len(burst.leavings), burst.people) for burst in found]


def test_37_of_40_at_one_domain_within_two_minutes_are_one_burst() -> None:
    everybody = [leaves(n, n * 3) for n in range(37)]
    assert seen(found_in(everybody, sizes(40))) == [(Group.DOMAIN, "acme.example", 37, 40)]


def test_as_many_of_a_public_provider_are_people() -> None:
    assert found_in([leaves(n, n * 3, account=n) for n in range(37)], sizes(5_000)) == ()


def test_four_colleagues_are_no_burst() -> None:
    assert found_in([leaves(n, n) for n in range(4)], sizes(4)) == ()


def test_one_a_minute_is_no_burst() -> None:
    assert found_in([leaves(n, n * 61) for n in range(40)], sizes(40)) == ()


def test_one_person_who_leaves_ten_topics_is_no_burst() -> None:
    tens = [Leaving(n, 1, NOW + timedelta(seconds=n), "acme.example", (1,), "net") for n in range(10)]
    assert found_in(tens, sizes(1)) == ()


def test_a_firm_with_many_domains_is_seen_by_its_account() -> None:
    everybody = [leaves(n, n, domain=f"site{n}.example", account=7) for n in range(8)]
    assert seen(found_in(everybody, sizes(10))) == [(Group.ACCOUNT, "7", 8, 10)]


def test_a_service_that_checks_mail_for_many_firms_is_seen_by_its_network() -> None:
    everybody = [leaves(n, n, domain=f"d{n}.example", account=n, network="n1") for n in range(12)]
    others = [leaves(100 + n, n, domain=f"o{n}.example", account=100 + n) for n in range(5)]
    assert seen(found_in([*everybody, *others], sizes(1_000))) == [(Group.NETWORK, "n1", 12, 0)]


def test_two_bursts_of_one_domain_an_hour_apart_are_two() -> None:
    twice = [leaves(n, n) for n in range(6)] + [leaves(10 + n, 3600 + n) for n in range(7)]
    assert [len(burst.leavings) for burst in found_in(twice, sizes(11))] == [7, 6]


def test_ten_thousand_at_once_are_judged_in_no_time() -> None:
    everybody = [leaves(n, n / 100) for n in range(10_000)]
    assert seen(found_in(everybody, sizes(12_000)))[0][2] == 10_000


LEAVINGS = st.lists(
    st.tuples(st.integers(0, 1_000), st.sampled_from(["a.example", "b.example"]), st.integers(0, 2)), max_size=40
)


@given(LEAVINGS, st.integers(1, 40))
def test_an_opt_out_is_in_few_bursts_and_each_burst_is_as_large_as_it_must_be(
    told: list[tuple[int, str, int]], people: int
) -> None:
    everybody = [leaves(n, at, domain, account) for n, (at, domain, account) in enumerate(told)]
    for burst in found_in(everybody, sizes(people)):
        assert len({leaving.person_id for leaving in burst.leavings}) >= FEWEST[burst.group]
        assert list(burst.leavings) == sorted(burst.leavings, key=lambda leaving: (leaving.at, leaving.opt_out_id))
    assert found_in(everybody[::-1], sizes(people)) == found_in(everybody, sizes(people))
