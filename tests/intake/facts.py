"""Facts as an ERP tells them of the cast's machines."""

from newsletter.intake.fact import Fact, read_fact


def written(key: object = "1", **more: object) -> dict[str, object]:
    """A parts order for A100231 as it stands in JSON, unless the test says otherwise."""
    usual: dict[str, object] = {
        "key": key,
        "serial": "A100231",
        "kind": "parts_order",
        "observed_at": "2026-11-20T10:00:00+01:00",
        "source": "ERP",
    }
    return {name: value for name, value in {**usual, **more}.items() if value is not ...}


def fact(key: object = "1", **more: object) -> Fact:
    return read_fact(written(key, **more))
