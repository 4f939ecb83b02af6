"""A pasted token is read offline: what is around it does not matter, what is wrong with it is told apart."""

from __future__ import annotations

import base64
import time
from datetime import UTC, datetime, timedelta

import jwt
import orjson
import pytest

from tests.api.conftest import MARKETPLACE, SID, make_token
from wbcore.api.catalog import METHOD_BY_ID, METHODS, Method, TokenKind
from wbcore.api.token import TokenFacts, TokenUnreadable, can_call, clean, read

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def in_days(days: float) -> int:
    return int((NOW + timedelta(days=days)).timestamp())


def reason(text: str) -> str:
    with pytest.raises(TokenUnreadable) as caught:
        read(text)
    return caught.value.reason


@pytest.mark.parametrize(
    "around",
    [
        "{}",
        "  {}  ",
        "{}\n",
        "\r\n\t{}\r\n",
        '"{}"',
        "'{}'",
        "«{}»",
        "“{}”",
        "`{}`",
        "Bearer {}",
        "bearer   {}",
        "BEARER\t{}",
        "Authorization: {}",
        "Authorization: Bearer {}",
        'authorization:"Bearer {}"',
        '"Authorization": "Bearer {}",',
        "-H 'Authorization: {}'",
        "WB_TOKEN={}",
        "export WB_TOKEN='{}'",
        "token: {}",
        "Токен: {}",
        "\ufeff{}",
        "\u200b{}\u200b",
        "\u00a0{}\u2060",
        "{};",
        "<{}>",
        "Authorization: Bearer <{}>",
        "-H 'Authorization: {}' \\",
        "{}=",
    ],
)
def test_what_comes_along_when_a_token_is_copied_does_not_matter(around: str, token: str) -> None:
    assert clean(around.format(token)) == token
    assert read(around.format(token)) == read(token)


def test_a_token_broken_over_lines_is_read_as_one(token: str) -> None:
    assert read("\n".join(token[i : i + 76] for i in range(0, len(token), 76))) == read(token)


def test_a_token_with_its_parts_filled_up_to_fours_is_the_same_without(token: str) -> None:
    padded = ".".join(part + "=" * (-len(part) % 4) for part in token.split("."))
    assert padded != token
    assert clean(padded) == token


def test_the_facts_of_a_personal_token() -> None:
    text = make_token(exp=in_days(179.5))
    facts = read(text)
    assert facts.to_json(NOW) == {
        "kind": "personal",
        "test": False,
        "read_only": False,
        "seller_sid": SID,
        "categories": ["marketplace", "statistics"],
        "unknown_bits": [],
        "expires_at": "2027-05-22T00:00:00Z",
        "days_left": 179,
        "fingerprint": facts.fingerprint,
    }
    assert len(facts.fingerprint) == 12
    assert facts.environment == "production"


@pytest.mark.parametrize(
    ("claims", "kind", "test"),
    [
        ({"acc": 1}, "basic", False),
        ({"acc": 2, "t": True}, "test", True),
        ({"acc": 2, "t": None}, "test", True),
        ({"acc": 3}, "personal", False),
        ({"acc": 4, "for": "asid:1"}, "service", False),
        ({"acc": None}, "unknown", False),
        ({"acc": None, "t": True}, "test", True),
        ({"acc": 9}, "unknown", False),
        ({"acc": "3"}, "personal", False),
        ({"acc": []}, "unknown", False),
    ],
)
def test_the_type_is_read_from_the_claims(claims: dict[str, object], kind: TokenKind, test: bool) -> None:
    facts = read(make_token(**claims))
    assert (facts.kind, facts.test) == (kind, test)
    assert facts.environment == ("test" if test else "production")


def test_all_categories_come_in_the_catalogues_order_and_unknown_bits_are_kept() -> None:
    facts = read(make_token(s=(1 << 33) - 1, newclaim=1, another={"a": 1}))
    assert facts.categories[:5] == ("content", "analytics", "prices", "marketplace", "statistics")
    assert len(facts.categories) == 13
    assert facts.read_only
    assert facts.unknown_bits == (0, 8, 14, 15, *range(17, 30), 31, 32)
    assert facts.unknown_claims == ("another", "newclaim")


def test_a_mask_as_a_string_is_a_number_too() -> None:
    assert read(make_token(s="16126")).categories[0] == "content"


