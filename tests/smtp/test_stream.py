"""Many copies over one connection, each envelope travelling with the message before (RFC 2920, RFC 3030)."""

import pytest

from newsletter.smtp.client import Client
from newsletter.smtp.relay import Relay
from newsletter.smtp.timeouts import Timeouts
from tests.smtp.caller import ACCEPTED, FINE, FIRST_WITH_SECOND, LAST, NOT_TRIED, THREE, Caller
from tests.smtp.scripted_server import (
    FAREWELL,
    GROUP,
    ScriptedServer,
    Step,
    hang,
    hear,
    hear_message,
    reset,
    say,
    say_octets,
)

PATIENT = Timeouts()
THIRD_ALONE = [hear("RSET"), *GROUP, say("250 reset", "250 ok", "250 ok", "354 go"), hear_message, say("250 taken")]


@pytest.mark.parametrize(
    ("script", "outcomes", "dots"),
    [
        pytest.param([FINE, hear_message, *GROUP, FINE, *LAST], [ACCEPTED] * 3, "123", id="all is well"),
        pytest.param(
            [say("250 taken"), FINE, hang],
            ["accepted/none+", "unsent/protocol-", NOT_TRIED],
            "1",
            id="a stray 250",
        ),
        pytest.param(
            [say("250 1", "250 ok", "250 ok", "354 go", "250 stray"), hang],
            [ACCEPTED, "unsent/protocol-", NOT_TRIED],
            "1",
            id="row 10: a reply too many",
        ),
        pytest.param(
            [say("250 1", "250 ok", "550 5.1.1 who?", "503 order"), *THIRD_ALONE, *FAREWELL],
            [ACCEPTED, "refused/recipient+", ACCEPTED],
            "13",
            id="row 5: the recipient ahead is refused",
        ),
        pytest.param(
            [say("250 1", "451 4.3.0 later", "503 order", "503 order"), *THIRD_ALONE, *FAREWELL],
            [ACCEPTED, "deferred/sender+", ACCEPTED],
            "13",
            id="the sender ahead is put off",
        ),
        pytest.param(
            [say("250 1", "250 ok", "250 ok", "554 no"), *THIRD_ALONE, *FAREWELL],
            [ACCEPTED, "refused/content+", ACCEPTED],
            "13",
            id="DATA ahead is refused",
        ),
        pytest.param(
            [say("250 1", "250 ok", "450 grey", "354 go"), hear_message, say("554 none"), *THIRD_ALONE, *FAREWELL],
            [ACCEPTED, "deferred/recipient+", ACCEPTED],
            "13",
            id="354 with nobody left gets a single dot",
        ),
        pytest.param(
            [say("250 1", "250 ok", "550 no", "354 go"), hear_message, say("250 thanks"), hang],
            [ACCEPTED, "refused/recipient-", NOT_TRIED],
            "1",
            id="the single dot is accepted",
        ),
        pytest.param(
            [say("552 5.3.4 too large", "250 ok", "250 ok", "354 go"), hear_message, *GROUP, FINE, *LAST],
            ["refused/size+", ACCEPTED, ACCEPTED],
            "123",
            id="row 7: offers SIZE, then 552",
        ),
        pytest.param(
            [say("550 no", "500 what?", "500 what?", "500 what?"), hang],
            ["refused/content+", "unsent/protocol-", NOT_TRIED],
            "1",
            id="row 6: refuses in mid-message and reads on",
        ),
        pytest.param(
            [say("421 full")], ["deferred/connection-", NOT_TRIED, NOT_TRIED], "1", id="row 4: 421 to the dot"
        ),
        pytest.param(
            [say("250 1", "421 enough")],
            [ACCEPTED, "unsent/connection-", NOT_TRIED],
            "1",
            id="row 4: 421 to the MAIL ahead",
        ),
        pytest.param(
            [say("250 1", "250 ok", "421 4.7.0 not you")],
            [ACCEPTED, "deferred/policy-", NOT_TRIED],
            "1",
            id="row 4: 421 to the RCPT ahead",
        ),
        pytest.param([], ["in doubt/connection-", NOT_TRIED, NOT_TRIED], "1", id="row 3: closed after the dot"),
        pytest.param([reset], ["in doubt/connection-", NOT_TRIED, NOT_TRIED], "1", id="row 3: reset after the dot"),
        pytest.param(
            [say_octets(b"250 tak")], ["in doubt/connection-", NOT_TRIED, NOT_TRIED], "1", id="row 3: half an answer"
        ),
        pytest.param(
            [say("250 1")], [ACCEPTED, "unsent/connection-", NOT_TRIED], "1", id="row 4: closed before the next MAIL"
        ),
        pytest.param(
            [say("250 1", "250 ok")], [ACCEPTED, "unsent/connection-", NOT_TRIED], "1", id="row 4: closed in the group"
        ),
        pytest.param([FINE], [ACCEPTED, "in doubt/connection-", NOT_TRIED], "12", id="closed when the second went out"),
        pytest.param([hang], ["in doubt/timeout-", NOT_TRIED, NOT_TRIED], "1", id="row 6: silent after the dot"),
        pytest.param(
            [say("250 1"), hang], [ACCEPTED, "unsent/extension-", NOT_TRIED], "1", id="drops what follows the dot"
        ),
        pytest.param(
            [say("250 1", "503 what?", "503 what?", "503 what?"), hang],
            [ACCEPTED, "unsent/extension-", NOT_TRIED],
            "1",
            id="does not understand a group",
        ),
        pytest.param(
            [say("hello there"), hang], ["in doubt/protocol-", NOT_TRIED, NOT_TRIED], "1", id="row 10: no code"
        ),
        pytest.param(
            [say_octets(b"\xff\xfe\r\n"), hang], ["in doubt/protocol-", NOT_TRIED, NOT_TRIED], "1", id="row 10: 8-bit"
        ),
        pytest.param(
            [say_octets(b"250-x\r\n" * 500), hang],
            ["in doubt/protocol-", NOT_TRIED, NOT_TRIED],
            "1",
            id="row 10: an endless answer",
        ),
        pytest.param([say("354 go"), hang], ["in doubt/protocol-", NOT_TRIED, NOT_TRIED], "1", id="354 to the dot"),
        pytest.param(
            [say("250 1", "354 go", "250 ok", "250 ok"), hang],
            [ACCEPTED, "unsent/protocol-", NOT_TRIED],
            "1",
            id="row 10: answers out of order",
        ),
        pytest.param(
            [
                say("250-" + "x" * 600, "250 f\xfcr Sie"),
                say("250 ok", "250 ok", "354 go"),
                hear_message,
                *GROUP,
                FINE,
                *LAST,
            ],
            [ACCEPTED] * 3,
            "123",
            id="row 10: 600 octets and two lines",
        ),
    ],
)
def test_every_copy_comes_back_once_and_in_order(
    script: list[Step], outcomes: list[str], dots: str, brief: Timeouts
) -> None:
    timeouts = brief if hang in script else PATIENT
    with (
        ScriptedServer([*FIRST_WITH_SECOND, *script]) as server,
        Client(Relay("127.0.0.1", server.port), timeouts=timeouts) as ours,
    ):
        caller = Caller(ours)
        assert caller.run(THREE) == outcomes
    assert "".join(caller.dots) == dots
