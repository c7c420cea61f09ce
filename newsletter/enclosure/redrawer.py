"""The process of `apart`: a file on standard input, a picture on standard output, little memory and little time."""

import json
import resource
import sys

MEMORY = 900_000_000  # octets of address space; 40 megapixels take a fifth of it twice
SECONDS = 15  # of computing


def main() -> None:
    """Answer once: a line of JSON, then the octets of the picture."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    from newsletter.enclosure.redraw import redraw  # noqa: PLC0415 - only after the limits
    from newsletter.errors import BadFile  # noqa: PLC0415 - the same

    try:
        drawn = redraw(sys.stdin.buffer.read())
    except BadFile as error:
        _say({"refused": error.message, "hint": error.hint}, b"")
    else:
        _say({"kind": drawn.kind, "width": drawn.width, "height": drawn.height}, drawn.octets)


def _say(what: dict[str, str | int], octets: bytes) -> None:
    sys.stdout.buffer.write(json.dumps(what).encode() + b"\n" + octets)


main()
