import socket

import dns.resolver
import pytest

from newsletter.probe.names import Unanswered, addresses_of, texts_of
from tests.probe.name_server import name_server


def test_addresses_come_from_dns_and_from_no_file() -> None:
    with name_server({("a.example", "A"): ["192.0.2.7"], ("a.example", "AAAA"): ["2001:db8::7"]}) as resolver:
        assert addresses_of("a.example", resolver) == ["192.0.2.7", "2001:db8::7"]
        assert addresses_of("localhost", resolver) == []


def test_a_text_in_pieces_is_one_text() -> None:
    with name_server({("k.example", "TXT"): ['v=DKIM1; p=abc" "def']}) as resolver:
        assert texts_of("k.example", resolver) == ["v=DKIM1; p=abcdef"]
        assert texts_of("nobody.example", resolver) == []


def test_silence_is_not_the_same_as_nothing() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf:
        deaf.bind(("127.0.0.1", 0))
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers, resolver.port, resolver.timeout = ["127.0.0.1"], deaf.getsockname()[1], 0.1
        resolver.lifetime = 0.2
        with pytest.raises(Unanswered):
            texts_of("a.example", resolver, seconds=0.3)