@pytest.mark.parametrize("exp", [1_800_000_000, 1_800_000_000.5, "1800000000"])
def test_an_expiry_may_be_a_number_of_any_kind(exp: object) -> None:
    assert read(make_token(exp=exp)).expires_at == datetime(2027, 1, 15, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    "exp", [None, "soon", [], 10**30, -(10**30), 1e300, float("inf"), float("nan"), True]
)
def test_an_expiry_that_can_not_be_read_is_no_expiry(exp: object) -> None:
    facts = read(make_token(exp=exp))
    assert facts.expires_at is None
    assert facts.days_left(NOW) is None
    assert not facts.expired(NOW)


@pytest.mark.parametrize(
    ("days", "left", "expired"),
    [(1.5, 1, False), (0.5, 0, False), (0, 0, True), (-0.1, -1, True), (-9, -9, True)],
)
def test_days_are_counted_down_to_the_expiry(days: float, left: int, expired: bool) -> None:
    facts = read(make_token(exp=in_days(days)))
    assert facts.days_left(NOW) == left
    assert facts.expired(NOW) is expired


def test_facts_survive_the_database() -> None:
    for claims in ({}, {"exp": None, "acc": None, "s": (1 << 40) - 1, "x": 1}):
        facts = read(make_token(**claims))
        assert TokenFacts.from_record(orjson.loads(orjson.dumps(facts.to_record()))) == facts


@pytest.mark.parametrize("text", ["", "   ", "\n", '""', "Bearer ", "Authorization: Bearer", "\u200b"])
def test_nothing_pasted(text: str) -> None:
    assert reason(text) == "empty"


@pytest.mark.parametrize("kept", [0.1, 0.3, 0.5, 0.66])
def test_half_a_token_is_recognised(kept: float, token: str) -> None:
    assert reason(token[: int(len(token) * kept)]) == "cut"


@pytest.mark.parametrize("lost", [1, 2, 3, 4, 20, 60])
def test_a_few_letters_missing_at_the_end_are_noticed(lost: int, token: str) -> None:
    assert reason(token[:-lost]) == "cut"


@pytest.mark.parametrize("lost", [1, 5, 30])
def test_letters_missing_at_the_start_are_noticed(lost: int, token: str) -> None:
    assert reason(token[lost:]) == "cut"


def test_no_signature_at_all_or_a_shortened_display(token: str) -> None:
    assert reason(token.rpartition(".")[0]) == "cut"
    assert reason(token.rpartition(".")[0] + ".") == "cut"
    assert reason(token[:20] + "…" + token[-10:]) == "cut"
    assert reason(token[:20] + "..." + token[-10:]) == "cut"


def test_how_much_came_is_told(token: str) -> None:
    with pytest.raises(TokenUnreadable) as caught:
        read("Bearer " + token[:100])
    assert caught.value.length == 100


@pytest.mark.parametrize("between", ["", "\n", " ", ",", "\n\nBearer "])
def test_two_tokens_pasted_in_one(between: str, token: str) -> None:
    assert reason(token + between + make_token(s=MARKETPLACE)) == "two_tokens"
    assert reason(token + between + token) == "two_tokens"
    assert reason(token + between + token[:60]) == "two_tokens"


@pytest.mark.parametrize(
    "key",
    [
        "sk-" + "a1B2" * 12,
        "sk-proj-" + "a1B2" * 20,
        "Bearer sk-ant-" + "x" * 40,
        "ghp_" + "a" * 36,
        "AKIA" + "A" * 16,
        "xoxb-1-2-3",
        "123456789:" + "A" * 35,
        "-----BEGIN PRIVATE KEY-----",
        "0f8fad5b-d9cb-469f-a165-70867728950e",
    ],
)
def test_a_key_of_another_service(key: str) -> None:
    assert reason(key) == "foreign"


@pytest.mark.parametrize(
    "claims", [{"sub": "1"}, {"typ": "Bearer", "sid": "x"}, {"s": "read write"}, {"s": None}, {"s": True}, {}]
)
def test_a_jwt_without_wbs_claims(claims: dict[str, object]) -> None:
    assert reason(jwt.encode(claims, "k" * 32, algorithm="HS256")) == "not_wb"


@pytest.mark.parametrize(
    "text",
    [
        "привет",
        "12345",
        "https://seller.wildberries.ru/",
        "<html></html>",
        "...a.b",
        "a.b.c",
        "a" * 16_000,
        "null",
    ],
)
def test_no_token_at_all(text: str) -> None:
    assert reason(text) == "garbage"


