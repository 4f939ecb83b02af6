"""Whose rows a session of the database sees: a user may be limited to sellers, and so are their queries.

The limit is put into the statements themselves, not into the pages: every filter, link and export that is
written some day has it, too. A table is limited by its column ``seller_id``, else by that of its ``key_id``
or ``row_id``; a checklist of many keys is seen by whoever knows one of them. SQL in its own words can't be
limited from here: whoever writes some gives it ``only_seen`` sellers (``tests/people/test_visibility.py``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import event, inspect, select
from sqlalchemy.orm import ORMExecuteState, Session, with_loader_criteria
from sqlmodel import SQLModel

from wbcore.store.models import Checklist, ChecklistKey, Key, RejectedRow, Seller
from wbcore.store.problems import NotAllowed

Sellers = frozenset[int] | None
"""Ids of the only sellers that are seen; None: all."""
_OWN: Final = ("app_", "audit", "preference", "sign_in_failure")
"""Tables in which also those may write who only look: their session, their choices, what is told of them."""
_INFO: Final = "sellers"
_READ_ONLY: Final = "read_only"
_look_up: list[Callable[[], Sight]] = []


@dataclass(frozen=True, slots=True)
class Sight:
    """What somebody's sessions may do.

    Attributes:
        sellers: whose rows they see.
        read_only: they change nothing but what is their own.
    """

    sellers: Sellers = None
    read_only: bool = False


_EVERYTHING: Final = Sight()


def limit_by(look_up: Callable[[], Sight]) -> None:
    """Tells how to find out what this thread may see and do; without it, everything."""
    _look_up[:] = [look_up]


def current() -> Sight:
    return _look_up[0]() if _look_up else _EVERYTHING


def limit(session: Session, sellers: Sellers, *, read_only: bool = False) -> None:
    """From now on a session's queries see these sellers' rows alone, and change nothing if so wished."""
    session.info[_INFO] = sellers
    session.info[_READ_ONLY] = read_only


def is_limited(session: Session) -> bool:
    """Whether a session sees some sellers only."""
    return session.info.get(_INFO) is not None


def only_seen(session: Session, seller_ids: Iterable[int]) -> list[int]:
    """Of these sellers those that a session sees: for statements that are not limited by themselves."""
    sellers: Sellers = session.info.get(_INFO)
    return [seller for seller in seller_ids if sellers is None or seller in sellers]


@event.listens_for(Session, "before_flush")
def _refuse_changes(session: Session, _context: object, _instances: object) -> None:
    """The second bolt: what a feature has forgotten to ask is refused here all the same."""
    if session.info.get(_READ_ONLY):
        for row in (*session.new, *session.dirty, *session.deleted):
            _own_only(inspect(row).mapper.local_table.name)


def _own_only(table: str) -> None:
    if not table.startswith(_OWN):
        raise NotAllowed("change")


@event.listens_for(Session, "do_orm_execute")
def _add_limit(state: ORMExecuteState) -> None:
    if state.session.info.get(_READ_ONLY) and (state.is_update or state.is_delete or state.is_insert):
        changed: Any = state.statement
        _own_only(changed.table.name)
    sellers: Sellers = state.session.info.get(_INFO)
    if sellers is None or state.is_column_load or state.is_relationship_load:
        return
    state.statement = state.statement.options(*_criteria(sellers))


@lru_cache(maxsize=256)
def _criteria(sellers: frozenset[int]) -> tuple[Any, ...]:
    ids = sorted(sellers)
    keys = select(Key.__table__.c.id).where(Key.__table__.c.seller_id.in_(ids))  # type: ignore[attr-defined]
    rejected: Any = inspect(RejectedRow).local_table.c
    rows = select(rejected.id).where(rejected.seller_id.in_(ids))
    made = [with_loader_criteria(Seller, inspect(Seller).c.id.in_(ids), include_aliases=True)]
    for model in _models():
        columns = inspect(model).c
        if model is Checklist:
            shared: Any = inspect(ChecklistKey).local_table.c
            of_many = select(shared.checklist_id).where(shared.key_id.in_(keys))
            theirs = columns.key_id.in_(keys) | columns.id.in_(of_many)
            made.append(with_loader_criteria(Checklist, theirs, include_aliases=True))
        elif "seller_id" in columns:
            made.append(with_loader_criteria(model, columns.seller_id.in_(ids), include_aliases=True))
        elif "key_id" in columns:
            made.append(with_loader_criteria(model, columns.key_id.in_(keys), include_aliases=True))
        elif "row_id" in columns:
            made.append(with_loader_criteria(model, columns.row_id.in_(rows), include_aliases=True))
    return tuple(made)


def _models() -> list[type[SQLModel]]:
    return [mapper.class_ for mapper in SQLModel._sa_registry.mappers if mapper.class_ is not Seller]
