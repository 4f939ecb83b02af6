"""``/_sandbox/...``: what tests and demos in other processes change and read. WB has nothing like it.

All POST bodies are JSON objects. ``seller`` is a sid and may be missing: the contract's seller.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import jwt
import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from wbcore.api.catalog import CATEGORY_BY_ID, READ_ONLY_BIT
from wbcore.sandbox.tokens import ALL_BITS, PERSONAL, SELLER_SID, mint
from wbcore.sandbox.world import FAULT_KINDS, Faults, World

Body = Mapping[str, Any]
Action = Callable[[World, Body], object]


def _withdraw(world: World, body: Body) -> object:
    """``token`` or ``id``."""
    token_id = body.get("id") or jwt.decode(body["token"], options={"verify_signature": False})["id"]
    world.withdraw(str(token_id))
    return {"withdrawn": sorted(world.withdrawn)}


def _mint(world: World, body: Body) -> object:
    """``categories`` (our ids), ``acc``, ``test``, ``read_only``, ``seller``, ``expires`` (Unix seconds)."""
    bits = [CATEGORY_BY_ID[c].bit for c in body["categories"]] if "categories" in body else [*ALL_BITS]
    if body.get("read_only"):
        bits.append(READ_ONLY_BIT)
    token = mint(
        bits=bits,
        acc=body.get("acc", PERSONAL),
        test=bool(body.get("test", False)),
        sid=body.get("seller", SELLER_SID),
        expires=body.get("expires"),
    )
    return {"token": token}


def _orders(world: World, body: Body) -> object:
    """``count`` new orders come in, of the ``model`` of sale (fbs)."""
    model = str(body.get("model", "fbs"))
    return {"ids": world.add_orders(int(body["count"]), body.get("seller", SELLER_SID), model)}


def _statuses(world: World, body: Body) -> object:
    """``advance`` (steps for all, or one ``model``), or ``ids`` with ``supplierStatus``, ``wbStatus``."""
    sid = body.get("seller", SELLER_SID)
    if "advance" in body:
        world.advance(int(body["advance"]), sid, str(body.get("model", "")))
    for order_id in body.get("ids", ()):
        world.set_status(int(order_id), str(body["supplierStatus"]), str(body["wbStatus"]), sid)
    return {}


def _faults(world: World, body: Body) -> object:
    """The fields of ``Faults``; ``{}`` ends them."""
    fields = dict(body)
    fields["kinds"] = tuple(fields.get("kinds", FAULT_KINDS))
    fields["methods"] = frozenset(fields.get("methods", ()))
    world.faults = Faults(**fields)
    return {}


def _switches(world: World, body: Body) -> object:
    """The fields of ``Switches`` as lists; ``closed`` is method id -> token kinds."""
    for name in ("disabled", "retired", "denied", "unpaid"):
        if name in body:
            setattr(world.switches, name, set(body[name]))
    if "closed" in body:
        world.switches.closed = {method: set(kinds) for method, kinds in body["closed"].items()}
    return {}


def _answers(world: World, body: Body) -> object:
    """``method``, ``status``, ``body`` (text), ``headers``, ``times``: the next answers, as they are."""
    text = str(body.get("body", "")).encode()
    world.answer_next(
        body["method"], int(body["status"]), text, body.get("headers"), int(body.get("times", 1))
    )
    return {}


def _latency(world: World, body: Body) -> object:
    """``seconds``."""
    world.latency = float(body["seconds"])
    return {}


def _limits(world: World, body: Body) -> object:
    """``on``."""
    world.limits = bool(body["on"])
    return {}


def _reset(world: World, body: Body) -> object:
    world.reset()
    return {}


def _requests(world: World, body: Body) -> object:
    return {
        "total": world.count(),
        "counts": [
            {"seller": sid, "method": method, "status": status, "count": n}
            for (sid, method, status), n in sorted(world.counts.items())
        ],
    }


def _quota(world: World, body: Body) -> object:
    return {"quotas": world.quotas()}


ACTIONS: Final[Mapping[tuple[str, str], Action]] = {
    ("POST", "withdraw"): _withdraw,
    ("POST", "tokens"): _mint,
    ("POST", "orders"): _orders,
    ("POST", "statuses"): _statuses,
    ("POST", "faults"): _faults,
    ("POST", "switches"): _switches,
    ("POST", "answers"): _answers,
    ("POST", "latency"): _latency,
    ("POST", "limits"): _limits,
    ("POST", "reset"): _reset,
    ("GET", "requests"): _requests,
    ("GET", "quota"): _quota,
}


def routes(world: World) -> list[Route]:
    """The control endpoints of one world."""
    return [
        Route(f"/_sandbox/{name}", _endpoint(world, action), methods=[verb])
        for (verb, name), action in ACTIONS.items()
    ]


def _endpoint(world: World, action: Action) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        text = await request.body()
        try:
            result = action(world, orjson.loads(text) if text else {})
        except (KeyError, TypeError, ValueError, jwt.PyJWTError) as e:
            return _json(400, {"error": f"{type(e).__name__}: {e}"})
        return _json(200, result)

    return endpoint


def _json(status: int, value: object) -> Response:
    return Response(orjson.dumps(value), status, media_type="application/json")
