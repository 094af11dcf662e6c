"""A tenant's webhook leads to the outside and nowhere else, when it is set and each time it is used."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest

from engine.connectors import webhooks
from engine.connectors.chat import post as post_to_chat
from engine.connectors.contract import NotDelivered, Uncertain
from engine.connectors.webhooks import BadAddress, checked, post
from tests.connectors.receiver import Receiver, receiver
from tests.sinks import free_port

PUBLIC = "93.184.215.14"


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """What names stand for in this test; numbers stand for themselves, as everywhere."""
    known: dict[str, list[str]] = {"hooks.example": [PUBLIC]}
    really = socket.getaddrinfo

    def look_up(host: Any, port: Any, *more: Any, **how: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name not in known:
            return really(host, port, *more, **how)
        families = [(socket.AF_INET6 if ":" in address else socket.AF_INET, address) for address in known[name]]
        return [(family, socket.SOCK_STREAM, 6, "", (address, port)) for family, address in families]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return known


@pytest.fixture
def private(settings: Any) -> None:
    settings.ALLOW_PRIVATE_ADDRESSES = True


@pytest.fixture
def server(private: None) -> Iterator[Receiver]:
    with receiver() as running:
        yield running


INSIDE = [
    "http://127.0.0.1/",
    "http://127.0.0.1:8000/",
    "http://127.1/",
    "http://127.255.255.254/",
    "http://0.0.0.0/",
    "http://0/",
    "http://localhost/",
    "http://LOCALHOST./",
    "http://0x7f.1/",
    "http://0x7f000001/",
    "http://0177.0.0.1/",
    "http://2130706433/",
    "http://[::1]/",
    "http://[::]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[::ffff:10.0.0.1]/",
    "http://[::127.0.0.1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[64:ff9b::a00:1]/",
    "http://[64:ff9b::a9fe:a9fe]/",
    "http://[64:ff9b:1::7f00:1]/",
    "http://[2002:7f00:1::]/",
    "http://[2002:a9fe:a9fe::]/",
    "http://[2001:0:a9fe:a9fe::1]/",
    "http://[fe80::1]/",
    "http://[fe80::1%25lo]/",
    "http://[fc00::1]/",
    "http://[fd00:ec2::254]/",
    "http://[fec0::1]/",
    "http://[ff02::1]/",
    "http://169.254.169.254/latest/meta-data/",
    "http://10.0.0.1/",
    "http://10.255.255.255/",
    "http://172.16.0.1/",
    "http://172.31.255.255/",
    "http://192.168.0.1/",
    "http://192.0.0.8/",
    "http://100.64.0.1/",
    "http://100.127.255.255/",
    "http://198.18.0.1/",
    "http://224.0.0.1/",
    "http://240.0.0.1/",
    "http://255.255.255.255/",
    "http://\u2460\u2461\u2466.\u24ea.\u24ea.\u2460/",
    "http://\uff11\uff12\uff17.\uff10.\uff10.\uff11/",
    "http://127\u30020\u30020\u30021/",
    "http://\uff4c\uff4f\uff43\uff41\uff4c\uff48\uff4f\uff53\uff54/",
]
NO_ADDRESS = [
    "",
    "hooks.example",
    "//hooks.example/",
    "https:///path",
    "https://",
    "file:///etc/passwd",
    "file://hooks.example/etc/passwd",
    "gopher://hooks.example/",
    "ftp://hooks.example/",
    "javascript:alert(1)",
    "unix:///var/run/docker.sock",
    "http+unix://%2Fvar%2Frun/",
    "https://user@hooks.example/",
    "https://user:password@hooks.example/",
    "https://@hooks.example/",
    "https://:@hooks.example/",
    "https://hooks.example@127.0.0.1/",
    "https://hooks.example:0/",
    "https://hooks.example:99999/",
    "https://hooks.example:port/",
    "https://hooks.example:-1/",
    "https://[::1/",
    "https://[hooks.example]/",
    "https://hooks.example\\@127.0.0.1/",
    "https://127.0.0.1\\.hooks.example/",
    "https://hooks .example/",
    "https://hooks.example/\r\nHost: evil",
    "https://hooks.example/\tpath",
    "https://hooks.example\x00.evil/",
    "https://no.such.name.invalid/",
    "https://" + "a" * 64 + ".example/",
    "https://" + "a." * 150 + "example/",
    "https://..example/",
    "https://xn--\u00e4.example/",
]


@pytest.mark.parametrize("url", INSIDE + NO_ADDRESS)
def test_an_address_that_leads_inside_or_nowhere_is_refused_when_it_is_set(names: Any, url: str) -> None:
    with pytest.raises(BadAddress):
        checked(url)


@pytest.mark.parametrize("url", INSIDE + NO_ADDRESS)
def test_an_address_that_leads_inside_or_nowhere_is_refused_when_it_is_used(
    names: Any, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setattr(webhooks, "_answer", lambda *_: pytest.fail("it was posted"))
    with pytest.raises(NotDelivered):
        post(url, {"text": "Hello"})


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.example/",
        "https://hooks.example:8443/services/T/B?x=1",
        "http://hooks.example",
        f"https://{PUBLIC}/",
        "https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/",
    ],
)
def test_an_address_outside_may_be_set(names: Any, url: str) -> None:
    assert checked(url) == url


@pytest.mark.parametrize("inside", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "fd00::1", "::ffff:10.0.0.1"])
def test_a_name_that_also_stands_for_an_address_inside_is_refused(names: dict[str, list[str]], inside: str) -> None:
    names["mixed.example"] = [PUBLIC, inside]
    with pytest.raises(BadAddress, match="public"):
        checked("https://mixed.example/")


def test_a_name_that_moved_inside_after_it_was_set_is_not_posted_to(names: dict[str, list[str]]) -> None:
    assert checked("https://hooks.example/")
    names["hooks.example"] = ["127.0.0.1"]
    with receiver() as server:
        with pytest.raises(NotDelivered) as refusal:
            post(f"http://hooks.example:{server.port}/", {"text": "Hello"})
        assert refusal.value.final is True
        assert server.taken == []


def test_the_connection_goes_to_the_very_address_that_was_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A name that answers with a public address once and with ours from then on."""
    looked_up: list[Any] = []
    connected: list[Any] = []

    def look_up(host: Any, port: Any, *_: Any, **__: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name == PUBLIC:
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (PUBLIC, port))]
        looked_up.append(name)
        address = PUBLIC if len(looked_up) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    def connect(address: Any, *_: Any, **__: Any) -> Any:
        connected.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(NotDelivered):
        post("http://rebinding.example/", {"text": "Hello"})
    assert (looked_up, connected) == (["rebinding.example"], [(PUBLIC, 80)])


