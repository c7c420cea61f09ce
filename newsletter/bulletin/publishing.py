"""Whether a bulletin says that everybody may read it."""

from newsletter.bulletin.front_matter import Field, Front

_SAID = {"true": True, "yes": True, "false": False, "no": False, "": None}


def read_archive(fields: Front) -> bool | None:
    """What `archive:` says; None where it says nothing. Raises BadBulletin."""
    field = fields.get("archive", Field("", 1, 1))
    if field.value.lower() not in _SAID:
        raise field.refusal("{} is neither yes nor no.", "Write `archive: true` or `archive: false`.")
    return _SAID[field.value.lower()]
