"""Where the web may listen, and how a person is told."""

import os
import socket

import pytest

from autonomy_project.launch import addresses
from autonomy_project.launch.addresses import AddressTaken


@pytest.fixture
def busy_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_free_port_is_as_it_was_asked_for(busy_port):
    free = addresses.claimable("127.0.0.1", 0)

    assert free != busy_port
    assert addresses.claimable("127.0.0.1", free) == free


def test_a_busy_port_says_which_one_to_take_instead(busy_port):
    with pytest.raises(AddressTaken) as refusal:
        addresses.claimable("127.0.0.1", busy_port)

    sentence = str(refusal.value)
    assert f"Port {busy_port} on 127.0.0.1 is taken by another program" in sentence
    advised = int(sentence.rpartition("--port ")[2])
    assert addresses.claimable("127.0.0.1", advised) == advised


@pytest.mark.skipif(os.geteuid() == 0, reason="root may take any port")
def test_a_port_for_root_only_says_so():
    with pytest.raises(AddressTaken, match="only for root"):
        addresses.claimable("127.0.0.1", 80)


@pytest.mark.parametrize("host", ["no-such-host.invalid", "192.0.2.1"])
def test_an_address_of_another_machine_is_refused(host):
    with pytest.raises(AddressTaken, match=r"127\.0\.0\.1"):
        addresses.claimable(host, 0)


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("0.0.0.0", "http://127.0.0.1:8000"),
        ("::", "http://[::1]:8000"),
        ("::1", "http://[::1]:8000"),
        ("crm.example.com", "http://crm.example.com:8000"),
    ],
)
def test_the_address_is_one_that_a_person_here_can_open(host, url):
    assert addresses.url(host, 8000) == url


@pytest.mark.parametrize(
    ("host", "allowed"),
    [("127.0.0.1", ["127.0.0.1"]), ("0.0.0.0", ["127.0.0.1"]), ("::1", ["127.0.0.1", "[::1]"])],
)
def test_the_host_that_was_asked_for_may_be_asked_for(host, allowed):
    assert addresses.also_allowed(["127.0.0.1"], host) == allowed
