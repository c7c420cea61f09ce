"""Where a link may lead: row by row what SSRF is made of."""

import pytest

from newsletter.probe.public import host_of, is_public, leads_inside


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.8.8", "10.0.0.1", "172.16.0.1", "192.168.1.1", "0.0.0.1", "255.255.255.255", "224.0.0.1",
        "169.254.169.254", "100.64.0.1", "192.0.2.1", "198.18.0.1", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1",
        "fd12::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:100.64.0.1", "::7f00:1", "64:ff9b::a00:1",
        "2002:7f00:1::", "2001:0:1:2::f5ff:fffe", "2001:db8::1", "localhost", "", "1.2.3",
    ],
)  # fmt: skip
def test_addresses_inside_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "193.99.144.80", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_addresses_of_the_open_internet_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/", "http://127.1/", "http://2130706433/", "http://0x7f.1/", "http://0177.0.0.1/",
        "http://%31%32%37.0.0.1/", "http://①②⑦.0.0.1/", "http://127。0。0。1/", "http://good.example\\@127.0.0.1/",
        "http://good.example@127.0.0.1/", "http://[::1]/", "http://[::ffff:10.0.0.1]/", "http://[fe80::1%25eth0]/",
        "http://localhost/", "http://LOCALHOST./", "http://intranet/", "https://nas.local/", "https://git.internal/",
        "https://router.home.arpa/", "http://169.254.169.254/latest/meta-data/", "http:///path", "http://[::1", "https://a.example:99999/",
    ],
)  # fmt: skip
def test_a_link_into_a_private_network_is_seen_however_it_is_written(url: str) -> None:
    assert leads_inside(url)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://parts.acme.example/a?b=c", "parts.acme.example"),
        ("https://PARTS.acme.example.:8443/", "parts.acme.example"),
        ("https://zahnräder.example/", "zahnräder.example"),
        ("https://8.8.8.8/", "8.8.8.8"),
        ("https://127.0.0.1.example.com/", "127.0.0.1.example.com"),
    ],
)
def test_a_public_host_is_read_as_browsers_read_it(url: str, host: str) -> None:
    assert (host_of(url), leads_inside(url)) == (host, False)
