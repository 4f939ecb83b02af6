"""Whatever comes in, what comes out is one of the project's own exceptions, and no piece of the token."""

from __future__ import annotations

import string

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api.conftest import make_token
from tests.api.server import RawServer
from tests.api.test_secrecy import pieces_in
from wbcore.api.client import Unlimited, WBClient
from wbcore.api.errors import WBError, error_from_response
from wbcore.api.token import TokenUnreadable, clean, read

TOKEN = make_token()
FACTS = read(TOKEN)

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False)
    | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["title", "detail", "code", "errors", "requestId", "orders", "next"])
            | st.text(max_size=5),
            inner,
            max_size=6,
        )
    ),
    max_leaves=12,
)
BODIES = st.binary(max_size=300) | JSON.map(orjson.dumps) | JSON.map(lambda d: orjson.dumps(d)[:-3])
ECHOES = st.tuples(st.binary(max_size=20), st.integers(0, 200), st.integers(8, 300)).map(
    lambda t: t[0] + TOKEN[t[1] : t[1] + t[2]].encode()
)
NAMES = st.sampled_from(
    [
        "X-Ratelimit-Retry",
        "X-Ratelimit-Limit",
        "X-Ratelimit-Reset",
        "Content-Type",
        "Location",
        "X-Request-Id",
    ]
)
HEADERS = st.dictionaries(NAMES | st.text(max_size=10), st.text(max_size=30) | st.just(TOKEN), max_size=5)


def all_text(error: BaseException) -> str:
    return f"{error} {error!r} {error.args} {vars(error)}"


@given(st.integers(-1, 1000), HEADERS, BODIES | ECHOES)
@settings(max_examples=400)
def test_any_answer_becomes_an_error_of_ours(status: int, headers: dict[str, str], body: bytes) -> None:
    error = error_from_response("orders.new", status, headers, body, secret=TOKEN)
    assert isinstance(error, WBError)
    assert len(str(error)) < 1300
    assert not pieces_in(all_text(error), TOKEN)


@given(st.text() | st.text(string.ascii_letters + string.digits + "._- \n\"'", max_size=300))
@settings(max_examples=400)
def test_any_text_is_read_or_refused_as_a_token(text: str) -> None:
    assert clean(clean(text)) == clean(text)
    assert_facts_or_refusal(text)


@given(st.integers(0, len(TOKEN)), st.integers(0, len(TOKEN)), st.text(max_size=5))
@settings(max_examples=400)
def test_any_damage_to_a_token_is_read_or_refused(start: int, end: int, patch: str) -> None:
    text = TOKEN[:start] + patch + TOKEN[end:]
    assert_facts_or_refusal(text)


def assert_facts_or_refusal(text: str) -> None:
    refusal: TokenUnreadable | None = None
    try:
        read(text)
    except TokenUnreadable as error:
        refusal = error
    if refusal is not None:
        assert not pieces_in(all_text(refusal), text)
        assert refusal.__context__ is None


HEADER_BYTES = st.binary(max_size=40).map(lambda b: b.replace(b"\r", b"").replace(b"\n", b""))


@given(
    st.sampled_from([100, 199, 200, 200, 200, 204, 206, 302, 304, 401, 404, 429, 500, 999]),
    st.lists(
        st.tuples(
            st.sampled_from(
                [
                    b"Content-Length",
                    b"Transfer-Encoding",
                    b"Content-Encoding",
                    b"Location",
                    b"Content-Type",
                    b"X-Ratelimit-Retry",
                    b"X-Ratelimit-Remaining",
                    b"Set-Cookie",
                ]
            )
            | HEADER_BYTES,
            HEADER_BYTES | st.sampled_from([b"gzip", b"chunked", b"5", b"-1", TOKEN.encode()]),
        ),
        max_size=4,
    ),
    BODIES | ECHOES,
)
@settings(max_examples=250, suppress_health_check=[HealthCheck.too_slow])
def test_any_bytes_on_the_wire_are_an_answer_or_an_error_of_ours(
    status: int, headers: list[tuple[bytes, bytes]], body: bytes
) -> None:
    head = [f"HTTP/1.1 {status} X".encode(), *(name + b": " + value for name, value in headers)]
    assert_answer_or_error(b"\r\n".join([*head, b"", b""]) + body)


@given(st.binary(max_size=200))
@settings(max_examples=100)
def test_any_bytes_at_all_are_an_answer_or_an_error_of_ours(answer: bytes) -> None:
    assert_answer_or_error(answer)


def assert_answer_or_error(answer: bytes) -> None:
    with (
        RawServer([answer]) as server,
        WBClient(
            TOKEN,
            FACTS,
            environment="production",
            gateway=server.gateway,
            quota=Unlimited(),
            attempts=1,
            timeout=(2, 2),
        ) as client,
    ):
        refusal: WBError | None = None
        try:
            client.orders_new()
        except WBError as error:
            refusal = error
    if refusal is not None:
        assert not pieces_in(all_text(refusal), TOKEN)
        assert refusal.__context__ is None


@pytest.mark.parametrize(
    "attempt", ["eyJ" * 5000, "." * 16_000, "Bearer " * 2000, "\ud800" * 100, "\x00" * 100]
)
def test_texts_made_to_break_a_reader(attempt: str) -> None:
    with pytest.raises(TokenUnreadable):
        read(attempt)