def test_a_token_with_changed_letters(token: str) -> None:
    middle = token.index(".") + 10
    assert reason(token[:middle] + "*" + token[middle + 1 :]) == "garbage"
    assert reason("е" + token[1:]) == "garbage"  # a Cyrillic letter
    assert reason(token + "AAAA") == "garbage"


@pytest.mark.parametrize("filler", ["x", " ", "eyJ", "Bearer ", "\u200b", "[", "é", "."])
def test_a_megabyte_of_text_is_refused_at_once(filler: str) -> None:
    started = time.thread_time()
    assert reason(filler * (1_048_576 // len(filler))) == "too_long"
    assert time.thread_time() - started < 0.5


@pytest.mark.parametrize(
    "filler", ["x", " ", "eyJ", "eyJhbGci", "Bearer ", "\u200b", "[", "a.", "token=", "key-H"]
)
def test_the_longest_text_that_is_read_takes_no_time_either(filler: str) -> None:
    started = time.thread_time()
    reason((filler * 16_384)[:16_384])
    assert time.thread_time() - started < 1


def test_a_payload_nested_without_end_is_no_token() -> None:
    def part(text: str) -> str:
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    bomb = f"{part(chr(123) + chr(34) + 'alg' + chr(34) + ':1}')}.{part('[' * 9000)}.AAAA"
    assert reason(bomb) in ("garbage", "not_wb")


def test_the_exception_carries_no_text(token: str) -> None:
    with pytest.raises(TokenUnreadable) as caught:
        read(token[:-5])
    assert str(caught.value) == "cut"
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


# --- Before a request is sent ------------------------------------------------------------------------------

WRITING = Method("x.write", "POST", "marketplace-api", "/x", "marketplace", "fbs_orders", writes=True)


@pytest.mark.parametrize(
    ("claims", "environment", "method", "expected"),
    [
        ({}, "production", "orders.new", None),
        ({}, "demo", "orders.new", None),
        ({"s": 1 << 5}, "production", "orders.new", "scope_missing"),
        ({"s": 1 << 5}, "production", "statistics.orders", None),
        ({"s": 1 << 4}, "production", "statistics.orders", "scope_missing"),
        ({"s": 1 << 9}, "production", "seller.info", None),
        ({"s": 1 << 30}, "production", "seller.info", "scope_missing"),
        ({"s": 1 << 20}, "production", "seller.info", None),
        ({"exp": in_days(-1)}, "production", "orders.new", "token_expired"),
        ({"acc": 2, "t": True}, "test", "orders.new", None),
        ({"acc": 2, "t": True}, "test", "seller.info", "wrong_environment"),
        ({"acc": 2, "t": True}, "production", "orders.new", "wrong_environment"),
        ({"acc": 2, "t": True}, "demo", "orders.new", "wrong_environment"),
        ({}, "test", "orders.new", "wrong_environment"),
        ({"s": 1 << 4 | 1 << 30}, "production", "orders.new", None),
        ({"s": 1 << 4 | 1 << 30}, "production", WRITING, "token_read_only"),
        ({"s": 1 << 4}, "production", WRITING, None),
        # The test environment, method by method
        ({"acc": 2, "t": True}, "test", "orders.period", None),
        ({"acc": 2, "t": True}, "test", "orders.dbs.new", None),
        ({"acc": 2, "t": True}, "test", "orders.archive", "wrong_environment"),
        ({"acc": 2, "t": True}, "test", "orders.dbw.new", "wrong_environment"),
        ({"acc": 2, "t": True}, "test", "statistics.orders", "wrong_environment"),
    ],
)
def test_what_a_token_can_not_do_is_known_before_sending(
    claims: dict[str, object], environment: str, method: str | Method, expected: str | None
) -> None:
    row = METHOD_BY_ID[method] if isinstance(method, str) else method
    assert can_call(read(make_token(**claims)), environment, row, NOW) == expected  # type: ignore[arg-type]


def test_a_token_is_judged_at_the_moment_that_is_asked_about() -> None:
    facts = read(make_token(exp=in_days(1000)))
    asked = {
        days: can_call(facts, "production", METHODS[0], NOW + timedelta(days=days)) for days in (999, 1001)
    }
    assert asked == {999: None, 1001: "token_expired"}


def test_a_full_token_can_make_every_request_of_the_catalogue() -> None:
    facts = read(make_token(s=(1 << 17) - 1))
    assert {can_call(facts, "production", method) for method in METHODS} == {None}
