"""Which files a bulletin takes with it."""

from newsletter.bulletin.front_matter import Field, Front

MOST = 5


def read_attach(fields: Front) -> tuple[Field, ...]:
    """The names after `attach:`, each at its place. Raises BadBulletin."""
    field = fields.get("attach", Field("", 1, 1))
    names = tuple(field.parts())
    seen: set[str] = set()
    for name in names:
        if name.value in seen:
            raise name.refusal("{} is attached twice.", "Keep one of them.")
        seen.add(name.value)
    if len(names) > MOST:
        raise names[MOST].refusal(f"More than {MOST} files are attached.", "Put them on a page and link to it.")
    return names
