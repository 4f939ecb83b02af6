"""``user add``, ``list``, ``remove``, ``password``, ``identity``; ``audit export``, ``audit verify``."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wbcore.cli.options import Json
from wbcore.cli.output import DONE, FAILED, WrongUsageError, out, write_stdout

if TYPE_CHECKING:
    from sqlmodel import Session

    from wbcore.store.models import User

group = typer.Typer(help=out.text("help-users"), no_args_is_help=True)
audit_group = typer.Typer(help=out.text("help-audit"), no_args_is_help=True)

Name = Annotated[str, typer.Argument(help=out.text("help-user-name"), metavar="NAME", show_default=False)]


@group.callback()
def _user(_json: Json = False) -> None:
    """Holds the commands of users."""


@audit_group.callback()
def _audit(_json: Json = False) -> None:
    """Holds the commands of the audit."""


@group.command(help=out.text("help-user-add"))
def add(
    name: Name,
    role: Annotated[str, typer.Option("--role", help=out.text("help-role"), metavar="viewer|operator|owner")],
    buyers: Annotated[bool, typer.Option("--buyers", help=out.text("help-buyers"))] = False,
    seller: Annotated[
        list[str] | None, typer.Option("--seller", help=out.text("help-user-seller"), metavar="SID")
    ] = None,
    subject: Annotated[
        str | None, typer.Option("--oidc-subject", help=out.text("help-oidc-subject"), metavar="SUB")
    ] = None,
    _json: Json = False,
) -> None:
    """Adds a user; the password comes from stdin, or is asked for."""
    from rich.text import Text

    from wbcore.people import users
    from wbcore.people.actor import ROLES

    if role not in ROLES:
        raise WrongUsageError(out.text("bad-role", value=role[:40], roles=", ".join(ROLES)))
    identity = _identity(subject)
    with _users() as session:
        if users.find(session, name) is not None:
            raise WrongUsageError(_refusal("user_exists"))
        password = None if identity is not None and sys.stdin.isatty() else _password()
        made = users.add(
            session,
            name,
            role,
            password or None if identity else password,
            sees_buyers=buyers,
            sellers=_seller_ids(session, seller),
            identity=identity,
        )
    out.result(
        {"added": True, "name": made.name, "role": role},
        lambda: Text(out.text("user-added", name=made.name, role=role)),
    )


@group.command("list", help=out.text("help-user-list"))
def list_users(_json: Json = False) -> None:
    """Lists the users with their roles."""
    from wbcore.people import users

    with _users() as session:
        known = users.sellers_of_users(session)
        found = [
            {
                "name": user.name,
                "role": user.role,
                "sees_buyers": user.sees_buyers,
                "sellers": _sids(session, known.get(user.id or 0, ())) if user.limited else None,
                "signs_in_by": "oidc" if user.oidc_subject else "password",
                "created_at": user.created_at.isoformat().replace("+00:00", "Z"),
            }
            for user in users.list_users(session)
        ]
    out.result({"users": found}, lambda: _table(found))


def _sids(session: Session, seller_ids: Iterable[int]) -> list[str]:
    """Sellers by the id that they are named by: one has a row in each environment."""
    from wbcore.store.models import Seller

    rows = (session.get(Seller, one) for one in sorted(seller_ids))
    return list(dict.fromkeys(row.sid for row in rows if row is not None))


@group.command(help=out.text("help-user-remove"))
def remove(
    name: Name,
    yes: Annotated[bool, typer.Option("--yes", "-y", help=out.text("help-yes"))] = False,
    _json: Json = False,
) -> None:
    """Removes a user; their sessions end at once."""
    from rich.text import Text

    from wbcore.people import users

    with _users() as session:
        user = _required(session, name)
        if not yes:
            if out.json or not sys.stdin.isatty():
                raise WrongUsageError(out.text("say-yes-user", name=name))
            if not typer.confirm(out.text("confirm-remove-user", name=name), err=True):
                raise typer.Exit(DONE)
        users.remove(session, _still(session, user, name))
    out.result({"removed": True, "name": name}, lambda: Text(out.text("user-removed", name=name)))


@group.command(help=out.text("help-user-password"))
def password(name: Name, _json: Json = False) -> None:
    """Another password for a user; their sessions end at once."""
    from rich.text import Text

    from wbcore.people import users

    with _users() as session:
        user = _required(session, name)
        chosen = _password()
        users.set_password(session, _still(session, user, name), chosen)
    out.result({"changed": True, "name": name}, lambda: Text(out.text("password-changed", name=name)))


@group.command(help=out.text("help-user-identity"))
def identity(
    name: Name,
    subject: Annotated[str, typer.Option("--oidc-subject", help=out.text("help-oidc-new"), metavar="SUB")],
    _json: Json = False,
) -> None:
    """Another ``sub`` for a user, or none; their sessions end at once."""
    from rich.text import Text

    from wbcore.people import users

    with _users() as session:
        users.set_identity(session, _required(session, name), _identity(subject.strip() or None))
    out.result({"changed": True, "name": name}, lambda: Text(out.text("identity-changed", name=name)))


@audit_group.command("export", help=out.text("help-audit-export"))
def export_audit(_json: Json = False) -> None:
    """The whole audit, one JSON document a line; with ``--json`` one document."""
    import orjson

    from wbcore.cli import database
    from wbcore.people import audit

    with _users():
        database.note_in_audit("audit_exported", "")
    with _users() as session:
        if out.json:
            out.result({"entries": [audit.document(entry) for entry in audit.entries(session)]})
            return
        for entry in audit.entries(session):
            write_stdout(orjson.dumps(audit.document(entry)) + b"\n")


@audit_group.command("verify", help=out.text("help-audit-verify"))
def verify_audit(_json: Json = False) -> None:
    """Whether the chain of entries holds; ends with 1 where it is broken."""
    from rich.text import Text

    from wbcore.people import audit

    with _users() as session:
        verdict = audit.verify(session)
    holds = verdict.broken_at is None
    text = out.text(
        "audit-holds" if holds else "audit-broken", count=verdict.entries, id=verdict.broken_at or 0
    )
    document = {"holds": holds, "entries": verdict.entries, "broken_at": verdict.broken_at}
    out.result(document, lambda: Text(text))
    raise typer.Exit(DONE if holds else FAILED)


@contextmanager
def _users() -> Iterator[Session]:
    """A session that is committed; what can't be done is told as wrong usage."""
    from wbcore.cli import database
    from wbcore.people.users import UserRefused
    from wbcore.store import db

    database.prepare()
    with db.session() as session:
        try:
            yield session
        except UserRefused as error:
            raise WrongUsageError(_refusal(error.code)) from None
        session.commit()


