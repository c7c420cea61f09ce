"""Whose clock counts for a recipient."""

from functools import lru_cache

from newsletter.clock import known_zones


@lru_cache(maxsize=4096)
def zones_of(person: str, account: str, country: str, house: str) -> tuple[str, ...]:
    """The person's zone, else the account's, else those of the country (ISO 3166-1 alpha-2), else the house's.

    A zone that this system does not know counts as none. Countries by Unicode CLDR.
    """
    for zone in (person, account):
        if zone in known_zones():
            return (zone,)
    return _of_country(country.upper()) or (house,)


@lru_cache(maxsize=512)
def _of_country(country: str) -> tuple[str, ...]:
    if not country:
        return ()
    from babel.core import get_global  # noqa: PLC0415 - an engine that keeps no hours has no use for its megabytes

    zones = get_global("territory_zones").get(country, ())
    return tuple(sorted(zone for zone in zones if zone in known_zones()))
