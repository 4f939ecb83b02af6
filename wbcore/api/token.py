"""A WB token read offline: what it opens, whose it is, until when. Sends nothing, keeps nothing.

WB publishes no key, so the signature can't be checked here; WB itself judges it. What leaves this module is
``TokenFacts``: everything that may be shown or stored, and nothing that could be used in the token's place.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal

from wbcore.api.catalog import (
    CATEGORIES,
    READ_ONLY_BIT,
    TOKEN_KINDS,
    Environment,
    Method,
    TokenKind,
)

UnreadableReason = Literal["empty", "cut", "foreign", "two_tokens", "not_wb", "garbage", "too_long"]

MAX_LENGTH: Final = 16_384
"""Characters, as pasted. A WB token has some 500; anything longer than this is a wrong file."""

KNOWN_CLAIMS: Final = frozenset(
    {"id", "s", "sid", "oid", "uid", "iid", "ent", "exp", "t", "acc", "for"}
    | {"iat", "nbf", "iss", "aud", "sub", "jti"}  # the registered ones of RFC 7519
)
_MASK_64: Final = 2**64 - 1
_CATEGORY_BITS: Final = frozenset(c.bit for c in CATEGORIES)


class TokenUnreadable(ValueError):
    """What was pasted is not a WB token.

    Never carries the text: what was pasted by mistake may be another service's secret.

    Attributes:
        reason: ``empty``; ``cut``: a part is missing; ``foreign``: a key of another service; ``two_tokens``:
            two pasted in one; ``not_wb``: a JWT, but not WB's; ``garbage``: no token at all, or one with
            characters changed; ``too_long``: more than MAX_LENGTH characters.
        length: how many characters were there, after cleaning (``too_long``: before).
    """

    def __init__(self, reason: UnreadableReason, length: int) -> None:
        self.reason: UnreadableReason = reason
        self.length = length
        super().__init__(reason)

    def __reduce__(self) -> tuple[type[TokenUnreadable], tuple[UnreadableReason, int]]:
        return (TokenUnreadable, (self.reason, self.length))


@dataclass(frozen=True, slots=True)
class TokenFacts:
    """Everything that may be shown or stored of a token; no secret, nothing usable.

    Attributes:
        kind: its type, from the claim ``acc``; ``unknown`` for tokens made before October 2025.
        test: works on WB's sandbox hosts only.
        seller_sid: the seller's id, the same over all tokens of the seller; "" when missing.
        categories: ids of the categories that it opens, in the catalogue's order.
        unknown_bits, unknown_claims: what WB has added since; shown as unknown, never an error.
        expires_at: UTC; None when the token does not say.
        fingerprint: 12 hex digits of the token's SHA-256.
    """

    kind: TokenKind
    test: bool
    read_only: bool
    seller_sid: str
    categories: tuple[str, ...]
    unknown_bits: tuple[int, ...]
    unknown_claims: tuple[str, ...]
    expires_at: datetime | None
    fingerprint: str

    @property
    def environment(self) -> Environment:
        """Where this token works; the learning cabinet's keys are told apart by the store, not here."""
        return "test" if self.test else "production"

    def days_left(self, now: datetime) -> int | None:
        """Whole days until it expires; negative once it has; None when the token does not say."""
        return None if self.expires_at is None else (self.expires_at - now).days

    def expired(self, now: datetime) -> bool:
        return self.expires_at is not None and self.expires_at <= now

    def allows(self, category: str | None) -> bool:
        """Whether its bits open a category; None: a host that takes a token of any category."""
        if category is None:
            return bool(self.categories or self.unknown_bits)
        return category in self.categories

    def to_json(self, now: datetime) -> dict[str, Any]:
        """The token's part of the contract's JSON."""
        return {
            "kind": self.kind,
            "test": self.test,
            "read_only": self.read_only,
            "seller_sid": self.seller_sid,
            "categories": list(self.categories),
            "unknown_bits": list(self.unknown_bits),
            "expires_at": _iso(self.expires_at),
            "days_left": self.days_left(now),
            "fingerprint": self.fingerprint,
        }

    def to_record(self) -> dict[str, Any]:
        """For the database; ``from_record`` reads it back."""
        return {
            **asdict(self),
            "categories": list(self.categories),
            "unknown_bits": list(self.unknown_bits),
            "unknown_claims": list(self.unknown_claims),
            "expires_at": _iso(self.expires_at),
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> TokenFacts:
        expires_at = record["expires_at"]
        return cls(
            kind=record["kind"],
            test=record["test"],
            read_only=record["read_only"],
            seller_sid=record["seller_sid"],
            categories=tuple(record["categories"]),
            unknown_bits=tuple(record["unknown_bits"]),
            unknown_claims=tuple(record["unknown_claims"]),
            expires_at=None if expires_at is None else datetime.fromisoformat(expires_at),
            fingerprint=record["fingerprint"],
        )


# --- What people paste -------------------------------------------------------------------------------------

_QUOTES: Final = "\"'`´«»‹›“”„‟‘’‚‛"
_LABEL: Final = re.compile(
    r"(?:(?:-H|--header)?(?:proxy-)?authorization|(?:export)?[a-z_]{0,40}(?:token|key)|токен|ключ)[:=]|bearer:?",
    re.IGNORECASE,
)
_EDGES: Final = ",;.…<>()[]{}\\"


def clean(text: str) -> str:
    """A pasted token without what came along: spaces, line breaks, quotes, ``Bearer``, a header's or a
    variable's name, marks that no one sees (zero-width spaces, byte order mark), the padding of
    base64, which a JWT is without.
    """
    token = "".join(c for c in text if c not in _QUOTES and unicodedata.category(c)[0] not in "ZC")
    token = token.strip(_EDGES)
    while label := _LABEL.match(token):
        token = token[label.end() :].strip(_EDGES)
    return token.replace("=", "")


def read(text: str) -> TokenFacts:
    """The facts of a pasted token.

    Raises:
        TokenUnreadable: it is not a whole WB token; the reason says in what way.
    """
    if len(text) > MAX_LENGTH:
        raise TokenUnreadable("too_long", len(text))
    token = clean(text)
    claims = _claims(token)
    if claims is None:
        raise TokenUnreadable(_why_unreadable(token), len(token))
    damage = _damage(token)
    if damage is not None:
        raise TokenUnreadable(damage, len(token))
    mask = _whole_number(claims.get("s"))
    if mask is None:
        raise TokenUnreadable("not_wb", len(token))
    return _facts(token, claims, mask & _MASK_64)


def can_call(
    facts: TokenFacts, environment: Environment, method: Method, now: datetime | None = None
) -> str | None:
    """Why this token can't make this request, as the code of a diagnosis; None: nothing speaks against it.

    Offline: WB may still refuse. Asked before sending, because a refusal costs ten requests of the quota.
    """
    if facts.expired(now or datetime.now(UTC)):
        return "token_expired"
    if facts.test != (environment == "test") or not method.works_in(environment):
        return "wrong_environment"
    if not facts.allows(method.category):
        return "scope_missing"
    if method.writes and facts.read_only:
        return "token_read_only"
    return None


# --- Reading -----------------------------------------------------------------------------------------------


def _claims(token: str) -> dict[str, Any] | None:
    """The payload of a JWT, unverified; None when PyJWT can't read it."""
    import jwt  # noqa: PLC0415 (its cryptography is slow to load, and most commands read no token)

    try:
        payload: object = jwt.decode(token, options={"verify_signature": False})
    except (jwt.PyJWTError, ValueError, RecursionError):
        return None
    return payload if isinstance(payload, dict) else None


def _facts(token: str, claims: Mapping[str, Any], mask: int) -> TokenFacts:
    bits = {bit for bit in range(mask.bit_length()) if mask >> bit & 1}
    kind = TOKEN_KINDS.get(_whole_number(claims.get("acc")) or 0, "unknown")
    flag = claims.get("t")
    test = kind == "test" if flag is None else flag in (True, 1, "true", "True")
    if "acc" not in claims and test:
        kind = "test"
    sid = claims.get("sid")
    return TokenFacts(
        kind=kind,
        test=test,
        read_only=READ_ONLY_BIT in bits,
        seller_sid=sid if isinstance(sid, str) and len(sid) <= 64 else "",
        categories=tuple(c.id for c in CATEGORIES if c.bit in bits),
        unknown_bits=tuple(sorted(bits - _CATEGORY_BITS - {READ_ONLY_BIT})),
        unknown_claims=tuple(sorted(name[:64] for name in claims.keys() - KNOWN_CLAIMS))[:32],
        expires_at=_instant(claims.get("exp")),
        fingerprint=hashlib.sha256(token.encode()).hexdigest()[:12],
    )


def _whole_number(value: object) -> int | None:
    """An integer, also as a string of digits; WB's services write both."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,20}", value):
        return int(value)
    return None


def _instant(value: object) -> datetime | None:
    seconds = int(value) if isinstance(value, float) and abs(value) < 1e12 else _whole_number(value)
    if seconds is None:
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


# --- What it is instead ------------------------------------------------------------------------------------

_JWT_START: Final = "eyJ"  # base64 of '{"'
_HEADER: Final = re.compile(r"eyJ(?:hbGci|0eXAi|raWQi)")  # '{"alg"', '{"typ"', '{"kid"'
_ELLIPSIS: Final = re.compile(r"…|\.\.")
_JWT_TEXT: Final = re.compile(r"[\w.-]+", re.ASCII)
_JWT_TAIL: Final = re.compile(r"[\w-]*\.eyJ[\w.-]*", re.ASCII)
_ES256_SIGNATURE: Final = 86
_STUB: Final = 24

_FOREIGN: Final = re.compile(
    r"sk-|[sr]k_(?:live|test)_"  # OpenAI, Anthropic; Stripe
    r"|gh[pousr]_|github_pat_|glpat-|npm_|pypi-"
    r"|AKIA[0-9A-Z]{16}|AIza|ya29\.|AQVN|y[0-3]_|t1\.9"  # Amazon, Google, Yandex
    r"|xox[abprs]-|[0-9]{8,10}:[\w-]{35}"  # Slack, Telegram
    r"|-*BEGIN|ssh-(?:rsa|ed25519)"
    r"|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$",  # a UUID: Ozon's key
    re.ASCII | re.IGNORECASE,
)


def _why_unreadable(token: str) -> UnreadableReason:
    """The reason for a text that is no readable JWT."""
    return next((reason for reason, applies in _REASONS if applies(token)), _damage(token) or "garbage")


def _holds_two(token: str) -> bool:
    """Whether a second header starts somewhere. (A foreign payload may start like a header.)"""
    payload = token.find(".") + 1
    return any(match.start() not in (0, payload) for match in _HEADER.finditer(token))


def _damage(token: str) -> UnreadableReason | None:
    """What is wrong with the end of a JWT that has its three parts: WB's signature has a fixed length."""
    if _holds_two(token):
        return "two_tokens"
    signature = token.rpartition(".")[2]
    if _algorithm(token) != "ES256":
        return None
    # Tools for tests sign with a stub of a few letters; such a thing is for WB to judge.
    if _STUB <= len(signature) < _ES256_SIGNATURE:
        return "cut"
    return "garbage" if len(signature) > _ES256_SIGNATURE else None


def _algorithm(token: str) -> object:
    import jwt  # noqa: PLC0415

    try:
        # The signature is left out: where it is cut, PyJWT would refuse the header too.
        return jwt.get_unverified_header(token.rpartition(".")[0] + ".AA").get("alg")
    except (jwt.PyJWTError, ValueError, RecursionError):
        return None


_REASONS: Final[tuple[tuple[UnreadableReason, Callable[[str], object]], ...]] = (
    ("empty", lambda token: not token),
    ("foreign", _FOREIGN.match),
    # The start is missing, the second part is there.
    ("cut", lambda token: not token.startswith(_JWT_START) and _JWT_TAIL.fullmatch(token)),
    ("garbage", lambda token: not token.startswith(_JWT_START)),
    ("two_tokens", _holds_two),
    ("cut", _ELLIPSIS.search),
    ("garbage", lambda token: not _JWT_TEXT.fullmatch(token)),
    ("cut", lambda token: token.count(".") < 2),
    ("not_wb", lambda token: token.count(".") > 2),  # an encrypted JWT of somebody else
)
"""What a text is that PyJWT can't read; the first row that applies."""
