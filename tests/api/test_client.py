"""The client over real sockets: what it sends, what it tries again, what it makes of answers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import orjson
import pytest

from tests.api.conftest import MARKETPLACE, ClientMaker, make_token
from tests.api.server import RawServer, Reply, Seen, Server, gzipped, json_reply
from wbcore.api import catalog, errors
from wbcore.api.catalog import METHOD_BY_ID, METHODS, Method
from wbcore.api.client import MAX_ERROR_BODY, PROBES, MemoryQuota, WBClient
from wbcore.api.token import TokenUnreadable, read

NEW = METHOD_BY_ID["orders.new"]
ORDERS = {"orders": [{"id": 1, "article": "Чайник"}, {"id": 2}]}


# --- What is sent, and where -------------------------------------------------------------------------------


def test_a_request_goes_through_the_gateway_with_the_bare_token(
    server: Server, client: WBClient, token: str
) -> None:
    server.replies(json_reply(ORDERS))
    assert client.orders_new() == ORDERS["orders"]
    (seen,) = server.seen
    assert (seen.verb, seen.target) == ("GET", "/marketplace-api/api/v3/orders/new")
    assert seen.headers["authorization"] == token
    assert client.requests_sent == 1
    assert client.last_latency_ms >= 0


def test_without_a_gateway_requests_go_to_wbs_hosts_only(make_client: ClientMaker) -> None:
    client = make_client(gateway=None)
    for method in METHODS:
        assert client.address(method) == f"https://{method.host}.wildberries.ru{method.path}"


def test_a_test_token_goes_to_wbs_sandbox_hosts_also_under_the_gateway(
    make_client: ClientMaker, server: Server
) -> None:
    text = make_token(acc=2, t=True)
    direct = make_client(text, environment="test", gateway=None)
    assert direct.address(NEW) == "https://marketplace-api-sandbox.wildberries.ru/api/v3/orders/new"
    server.replies(json_reply(ORDERS))
    make_client(text, environment="test").orders_new()
    assert server.seen[0].target == "/marketplace-api-sandbox/api/v3/orders/new"


def test_a_host_without_a_sandbox_is_not_asked_with_a_test_token(
    make_client: ClientMaker, server: Server
) -> None:
    client = make_client(make_token(acc=2, t=True), environment="test")
    statistics = METHOD_BY_ID["statistics.orders"]
    for ask in (client.seller_info, lambda: client.archive_page(2026, 5, 0), lambda: client.call(statistics)):
        with pytest.raises(errors.NoTestEnvironmentError):
            ask()
    assert server.seen == []


def test_a_host_that_is_not_in_the_catalogue_is_never_asked(make_client: ClientMaker) -> None:
    for host, path in (
        ("example.org", "/x"),
        ("marketplace-api.wildberries.ru@evil", "/x"),
        ("common-api", "x"),
    ):
        with pytest.raises(ValueError, match="catalogue"):
            make_client(gateway=None).call(Method("x", "GET", host, path, None, "seller_info"))


def test_the_learning_cabinet_needs_a_gateway(token: str) -> None:
    with pytest.raises(ValueError, match="gateway"):
        WBClient(token, read(token), environment="demo")
    with pytest.raises(ValueError, match="http"):
        WBClient(token, read(token), environment="production", gateway="ftp://x")


def test_a_token_that_no_header_can_carry_is_refused_without_its_text(token: str) -> None:
    for text in (token + "\r\nX: 1й", "ж" * 20, ""):
        with pytest.raises(TokenUnreadable):
            WBClient(text, read(token), environment="production")


def test_one_connection_is_kept_for_many_requests(server: Server, client: WBClient) -> None:
    server.replies(json_reply(ORDERS))
    for _ in range(20):
        client.orders_new()
    assert len({seen.connection for seen in server.seen}) == 1


def test_bodies_and_parameters_are_sent_as_wb_documents_them(server: Server, client: WBClient) -> None:
    server.replies(json_reply({"orders": [{"id": 5}], "next": 7}))
    assert client.orders_page(3, 100, 200, 50) == ([{"id": 5}], 7)
    assert client.orders_page(0, None, None) == ([{"id": 5}], 7)
    assert client.archive_page(2026, 5, 0) == ([{"id": 5}], 7)
    assert client.statuses([1, 2]) == [{"id": 5}]
    assert client.by_ids("orders.client", (3,)) == [{"id": 5}]
    assert [seen.target.partition("/api/")[2] for seen in server.seen] == [
        "v3/orders?limit=50&next=3&dateFrom=100&dateTo=200",
        "v3/orders?limit=1000&next=0",
        "marketplace/v3/fbs/orders/archive?year=2026&month=5&next=0&limit=1000",
        "v3/orders/status",
        "v3/orders/client",
    ]
    assert [seen.json for seen in server.seen[3:]] == [{"orders": [1, 2]}, {"orders": [3]}]
    assert server.seen[3].headers["content-type"] == "application/json"


def test_no_ids_no_request_and_too_many_are_a_mistake_of_ours(server: Server, client: WBClient) -> None:
    assert client.statuses([]) == []
    with pytest.raises(ValueError, match="1001"):
        client.statuses(range(1001))
    assert server.seen == []


def test_news_seller_statistics_and_ping(server: Server, client: WBClient) -> None:
    server.replies(
        json_reply({"data": [{"id": 1}, None]}),
        json_reply({"name": "ИП", "sid": "s", "tradeMark": "t"}),
        json_reply([{"srid": "a"}]),
        json_reply({"TS": "x", "Status": "OK"}),
    )
    assert client.news("2026-11-01") == [{"id": 1}]
    assert client.seller_info()["name"] == "ИП"
    assert client.statistics_page("2026-11-01T00:00:00") == [{"srid": "a"}]
    client.ping("statistics-api")
    assert [seen.target for seen in server.seen] == [
        "/common-api/api/communications/v2/news?from=2026-11-01",
        "/common-api/api/v1/seller-info",
        "/statistics-api/api/v1/supplier/orders?dateFrom=2026-11-01T00%3A00%3A00&flag=0",
        "/statistics-api/ping",
    ]


@pytest.mark.parametrize("method_id", list(PROBES))
def test_every_capability_is_proven_by_one_harmless_request(
    method_id: str, server: Server, client: WBClient
) -> None:
    shapes = {"statistics.orders": [], "seller.info": {"name": "x"}, "seller.news": {"data": []}}
    server.replies(json_reply(shapes.get(method_id, {"orders": [], "stickers": [], "next": None})))
    assert client.probe(method_id) >= 0
    assert len(server.seen) == 1


def test_there_is_a_probe_for_every_method_of_the_catalogue() -> None:
    assert PROBES.keys() == METHOD_BY_ID.keys()


# --- What is read ------------------------------------------------------------------------------------------


def test_gzip_is_asked_for_and_unpacked(server: Server, client: WBClient) -> None:
    server.replies(gzipped(ORDERS))
    assert client.orders_new() == ORDERS["orders"]
    assert "gzip" in server.seen[0].headers["accept-encoding"]


def test_rows_that_are_no_objects_are_passed_through(server: Server, client: WBClient) -> None:
    rows = [{"id": 1}, None, 7, "x", [], {}]
    server.replies(json_reply({"orders": rows, "next": 0}))
    assert client.orders_new() == rows


def test_one_broken_comment_does_not_lose_the_page(server: Server, client: WBClient) -> None:
    server.replies(
        Reply(body=b'{"orders": [{"id": 1, "comment": "\\ud83d!"}, {"comment": "\\ud83d\\ude00"}]}'),
        Reply(body=b'{"orders": [{"id": 2, "comment": "\xff"}]}'),
        Reply(body=b'\xef\xbb\xbf{"orders": []}'),
    )
    assert client.orders_new() == [{"id": 1, "comment": "\ufffd!"}, {"comment": "😀"}]
    assert client.orders_new() == [{"id": 2, "comment": "\ufffd"}]
    assert client.orders_new() == []
    assert len(server.seen) == 3


@pytest.mark.parametrize("body", [b"null", b"[]", b"{}", b'{"orders": {}}', b'{"orders": 0}', b"1", b'"x"'])
def test_an_answer_of_another_shape_is_an_unexpected_response(
    body: bytes, server: Server, client: WBClient
) -> None:
    server.replies(Reply(body=body))
    with pytest.raises(errors.UnexpectedResponseError) as caught:
        client.orders_new()
    assert caught.value.reason == "wrong_shape"
    assert len(server.seen) == 1


def test_null_is_an_empty_list_wherever_orders_are_listed(server: Server, client: WBClient) -> None:
    server.replies(Reply(body=b'{"orders": null, "stickers": null, "next": 0, "data": null}'))
    assert client.orders_new() == client.orders_new("orders.dbs.new") == client.statuses([1]) == []
    assert client.by_ids("orders.client", [1]) == client.news("2026-11-01") == []
    assert client.orders_page(0, None, None) == ([], 0)
    assert client.archive_page(2026, 5, 0) == ([], 0)
    for method_id in PROBES.keys() - {"seller.info", "statistics.orders"}:
        assert client.probe(method_id) >= 0
    server.replies(Reply(body=b"null"))
    assert client.statistics_page("2026-11-01") == []
    assert client.probe("statistics.orders") >= 0


@pytest.mark.parametrize(
    ("sent", "read_as"),
    [(b"7", 7), (b'"7"', 7), (b"null", 0), (b"0", 0), (b"99999999999999", 99999999999999)],
)
def test_a_cursor_is_a_number_in_any_writing(
    sent: bytes, read_as: int, server: Server, client: WBClient
) -> None:
    server.replies(Reply(body=b'{"orders": [{"id": 1}], "next": %s}' % sent))
    assert client.orders_page(0, None, None)[1] == read_as


@pytest.mark.parametrize("sent", [b'"x"', b"[]", b"true", b"1.5", b"{}"])
def test_a_cursor_that_is_no_number_is_an_unexpected_response(
    sent: bytes, server: Server, client: WBClient
) -> None:
    server.replies(Reply(body=b'{"orders": [{"id": 1}], "next": %s}' % sent))
    with pytest.raises(errors.UnexpectedResponseError):
        client.orders_page(0, None, None)


def test_html_instead_of_json_is_told_as_such(server: Server, make_client: ClientMaker) -> None:
    server.replies(Reply(body=b"<html><h1>Wi-Fi login</h1></html>", headers={"Content-Type": "text/html"}))
    with pytest.raises(errors.UnexpectedResponseError) as caught:
        make_client(attempts=2).orders_new()
    assert caught.value.reason == "html"
    assert "Wi-Fi login" in caught.value.excerpt
    assert len(server.seen) == 2


WITHIN = {
    "a problem": (
        {"title": "unauthorized", "detail": "token withdrawn", "status": 401, "requestId": "abc"},
        errors.TokenWithdrawnError,
        "token withdrawn",
    ),
    "WB's older form": (
        {"data": None, "error": True, "errorText": "Внутренняя ошибка", "additionalErrors": None},
        errors.UnknownError,
        "Внутренняя ошибка",
    ),
    "no orders": ({"orders": None, "error": "сервис перегружен"}, errors.UnknownError, "сервис перегружен"),
}
ASKING: dict[str, Callable[[WBClient], object]] = {
    "new": lambda client: client.orders_new(),
    "period": lambda client: client.orders_page(0, None, None),
    "seller": lambda client: client.seller_info(),
    "ping": lambda client: client.ping("marketplace-api"),
    "news": lambda client: client.news("2026-11-01"),
    "statistics": lambda client: client.statistics_page("2026-11-01"),
    "feed": lambda client: client.probe("order_feed"),
}


@pytest.mark.parametrize("asked", ASKING)
@pytest.mark.parametrize(("document", "kind", "words"), WITHIN.values(), ids=WITHIN)
def test_an_error_that_comes_as_a_success_is_none(
    document: object, kind: type[errors.WBError], words: str, asked: str, server: Server, client: WBClient
) -> None:
    """Read as an empty list it would be the end of an import that has read nothing."""
    server.replies(json_reply(document))
    with pytest.raises(errors.WBError) as caught:
        ASKING[asked](client)
    assert type(caught.value) is kind
    assert caught.value.detail == words


def test_a_limit_that_comes_as_a_success_is_waited_for(server: Server, client: WBClient) -> None:
    said = {"title": "too many requests", "detail": "limited by c122a060", "status": 429}
    server.replies(json_reply(said, X_Ratelimit_Retry="0.2"), GOOD)
    assert client.orders_new() == ORDERS["orders"]
    assert server.seen[1].at - server.seen[0].at >= 0.2


@pytest.mark.parametrize("said", [{}, {"message": "ok"}, {"sid": None, "name": 7}])
def test_what_names_no_seller_is_no_sellers_answer(said: object, server: Server, client: WBClient) -> None:
    """A proxy that has a kind word for everything: the key would stand as proven."""
    server.replies(json_reply(said))
    for ask in (client.seller_info, lambda: client.probe("seller.info")):
        with pytest.raises(errors.UnexpectedResponseError, match="names no seller"):
            ask()


# --- What is tried again -----------------------------------------------------------------------------------

GOOD = json_reply(ORDERS)
WHOLE = orjson.dumps(ORDERS)
PASSING = {
    "500": Reply(500),
    "408": Reply(408),
    "425": Reply(425),
    "503 with html": Reply(503, b"<html>"),
    "dropped": Reply(fault="drop"),
    "cut against its Content-Length": Reply(body=WHOLE, fault="cut"),
    "JSON cut off": Reply(body=WHOLE[:-9]),
    "JSON cut off at a row's end": Reply(body=WHOLE[: WHOLE.index(b"}") + 1]),
    "gzip cut off": gzipped(ORDERS, cut=20),
    "gzip that is none": Reply(body=WHOLE, headers={"Content-Encoding": "gzip"}),
    "a chunk cut off": Reply(body=b"50\r\n" + WHOLE[:20], headers={"Transfer-Encoding": "chunked"}),
    "empty": Reply(body=b""),
    "html": Reply(body=b"<html></html>"),
}


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING.keys())
def test_what_passes_by_itself_is_tried_again(fault: Reply, server: Server, client: WBClient) -> None:
    server.replies(fault, fault, GOOD)
    assert client.orders_new() == ORDERS["orders"]
    assert len(server.seen) == client.requests_sent == 3


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 405, 409, 413, 418, 422])
def test_a_4xx_is_never_tried_again(status: int, server: Server, client: WBClient) -> None:
    server.replies(Reply(status), GOOD)
    with pytest.raises(errors.WBError) as caught:
        client.orders_new()
    assert caught.value.http_status == status
    assert len(server.seen) == 1


def test_wb_down_for_long_is_told_after_the_last_attempt(server: Server, make_client: ClientMaker) -> None:
    server.replies(Reply(502, b"<html>"))
    with pytest.raises(errors.WBUnavailableError):
        make_client(attempts=4).orders_new()
    assert len(server.seen) == 4


def test_a_writing_method_is_sent_once(server: Server, client: WBClient) -> None:
    server.replies(Reply(fault="drop"))
    write = Method("x.write", "POST", "marketplace-api", "/x", "marketplace", "fbs_orders", writes=True)
    with pytest.raises(errors.NetworkError):
        client.call(write, body={})
    assert len(server.seen) == 1


def test_pauses_between_attempts_grow_and_are_random(
    server: Server, make_client: ClientMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wbcore.api.client.BACKOFF_S", 0.04)
    asked: list[tuple[float, float]] = []

    def uniform(low: float, high: float) -> float:
        asked.append((low, high))
        return high / 10

    monkeypatch.setattr("wbcore.api.client.random.uniform", uniform)
    server.replies(Reply(500))
    client = make_client()
    with pytest.raises(errors.WBUnavailableError):
        client.orders_new()
    assert asked == [(0, 0.04), (0, 0.08), (0, 0.16), (0, 0.32)]
    assert client.waited_s >= 0.06


# --- The network -------------------------------------------------------------------------------------------


def reason_of(client: WBClient) -> str:
    with pytest.raises(errors.NetworkError) as caught:
        client.orders_new()
    assert caught.value.http_status is None
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    return caught.value.reason


def test_nobody_listens(make_client: ClientMaker) -> None:
    with Server() as gone:
        gateway = gone.gateway
    assert reason_of(make_client(gateway=gateway, attempts=2)) == "refused"


def test_the_name_is_not_known(make_client: ClientMaker) -> None:
    assert reason_of(make_client(gateway="http://no-such-host.invalid", attempts=1)) == "dns"


def test_no_answer_in_time(server: Server, make_client: ClientMaker) -> None:
    server.replies(Reply(delay=120))
    started = time.monotonic()
    assert reason_of(make_client(timeout=(5, 0.1), attempts=2)) == "timeout"
    assert time.monotonic() - started < 60


def test_the_body_stops_half_way_in(make_client: ClientMaker) -> None:
    class Stalling(RawServer):
        def _serve(self) -> None:
            self.open = self._socket.accept()[0]
            self.open.recv(65_536)
            self.open.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{")

    with Stalling([]) as stalling:
        assert reason_of(make_client(gateway=stalling.gateway, timeout=(1, 0.1), attempts=1)) == "timeout"


def test_the_connection_is_dropped(server: Server, make_client: ClientMaker) -> None:
    server.replies(Reply(fault="drop"))
    assert reason_of(make_client(attempts=2)) == "dropped"
    assert len(server.seen) == 2


def test_what_speaks_is_not_http(make_client: ClientMaker) -> None:
    with RawServer([b"SSH-2.0-OpenSSH\r\n"] * 2) as odd:
        assert reason_of(make_client(gateway=odd.gateway, attempts=2)) == "dropped"


@pytest.fixture
def tls_server(tmp_path: Path) -> Iterator[Server]:
    with Server(tls=self_signed(tmp_path)) as running:
        yield running


def self_signed(folder: Path):
    import datetime as dt
    import ipaddress
    import ssl

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, now - dt.timedelta(1), now + dt.timedelta(1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    pem, pkcs8, plain = (
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (folder / "key.pem").write_bytes(key.private_bytes(pem, pkcs8, plain))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context


def test_a_certificate_that_nobody_vouches_for_gets_no_token(
    tls_server: Server, make_client: ClientMaker
) -> None:
    client = make_client(gateway=tls_server.gateway)
    assert reason_of(client) == "tls"
    assert tls_server.seen == []
    assert client.requests_sent == 2


# --- Limits ------------------------------------------------------------------------------------------------


def test_a_429_is_waited_out_as_long_as_wb_says(server: Server, make_client: ClientMaker) -> None:
    server.replies(json_reply({}, 429, X_Ratelimit_Retry="0.3"), GOOD)
    shown: list[float] = []
    client = make_client(on_wait=shown.append)
    assert client.orders_new() == ORDERS["orders"]
    first, second = server.seen
    assert second.at - first.at >= 0.3
    assert 0 < shown[0] <= 0.3
    assert len(shown) <= 3, "it is shown now and then, not as fast as can be"
    assert client.waited_s >= 0.3


@pytest.mark.parametrize(
    ("method", "full_in", "wait"),
    [
        ("orders.new", "4", 0.2),  # of a burst of 20, at one in 0.2 s
        ("orders.new", "0.1", 0.1),
        ("orders.new", "3600", 3596.2),  # another limiter's: what it says is heeded
        ("statistics.orders", "600", 60.0),
    ],
)
def test_a_429_that_only_says_when_the_burst_is_full_waits_for_one_request(
    server: Server, make_client: ClientMaker, method: str, full_in: str, wait: float
) -> None:
    server.replies(json_reply({}, 429, X_Ratelimit_Reset=full_in))
    with pytest.raises(errors.RateLimitedError) as caught:
        make_client(max_wait_s=0).call(METHOD_BY_ID[method])
    assert caught.value.retry_after_s == pytest.approx(wait)


def test_a_429_also_holds_back_the_next_client_of_the_same_quota(
    server: Server, make_client: ClientMaker
) -> None:
    quota = MemoryQuota()
    server.replies(json_reply({}, 429, X_Ratelimit_Retry="0.3"), GOOD)
    with pytest.raises(errors.RateLimitedError):
        make_client(quota=quota, attempts=1).orders_new()
    make_client(quota=quota).orders_new()
    first, second = server.seen
    assert second.at - first.at >= 0.3


def test_a_wait_that_is_too_long_is_told_instead(server: Server, make_client: ClientMaker) -> None:
    server.replies(json_reply({"detail": "limited by x"}, 429, X_Ratelimit_Retry="3600"))
    with pytest.raises(errors.RateLimitedError) as caught:
        make_client().orders_new()
    assert caught.value.retry_after_s == 3600
    assert caught.value.http_status == 429
    assert len(server.seen) == 1


def test_a_429_that_does_not_end_is_told_after_the_last_attempt(
    server: Server, make_client: ClientMaker
) -> None:
    server.replies(json_reply({}, 429, X_Ratelimit_Retry="0"))
    with pytest.raises(errors.RateLimitedError) as caught:
        make_client(attempts=3).orders_new()
    assert len(server.seen) == 3
    assert caught.value.retry_after_s == pytest.approx(60), (
        "or an import would ask five times a second for ever"
    )


def test_a_wait_can_be_given_up(server: Server, make_client: ClientMaker) -> None:
    class Stop(Exception):
        pass

    def stop(left: float) -> None:
        if left < 59.8:
            raise Stop

    server.replies(json_reply({}, 429, X_Ratelimit_Retry="60"))
    client = make_client(on_wait=stop)
    with pytest.raises(Stop):
        client.orders_new()
    assert client.waited_s < 50


def test_a_wait_that_the_caller_slept_is_not_slept_twice(server: Server, make_client: ClientMaker) -> None:
    server.replies(json_reply({}, 429, X_Ratelimit_Retry="1"), GOOD)
    slept: list[float] = []

    def sleep(left: float) -> None:
        slept.append(left)
        time.sleep(left)

    make_client(on_wait=sleep).orders_new()
    assert len(slept) == 1


def test_the_documented_bucket_is_kept_without_asking_wb(server: Server, make_client: ClientMaker) -> None:
    server.replies(GOOD)
    client = make_client(quota=MemoryQuota())
    started = time.monotonic()
    for _ in range(20):
        client.orders_new()
    assert client.waited_s == 0
    for _ in range(3):
        client.orders_new()
    # 20 at once, then one each 200 ms.
    assert server.seen[22].at - started >= 0.59


def time_stands_still() -> float:
    return 0.0


def test_the_quota_belongs_to_the_seller_not_to_the_token(server: Server, make_client: ClientMaker) -> None:
    quota = MemoryQuota(time_stands_still)
    server.replies(GOOD)
    for kind in (3, 4):
        client = make_client(make_token(acc=kind), quota=quota, max_wait_s=0)
        for _ in range(10):
            client.orders_new()
    with pytest.raises(errors.RateLimitedError):
        client.orders_new()
    make_client(make_token(sid="another"), quota=quota, max_wait_s=0).orders_new()
    assert len(server.seen) == 21


def test_a_refusal_costs_ten_requests(server: Server, make_client: ClientMaker) -> None:
    server.replies(Reply(400))
    client = make_client(quota=MemoryQuota(time_stands_still), max_wait_s=0)
    for _ in range(2):
        with pytest.raises(errors.BadRequestError):
            client.orders_new()
    with pytest.raises(errors.RateLimitedError) as caught:
        client.orders_new()
    assert len(server.seen) == 2
    assert caught.value.http_status is None
    assert caught.value.retry_after_s == pytest.approx(0.2)


def test_what_wb_says_is_left_is_believed(server: Server, make_client: ClientMaker) -> None:
    server.replies(json_reply(ORDERS, X_Ratelimit_Remaining="0"))
    client = make_client(quota=MemoryQuota(time_stands_still), max_wait_s=0)
    for _ in range(2):  # one of tolerance
        client.orders_new()
    with pytest.raises(errors.RateLimitedError):
        client.orders_new()


def test_a_basic_tokens_statistics_are_asked_once_in_three_hours(
    server: Server, make_client: ClientMaker
) -> None:
    server.replies(json_reply([]))
    client = make_client(make_token(acc=1), quota=MemoryQuota(time_stands_still))
    client.statistics_page("2026-11-01")
    with pytest.raises(errors.RateLimitedError) as caught:
        client.statistics_page("2026-11-01")
    assert caught.value.retry_after_s == pytest.approx(3 * catalog.HOUR)
    assert len(server.seen) == 1


def test_wbs_sandbox_hosts_take_one_request_a_second_over_all_methods(
    server: Server, make_client: ClientMaker
) -> None:
    server.replies(json_reply({"orders": []}))
    client = make_client(
        make_token(acc=2, t=True, s=MARKETPLACE),
        environment="test",
        quota=MemoryQuota(time_stands_still),
        max_wait_s=0,
    )
    client.orders_new()
    with pytest.raises(errors.RateLimitedError):
        client.orders_new("orders.dbs.new")


# --- Size and speed ----------------------------------------------------------------------------------------


def test_only_the_start_of_an_errors_body_is_read(server: Server, make_client: ClientMaker) -> None:
    server.replies(Reply(400, b"x" * 50 * MAX_ERROR_BODY), GOOD)
    client = make_client()
    with pytest.raises(errors.BadRequestError):
        client.orders_new()
    assert client.orders_new() == ORDERS["orders"]


def test_a_page_of_a_thousand_orders_costs_little_more_than_parsing_it(
    server: Server, client: WBClient
) -> None:
    row = {"id": 1, "rid": "a" * 30, "article": "чайник" * 3, "skus": ["1" * 13], "price": 100, "nmId": 7}
    body = orjson.dumps({"orders": [{**row, "id": n} for n in range(1000)], "next": 1})

    def answer(seen: Seen) -> Reply:
        return Reply(body=body)

    server.answers(answer)
    client.orders_page(0, None, None)
    started = time.thread_time()  # what else the machine does is not counted
    for _ in range(50):
        client.orders_page(0, None, None)
    assert (time.thread_time() - started) / 50 < 0.05