def test_an_allowed_server_gets_the_json_and_the_right_host(server: Receiver) -> None:
    answer = post(f"http://localhost:{server.port}/services/T/B?x=1", {"text": "Gr\u00fc\u00dfe"})
    assert answer.status_code == 200
    assert server.taken == [(f"localhost:{server.port}", "/services/T/B?x=1", {"text": "Gr\u00fc\u00dfe"})]


def test_a_name_with_other_letters_is_sent_as_dns_writes_it(names: dict[str, list[str]], server: Receiver) -> None:
    names["xn--bcher-kva.example"] = names["b\u00fccher.example"] = ["127.0.0.1"]
    post(f"http://b\u00fccher.example:{server.port}/", {"text": "Hello"})
    assert server.taken[0][0] == f"xn--bcher-kva.example:{server.port}"


def test_an_address_in_brackets_is_posted_to(private: None, names: Any) -> None:
    assert checked("http://[::1]:8000/") == "http://[::1]:8000/"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(private: None, status: int) -> None:
    with receiver() as inside, receiver(status=status) as server:
        server.headers["Location"] = f"http://127.0.0.1:{inside.port}/"
        assert post(f"http://127.0.0.1:{server.port}/", {"text": "Hello"}).status_code == status
        assert (len(server.taken), inside.taken) == (1, [])


def test_no_proxy_of_the_environment_is_asked(server: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    assert post(f"http://127.0.0.1:{server.port}/", {"text": "Hello"}).is_success


def test_a_dead_port_proves_that_nothing_was_posted(private: None) -> None:
    with pytest.raises(NotDelivered) as failure:
        post(f"http://127.0.0.1:{free_port()}/", {"text": "Hello"})
    assert failure.value.final is False


def test_a_connection_that_breaks_leaves_a_doubt(private: None) -> None:
    with receiver(status=0) as server, pytest.raises(Uncertain):
        post(f"http://127.0.0.1:{server.port}/", {"text": "Hello"})


def test_a_chat_message_goes_to_the_tenants_own_webhook(server: Receiver, settings: Any) -> None:
    settings.CHAT_WEBHOOK_URL = f"http://127.0.0.1:{free_port()}/"
    receipt = post_to_chat(
        {"channel": "#sales", "text": "Globex wants a call."}, tenant_url=f"http://127.0.0.1:{server.port}/hook"
    )
    assert server.taken == [
        (f"127.0.0.1:{server.port}", "/hook", {"channel": "#sales", "text": "Globex wants a call."})
    ]
    assert receipt.facts == {"status": 200}


@pytest.mark.parametrize(
    ("status", "failure"), [(302, NotDelivered), (400, NotDelivered), (404, NotDelivered), (500, Uncertain)]
)
def test_another_answer_of_a_chat_service_is_no_delivery(private: None, status: int, failure: type[Exception]) -> None:
    with receiver(status=status) as server, pytest.raises(failure):
        post_to_chat({"channel": "#a", "text": "b"}, tenant_url=f"http://127.0.0.1:{server.port}/")


def test_the_installations_own_webhook_may_be_inside(settings: Any) -> None:
    with receiver() as server:
        settings.CHAT_WEBHOOK_URL = f"http://127.0.0.1:{server.port}/"
        post_to_chat({"channel": "#a", "text": "b"})
        assert len(server.taken) == 1


def test_a_name_that_is_not_known_just_now_may_be_tried_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fails(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", fails)
    with pytest.raises(NotDelivered) as failure:
        post("https://hooks.example/", {"text": "Hello"})
    assert failure.value.final is False


def test_an_answer_without_an_end_is_not_read(private: None) -> None:
    with receiver(headers={"Content-Length": "1000000000"}) as server:
        assert post(f"http://127.0.0.1:{server.port}/", {"text": "Hello"}).status_code == 200