def _refusal(code: str) -> str:
    from wbcore.guidance.texts import t

    return t(out.lang, f"people-refused-{code.replace('_', '-')}", wait="")


def _required(session: Session, name: str) -> User:
    from wbcore.people import users

    user = users.find(session, name)
    if user is None:
        raise WrongUsageError(out.text("user-missing", name=name))
    return user


def _still(session: Session, user: User, name: str) -> User:
    """Somebody as they are after a question was answered: they may be gone by then, and their number, which
    SQLite gives anew, another's."""
    from wbcore.people import users

    there = users.still(session, user)
    if there is None:
        raise WrongUsageError(out.text("user-missing", name=name))
    return there


def _identity(subject: str | None) -> tuple[str, str] | None:
    from wbcore.settings import settings

    if subject is None:
        return None
    if not settings().has_provider:
        raise WrongUsageError(out.text("oidc-missing"))
    return settings().oidc_issuer or "", subject


def _seller_ids(session: Session, sids: list[str] | None) -> list[int] | None:
    from sqlmodel import col, select

    from wbcore.store.models import Seller

    if not sids:
        return None
    rows = session.exec(select(Seller).where(col(Seller.sid).in_(sids))).all()
    for sid in set(sids) - {row.sid for row in rows}:
        raise WrongUsageError(out.text("seller-missing", sid=sid[:60]))
    return [row.id for row in rows if row.id is not None]


def _password() -> str:
    """From stdin, or asked for twice; never an argument, which other users of the machine can read."""
    if sys.stdin is None or sys.stdin.closed:
        return ""
    if not sys.stdin.isatty():
        return sys.stdin.buffer.read().decode("utf-8", "replace").rstrip("\r\n")
    first, again = (
        getpass.getpass(out.text(key) + " ", stream=sys.stderr)
        for key in ("password-prompt", "password-again")
    )
    if first != again:
        raise WrongUsageError(out.text("passwords-differ"))
    return first


def _table(rows: list[dict[str, Any]]) -> Any:
    from rich.table import Table

    table = Table(box=None)
    for key in ("name", "role", "buyers", "sellers"):
        table.add_column(out.text(f"column-user-{key}"))
    for row in rows:
        sellers = out.text("all-sellers") if row["sellers"] is None else ", ".join(row["sellers"]) or "-"
        seen = out.text("yes" if row["sees_buyers"] else "no")
        table.add_row(row["name"], row["role"], seen, sellers)
    return table
