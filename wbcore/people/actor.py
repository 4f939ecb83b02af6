"""Who acts, and what they may: one ``Actor`` goes through all features, and is checked where work is done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from wbcore.store.problems import NotAllowed, NotSignedIn

__all__ = ["MACHINE", "RIGHTS", "ROLES", "Actor", "NotAllowed", "NotSignedIn", "Right", "present", "require"]


class Right(StrEnum):
    """What somebody may do; each is asked for by the function that does it."""

    SEE = "see"
    SEE_BUYERS = "see_buyers"
    """Buyers' names, phones, addresses: given to a user by itself, whatever the role."""
    EXPORT = "export"
    IMPORT = "import"
    SCHEDULE = "schedule"
    TICK = "tick"
    CHECK = "check"
    """To have keys' health asked of WB."""
    KEYS = "keys"
    USERS = "users"
    """Users, their sessions, and the audit."""
    ALERTS = "alerts"
    SETTINGS = "settings"


_VIEWER: Final = frozenset({Right.SEE, Right.EXPORT})
_OPERATOR: Final = _VIEWER | {Right.IMPORT, Right.SCHEDULE, Right.TICK, Right.CHECK}
_OWNER: Final = _OPERATOR | {Right.KEYS, Right.USERS, Right.ALERTS, Right.SETTINGS}
RIGHTS: Final[Mapping[str, frozenset[Right]]] = MappingProxyType(
    {"viewer": _VIEWER, "operator": _OPERATOR, "owner": _OWNER}
)
"""Role -> what it may; ``Right.SEE_BUYERS`` comes with no role."""
ROLES: Final = tuple(RIGHTS)


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever does something.

    Attributes:
        user_id: None: the machine's owner, by the command line, a worker, or a dashboard without sign-in.
        name: as others read it; "" for the machine's owner.
        role: viewer, operator or owner.
        sellers: ids of the only sellers that this user knows of; None: all.
        sees_buyers: may read buyers' data.
        origin: from where: an address, ``cli``, ``worker``; for the audit.
        session_id: the session in the browser; None: there is none.
    """

    user_id: int | None
    name: str
    role: str
    sellers: frozenset[int] | None = None
    sees_buyers: bool = False
    origin: str = ""
    session_id: int | None = None

    @staticmethod
    def machine(origin: str = "") -> Actor:
        """The machine's owner, who may do everything."""
        return Actor(None, "", "owner", None, True, origin)

    @property
    def is_machine(self) -> bool:
        return self.user_id is None

    def may(self, right: Right) -> bool:
        if right is Right.SEE_BUYERS:
            return self.sees_buyers
        return right in RIGHTS.get(self.role, frozenset())

    def knows(self, seller_id: int | None) -> bool:
        """Whether a seller's data is for this actor."""
        return self.sellers is None or seller_id in self.sellers


MACHINE: Final = Actor.machine()

_look_up: list[Callable[[], Actor | None]] = []


def find_present_by(look_up: Callable[[], Actor | None]) -> None:
    """Tells how to find out who acts in this thread; the dashboard does, other processes have nobody to ask.

    Args:
        look_up: None: nobody in particular. Raises NotSignedIn.
    """
    _look_up[:] = [look_up]


_tell: list[Callable[[Actor, Right], None]] = []


def tell_refusals_to(teller: Callable[[Actor, Right], None]) -> None:
    """Who hears of what somebody tried and may not; the dashboard notes it in the audit."""
    _tell[:] = [teller]


def present() -> Actor:
    """Who acts in this thread: whoever looks at the page that it draws, else the machine's owner.

    Raises:
        NotSignedIn: it draws a page for somebody who is not signed in, or not any more.
    """
    found = _look_up[0]() if _look_up else None
    return MACHINE if found is None else found


def require(actor: Actor | None, right: Right, *, seller_id: int | None = None) -> Actor:
    """Whoever acts, if they may.

    Args:
        actor: None: whoever is present.
        seller_id: whose data it is about; None: nobody's in particular.

    Raises:
        NotAllowed: the role, or the limit of sellers, does not allow it.
        NotSignedIn: as ``present``.
    """
    acting = present() if actor is None else actor
    if not acting.may(right) or (seller_id is not None and not acting.knows(seller_id)):
        for tell in _tell:
            tell(acting, right)
        raise NotAllowed(right.value)
    return acting
