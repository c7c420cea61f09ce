"""Following links, with real servers on loopback; the rule what is public is handed in, and by default it is strict."""

import socket
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler

import pytest

from newsletter.probe.answer import Outcome
from newsletter.probe.look import Care, look
from newsletter.probe.names import Unanswered
from tests.probe.web import says, site


def here(**kinds: object) -> Care:
    """Care for which every name is this machine, and this machine is public."""
    return Care(**{"resolve": lambda _: ["127.0.0.1"], "may_visit": lambda _: True, "seconds": 2.0, **kinds})


def test_a_page_that_is_there_answers_to_head_alone() -> None:
    with site(says(200, Content_Length="12")) as page:
        assert look(page.url("/a b?c={d}"), here()).outcome is Outcome.ANSWERS
        assert [(method, path) for method, path, _ in page.asked] == [("HEAD", "/a%20b?c=%7Bd%7D")]


def test_nothing_is_sent_that_tells_who_asks() -> None:
    with site(says(200)) as page:
        look(page.url().replace("http://", "http://ann:secret@"), here())
        (_, _, headers) = page.asked[0]
        assert sorted(headers) == ["Accept", "Accept-Encoding", "Connection", "Host", "User-Agent"]


def test_a_server_that_knows_only_get_is_asked_so() -> None:
    def answer(asked: BaseHTTPRequestHandler) -> None:
        says(405 if asked.command == "HEAD" else 200)(asked)

    with site(answer) as page:
        assert look(page.url(), here()).outcome is Outcome.ANSWERS
        assert [method for method, *_ in page.asked] == ["HEAD", "GET"]


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(404, Outcome.BROKEN), (410, Outcome.BROKEN), (403, Outcome.UNSURE), (429, Outcome.UNSURE), (503, Outcome.UNSURE)],
)
def test_what_the_server_says_is_told(status: int, outcome: Outcome) -> None:
    with site(says(status)) as page:
        answer = look(page.url(), here())
        assert (answer.outcome, answer.status) == (outcome, status)
        assert str(status) in answer.words


def test_an_image_without_a_length_is_weighed_and_at_most_so_far() -> None:
    def answer(asked: BaseHTTPRequestHandler) -> None:
        says(200, Content_Type="image/png")(asked)
        if asked.command == "GET":
            asked.wfile.write(b"x" * 50_000)

    with site(answer) as page:
        assert look(page.url("/a.png"), here()).octets == 50_000
        assert look(page.url("/a.png"), here(most_octets=10_000)).octets == 10_000


def test_redirects_are_followed_a_few_times() -> None:
    def answer(asked: BaseHTTPRequestHandler) -> None:
        step = int(asked.path.strip("/") or 0)
        says(302, Location=f"/{step + 1}")(asked) if step < 3 else says(200)(asked)

    with site(answer) as page:
        assert look(page.url(), here()).outcome is Outcome.ANSWERS
        assert look(page.url(), here(most_redirects=2)).outcome is Outcome.LOST


def test_who_redirects_in_a_circle_is_left() -> None:
    with site(says(301, Location="/")) as page:
        assert look(page.url(), here()).outcome is Outcome.LOST
        assert len(page.asked) == 6


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:{port}/", "http://localhost:{port}/", "http://0x7f.1:{port}/", "http://[::ffff:127.0.0.1]:{port}/"],
)  # fmt: skip
def test_by_default_nothing_is_sent_to_loopback(url: str) -> None:
    with site(says(200)) as page:
        answer = look(url.format(port=page.port), Care(resolve=lambda _: ["127.0.0.1"]))
        assert (answer.outcome, page.asked) == (Outcome.NOT_PUBLIC, [])


@pytest.mark.parametrize(
    "target",
    [
        "http://10.0.0.1/", "http://192.168.0.1/", "http://169.254.169.254/latest/meta-data/", "http://100.64.0.1/",
        "http://[::ffff:10.0.0.1]/", "http://[::1]/", "http://127.0.0.1:1/", "//127.1/", "file:///etc/passwd",
        "gopher://127.0.0.1/", "javascript:alert(1)", "http://evil.example@127.0.0.1/",
    ],
)  # fmt: skip
def test_a_redirect_into_a_private_network_is_not_followed(target: str) -> None:
    """Only the first address may be visited, as if it were a public one: every step is judged anew."""
    with site(says(302, Location=target)) as page:
        strict = Care().may_visit
        first = iter([True])
        care = here(may_visit=lambda address: next(first, False) or strict(address))
        answer = look(page.url(host="public.example"), care)
        assert (answer.outcome, len(page.asked)) == (Outcome.NOT_PUBLIC, 1)


