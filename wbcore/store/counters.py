"""Requests and refusals by host, since the beginning: what the metrics count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlmodel import Session, col, select

from wbcore.store import db
from wbcore.store.models import RequestCount


def add(session: Session, sent: Mapping[str, int], refused: Mapping[str, int]) -> None:
    """Adds to the counts of some hosts. The caller commits."""
    columns = RequestCount.__table__.c  # type: ignore[attr-defined]
    for host in sorted({*sent, *refused}):
        more, blocked = sent.get(host, 0), refused.get(host, 0)
        statement = db.insert(session, RequestCount).values(host=host, sent=more, refused=blocked)
        session.connection().execute(
            statement.on_conflict_do_update(
                index_elements=["host"],
                set_={"sent": columns.sent + more, "refused": columns.refused + blocked},
            )
        )


def read(session: Session) -> Sequence[RequestCount]:
    query = select(RequestCount).order_by(col(RequestCount.host))
    return session.exec(query.execution_options(populate_existing=True)).all()
