"""A bulletin that shows everything a look is about."""

from newsletter.bulletin.compose import List, Press
from newsletter.bulletin.source import read_source
from newsletter.message.look import Look
from newsletter.web.staff import bulletin_parts as parts

_SAMPLE = """---
number: SAMPLE
title: Spindle bearing lubrication
preheader: Grease with half the usual amount
class: technical
language: en
models: VX-500
heartbeat: true
---
# Spindle bearing lubrication

Dear reader, grease with **half** the usual amount. [Read the instruction](https://example.com/) first.

| Machine | Amount |
| --- | ---: |
| VX-500 | 12 g |
| VX-500i | 15 g |

> Stop the spindle before you open the cover.

1. Clean the nipple.
2. Press once.
"""


def sample_letter(look: Look) -> str:
    """The HTML of a letter to nobody in this look."""
    desk = parts.desk()
    press = Press(read_source(_SAMPLE), desk.sender, List(0, "sample", "Samples"), desk.links, "sample", look=look)
    return next(letter.html for _, letter in press.specimens())