@pytest.mark.parametrize("inside", ["10.0.0.1", "169.254.169.254", "100.64.0.1", "::ffff:127.0.0.1", "fe80::1", "::1"])
def test_a_name_that_is_private_in_one_of_its_addresses_is_not_visited(inside: str) -> None:
    answer = look("http://shop.example/", Care(resolve=lambda _: ["8.8.8.8", inside]))
    assert answer.outcome is Outcome.NOT_PUBLIC
    assert inside in answer.words


def test_the_connection_goes_to_the_address_that_was_judged() -> None:
    """DNS rebinding: the second question about a name gets another answer, so there is no second question."""
    answers = iter([["127.0.0.1"], ["10.0.0.1"]])
    with site(says(200)) as page:
        judged: list[str] = []
        care = here(resolve=lambda _: next(answers), may_visit=lambda address: not judged.append(address))
        assert look(page.url(host="rebinding.example"), care).outcome is Outcome.ANSWERS
        assert judged == ["127.0.0.1"]
        assert page.asked[0][2]["Host"] == f"rebinding.example:{page.port}"


def test_a_server_that_never_ends_is_left_in_time() -> None:
    """One octet at a time keeps every timeout of a socket from coming."""

    def drip(asked: BaseHTTPRequestHandler) -> None:
        for _ in range(100):
            asked.wfile.write(b"H")
            time.sleep(0.05)

    with site(drip) as page:
        began = time.monotonic()
        assert look(page.url(), here(seconds=0.4)).outcome is Outcome.SLOW
        assert time.monotonic() - began < 4  # it drips for five seconds


def test_a_way_that_takes_too_long_in_all_is_left() -> None:
    def answer(asked: BaseHTTPRequestHandler) -> None:
        time.sleep(0.1)
        says(302, Location="/")(asked)

    with site(answer) as page:
        assert look(page.url(), here(seconds_in_all=0.15)).outcome is Outcome.SLOW
        assert len(page.asked) == 2


@pytest.mark.parametrize("port", [22, 25, 587, 993])
def test_what_is_no_web_server_is_not_spoken_to(port: int) -> None:
    assert look(f"http://shop.example:{port}/", here()).outcome is Outcome.UNSURE


def test_a_server_that_says_nothing_is_slow() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        assert look(url, here(seconds=0.3)).outcome is Outcome.SLOW


def test_a_server_that_speaks_no_http_is_unreachable() -> None:
    def hang_up(listener: socket.socket) -> None:
        with suppress(OSError):  # the listener was closed
            while True:
                listener.accept()[0].close()

    with socket.create_server(("127.0.0.1", 0)) as odd:
        # A daemon: how often it is called depends on whether the caller hears of the end before it asks.
        threading.Thread(target=hang_up, args=(odd,), daemon=True).start()
        assert look(f"http://127.0.0.1:{odd.getsockname()[1]}/", here()).outcome is Outcome.UNREACHABLE


def test_a_certificate_is_asked_for() -> None:
    with site(says(200)) as page:
        answer = look(page.url().replace("http:", "https:"), here())
        assert answer.outcome in (Outcome.UNREACHABLE, Outcome.BROKEN)


def test_a_name_that_is_nowhere_is_broken_and_silent_dns_is_no_verdict() -> None:
    def silence(_: str) -> list[str]:
        raise Unanswered("DNS did not answer.")

    assert look("https://nowhere.example/", here(resolve=lambda _: [])).outcome is Outcome.BROKEN
    assert look("https://nowhere.example/", here(resolve=silence)).outcome is Outcome.UNREACHABLE
    assert look(f"https://{'a' * 64}.example/", here()).outcome is Outcome.UNREACHABLE
