"""A name server on loopback that knows what a test tells it."""

import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import dns.flags
import dns.message
import dns.rcode
import dns.resolver
import dns.rrset

Zone = Mapping[tuple[str, str], Sequence[str]]


@contextmanager
def name_server(zone: Zone) -> Iterator[dns.resolver.Resolver]:
    """A resolver that asks a server with these records: (name, kind) to texts. Other names do not exist."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
        wire.bind(("127.0.0.1", 0))
        thread = threading.Thread(target=_serve, args=(wire, zone))
        thread.start()
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers, resolver.port = ["127.0.0.1"], wire.getsockname()[1]
        yield resolver
        wire.sendto(b"", wire.getsockname())
        thread.join()


def _serve(wire: socket.socket, zone: Zone) -> None:
    while True:
        octets, whose = wire.recvfrom(4096)
        if not octets:
            return
        wire.sendto(_answer(dns.message.from_wire(octets), zone).to_wire(), whose)


def _answer(asked: dns.message.Message, zone: Zone) -> dns.message.Message:
    question = asked.question[0]
    name, kind = str(question.name).rstrip("."), question.rdtype.name
    answer = dns.message.make_response(asked)
    answer.flags |= dns.flags.AA | dns.flags.RA
    if records := zone.get((name, kind)):
        texts = [f'"{text}"' if kind == "TXT" else text for text in records]
        answer.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *texts))
    elif not any(name == known for known, _ in zone):
        answer.set_rcode(dns.rcode.NXDOMAIN)
    return answer
