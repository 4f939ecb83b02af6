"""What sellers are called, alike on every screen, in messages, files and the terminal.

Wildberries' names are not unique: two sellers may have the same one. Whoever shares a name has the end of its
number at Wildberries beside it, so that no order, key or problem is taken for the other one's.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping
from typing import Final, TypeVar

from sqlmodel import Session, col, or_, select

from wbcore.store.models import Seller

Id = TypeVar("Id", bound=Hashable)

SHORTEST: Final = 4
"""So many signs of a number are shown; more where these are the same, too."""


def given(seller: Seller) -> str:
    """What Wildberries calls a seller, whoever else is called so; "" where it has not said."""
    return seller.name or seller.trade_mark


def apart(named: Mapping[Id, str], numbers: Mapping[Id, str]) -> dict[Id, str]:
    """Names by id; those that several have, with as much of the number's end as tells them apart."""
    same: dict[str, list[Id]] = defaultdict(list)
    for one, name in named.items():
        same[name].append(one)
    found = dict(named)
    for name, ids in same.items():
        if name and len(ids) > 1:
            ends = _ends([numbers[one] for one in ids])
            found |= {one: f"{name} · …{end}" for one, end in zip(ids, ends, strict=True)}
    return found


def _ends(numbers: list[str]) -> list[str]:
    longest = max(map(len, numbers))
    tried = ([number[-signs:] for number in numbers] for signs in range(SHORTEST, longest))
    return next((ends for ends in tried if len(set(ends)) == len(ends)), numbers)


def names(sellers: Iterable[Seller]) -> dict[int, str]:
    """Sellers by id; "" where Wildberries has not said. One of another environment is told apart by that."""
    places: dict[str, dict[int, Seller]] = defaultdict(dict)
    for seller in sellers:
        if seller.id is not None:
            places[seller.environment][seller.id] = seller
    found: dict[int, str] = {}
    for mine in places.values():
        found |= apart(
            {one: given(seller) for one, seller in mine.items()},
            {one: seller.sid for one, seller in mine.items()},
        )
    return found


def told(sellers: Iterable[Seller]) -> dict[int, str]:
    """As ``names``, to say whose a key is: "" in an environment that has no other seller."""
    listed = list(sellers)
    places = Counter(seller.environment for seller in listed)
    alone = {seller.id for seller in listed if places[seller.environment] == 1}
    return {one: "" if one in alone else name for one, name in names(listed).items()}


def name_of(session: Session, seller: Seller, *, beside: Seller | None = None) -> str:
    """One seller's name, as ``names`` of all would have it; only those that share it are read.

    Args:
        seller: it need not be stored.
        beside: one that is not stored and is named with it.
    """
    name = given(seller)
    if not name:
        return ""
    query = select(Seller).where(
        Seller.environment == seller.environment,
        Seller.sid != seller.sid,
        or_(col(Seller.name) == name, col(Seller.trade_mark) == name),
    )
    listed = [*session.exec(query), *([beside] if beside is not None else []), seller]
    named = {one.sid: given(one) for one in listed}
    return apart(named, {sid: sid for sid in named})[seller.sid]
