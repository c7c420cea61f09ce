"""Bulletins and a frame to set them in, of the kinds a machine builder writes."""

from newsletter.message.frame import Frame

FRAME = Frame(
    vendor="Kessler & Sohn",
    title="TB-7: grease for your {{ model }}",
    preheader="Grease earlier than the manual says",
    why="You get this because {{ account }} runs a machine of ours.",
    postal_address="Kessler & Sohn\nHafenweg 3\n20457 Hamburg",
    language="en",
    links=(("Stop these letters", "opt_out_url"), ("Choose topics", "preferences_url")),
    lines=("Your machines:", "machines"),
)
TAGS = ("first_name", "model", "serial", "account", "account_number", "done_url")
VALUES = {
    "first_name": "Jürgen",
    "model": "PR-90",
    "serial": "K55012",
    "account": "Werke Süd",
    "account_number": "47/11 & Co",
    "done_url": "https://news.example.com/done?a=1&b=2",
    "opt_out_url": "https://news.example.com/o/abc",
    "preferences_url": "https://news.example.com/p/abc",
    "machines": "PR-90, K55012\nPR-120, <K60001>",
}
LUBRICATION = """\
# Grease the press earlier

Hello {{ first_name }},

your {{ model }} with serial number **{{ serial }}** needs grease sooner, and this sentence is long enough to break.

## Intervals

| Hours | Manual | Now |
|------:|:------:|-----|
| up to 8 | 24 months | ~~24~~ **18 months** |
| 16 | 24 months | {{ serial }} |

1. Read the hours on the *Diagnosis* page.
2. Order [kit K-77](https://www.example.com/k-77)
   or [book a visit](https://www.example.com/s?unit={{ serial }}&a={{ account_number }}#x).
   - with a fitter
   - without

![Grease nipple at {{ model }}](https://www.example.com/nipple.png "At the {{ model }}")

> Running hot? Stop and call <tel:+49401234>.
"""
FIRMWARE = """\
Dear {{ first_name | "colleague" }},

```
DIAG> VERSION {{ model }}
CTRL 7.4.1 <build>
```

***

Please [tell us]({{ done_url }}) or write to <service@example.com>. More: <https://www.example.com/{{ serial }}>
"""
