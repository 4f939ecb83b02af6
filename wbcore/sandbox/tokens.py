"""Tokens of the imitation: they look like WB's to the letter and work nowhere but here.

WB publishes no key, so the sandbox signs with a key of its own that anybody can derive: a toy.
"""

from __future__ import annotations

import base64
import hashlib
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import jwt
import orjson
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from wbcore.api.catalog import CATEGORIES, READ_ONLY_BIT, TOKEN_KINDS, TOKEN_LIFETIME_DAYS, TokenKind

TOY_KEY: Final = ec.derive_private_key(
    int.from_bytes(hashlib.sha256(b"WB Desk sandbox: a toy key, worth nothing").digest()), ec.SECP256R1()
)
ALL_BITS: Final = tuple(c.bit for c in CATEGORIES)
SELLER_SID: Final = "5a1e0000-0000-4000-8000-00000000000d"
"""The seller of the contract's tokens."""
OTHER_SID: Final = "07e20000-0000-4000-8000-00000000000e"
"""The seller of the one that is another's: to see what happens when it is pasted into the wrong key."""
WITHDRAWN_ID: Final = "de1e7ed0-0000-4000-8000-000000000000"
"""Id of the token that has been deleted in the cabinet."""

BASIC, TEST, PERSONAL, SERVICE = 1, 2, 3, 4
"""Values of the claim ``acc``."""

_FOR: Final[Mapping[int | None, str]] = {
    PERSONAL: "self",
    SERVICE: "asid:5e41ce00-0000-4000-8000-000000000000",
}
_NAMESPACE: Final = uuid.UUID("5a9db0c5-0000-4000-8000-000000000000")


class MalformedToken(ValueError):
    """The text is no token of this sandbox; the message is the end of WB's own sentence."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What the gateway reads from a token whose signature is right."""

    id: str
    sid: str
    mask: int
    expires: int
    test: bool
    kind: TokenKind

    def has(self, bit: int) -> bool:
        return bool(self.mask >> bit & 1)

    @property
    def any_category(self) -> bool:
        return bool(self.mask & ~(1 << READ_ONLY_BIT))


def mint(
    *,
    bits: Iterable[int] = ALL_BITS,
    acc: int | None = PERSONAL,
    test: bool = False,
    sid: str = SELLER_SID,
    expires: datetime | int | None = None,
    token_id: str | None = None,
    extra: Mapping[str, object] | None = None,
) -> str:
    """Makes a token. The same arguments make the same token: the signature is deterministic (RFC 6979).

    Args:
        bits: bit numbers of the categories and options, as in WB's table; 30 is "read only".
        acc: the type; None makes a token of before October 2025, without the claim.
        test: the claim ``t``.
        sid: the seller.
        expires: moment or Unix seconds; by default 180 days from now.
        token_id: by default follows from all else.
        extra: claims to add or to put in the place of others.
    """
    if expires is None:
        expires = datetime.now(UTC) + timedelta(days=TOKEN_LIFETIME_DAYS)
    exp = int(expires.timestamp()) if isinstance(expires, datetime) else expires
    mask = sum({1 << bit for bit in bits})
    number = int.from_bytes(hashlib.sha256(sid.encode()).digest()[:3])
    claims: dict[str, object] = {
        "id": token_id or str(uuid.uuid5(_NAMESPACE, f"{mask}.{acc}.{test}.{sid}.{exp}")),
        "s": mask,
        "sid": sid,
        "oid": number,
        "uid": number + 7,
        "iid": number + 13,
        "ent": 1,
        "exp": exp,
        "t": test,
    }
    if acc is not None:
        claims["acc"] = acc
    if acc in _FOR:
        claims["for"] = _FOR[acc]
    return _sign({**claims, **(extra or {})})


def contract_tokens(anchor: datetime, sid: str = SELLER_SID) -> dict[str, str]:
    """The tokens that the sandbox' first line names, valid for 180 days from ``anchor``."""
    end = anchor + timedelta(days=TOKEN_LIFETIME_DAYS)
    return {
        "full": mint(sid=sid, expires=end),
        "statistics_only": mint(bits=[5], sid=sid, expires=end),
        "expired": mint(sid=sid, expires=anchor - timedelta(days=3)),
        "read_only": mint(bits=[*ALL_BITS, READ_ONLY_BIT], sid=sid, expires=end),
        "test": mint(acc=TEST, test=True, sid=sid, expires=end),
        "withdrawn": mint(sid=sid, expires=end, token_id=WITHDRAWN_ID),
        "basic": mint(acc=BASIC, sid=sid, expires=end),
        "other_seller": mint(sid=OTHER_SID, expires=end),
    }


def read(text: str) -> Claims:
    """Verifies the signature and reads the claims; expiry is the gateway's business.

    Raises:
        MalformedToken: not a token, or changed since it was signed.
    """
    try:
        claims = jwt.decode(
            text,
            TOY_KEY.public_key(),
            algorithms=["ES256"],
            options={"verify_exp": False, "verify_iat": False, "verify_nbf": False, "verify_aud": False},
        )
    except jwt.InvalidSignatureError as e:
        raise MalformedToken("signature is invalid") from e
    except jwt.PyJWTError as e:
        segments = text.count(".") + 1
        reason = "could not parse" if segments == 3 else "token contains an invalid number of segments"
        raise MalformedToken(reason) from e
    try:
        return Claims(
            id=str(claims["id"]),
            sid=str(claims["sid"]),
            mask=int(claims["s"]),
            expires=int(claims["exp"]),
            test=bool(claims.get("t", False)),
            kind=TOKEN_KINDS.get(claims.get("acc", 0), "unknown"),
        )
    except (KeyError, TypeError, ValueError) as e:
        raise MalformedToken("claims are incomplete") from e


def _sign(claims: Mapping[str, object]) -> str:
    # PyJWT signs with a random nonce; the same token in every run makes tests and demos repeatable.
    header = {"alg": "ES256", "kid": "20251020v1", "typ": "JWT"}
    text = b".".join(_b64(orjson.dumps(part)) for part in (header, claims))
    r, s = decode_dss_signature(TOY_KEY.sign(text, ec.ECDSA(hashes.SHA256(), deterministic_signing=True)))
    return b".".join((text, _b64(r.to_bytes(32) + s.to_bytes(32)))).decode()


def _b64(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")
