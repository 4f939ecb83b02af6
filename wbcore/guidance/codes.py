"""Every way in which WB says no, as data: severity, causes, and the steps that lead out.

The next error that WB invents is a row here and its texts in ``locales``; no branch. A diagnosis' texts are
found by their keys: ``diag-<code>-title``, ``diag-<code>-summary`` (or ``-<cause>``) and ``step-<id>``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Literal

from wbcore.api.catalog import (
    API_STATUS_URL,
    CABINET_TOKENS_URL,
    CABINET_URL,
    SUPPORT_URL,
    TOKEN_DECODER_URL,
)
from wbcore.store.states import Severity

VerifiedBy = Literal["system", "operator"]


@dataclass(frozen=True, slots=True)
class StepRow:
    """One step of a way out.

    Attributes:
        id: also the key of its text.
        verified_by: ``system``: ``rules`` finds out, by ``check``; ``operator``: ticked by hand.
        check: name of the check in ``rules.CHECKS``; "" for the operator's steps.
        link: name of the parameter of a diagnosis that has the address; without one the step is left out.
    """

    id: str
    verified_by: VerifiedBy = "operator"
    url: str | None = None
    check: str = ""
    link: str = ""


ASK_OWNER: Final = "ask_owner"
"""Only the owner of the cabinet can make tokens: whoever is not sends the checklist on, before all else."""

STEPS: Final[Mapping[str, StepRow]] = MappingProxyType(
    {
        step.id: step
        for step in (
            StepRow(ASK_OWNER),
            StepRow("owner_changed"),
            StepRow("free_place", "operator", CABINET_TOKENS_URL),
            StepRow("check_proxy"),
            StepRow("read_notice", "operator", link="link"),
            StepRow("create_token", "system", CABINET_TOKENS_URL, "token_exists"),
            StepRow("create_writing_token", "system", CABINET_TOKENS_URL, "token_exists"),
            StepRow("create_personal_token", "system", CABINET_TOKENS_URL, "token_exists"),
            StepRow("create_production_token", "system", CABINET_TOKENS_URL, "token_exists"),
            StepRow("save_token", "system", None, "token_saved"),
            StepRow("add_production_key", "system", None, "other_key_added"),
            StepRow("check_import", "system", None, "import_ran"),
            StepRow("no_error_since", "system", None, "no_error_since"),
            StepRow("use_other_key", "system", None, "other_key_ran"),
            StepRow("wait_for_quota", "system", None, "waited"),
            StepRow("copy_again", "operator", CABINET_TOKENS_URL),
            StepRow("look_in_cabinet", "operator", CABINET_TOKENS_URL),
            StepRow("check_decoder", "operator", TOKEN_DECODER_URL),
            StepRow("check_wb_status", "operator", API_STATUS_URL),
            StepRow("check_network", "operator"),
            StepRow("check_clock", "operator"),
            StepRow("check_portal", "operator", CABINET_URL),
            StepRow("check_role", "operator", CABINET_URL),
            StepRow("check_seller_active", "operator", CABINET_URL),
            StepRow("check_seller", "operator", CABINET_URL),
            StepRow("add_as_new_key", "operator"),
            StepRow("match_environment", "operator"),
            StepRow("check_period", "operator"),
            StepRow("wait_for_wb", "operator", API_STATUS_URL),
            StepRow("update_program", "operator"),
            StepRow("contact_support", "operator", SUPPORT_URL),
            StepRow("tell_developer"),
        )
    }
)


@dataclass(frozen=True, slots=True)
class CodeRow:
    """One code of the contract.

    Attributes:
        steps: ids, in the order of doing.
        by_cause: the steps of a cause whose way out is another one.
        routes: the ways out of a cause that has several: route -> ids of its steps. A step that is in none
            belongs to all of them.
        of_the_token: it is about the whole token, whichever category or method met it.
    """

    code: str
    severity: Severity
    steps: tuple[str, ...]
    causes: tuple[str, ...] = ()
    by_cause: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    routes: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    of_the_token: bool = False

    def steps_for(self, cause: str) -> tuple[StepRow, ...]:
        return tuple(STEPS[name] for name in self.by_cause.get(cause, self.steps))

    def route_of(self, cause: str, step_id: str) -> str:
        """Which of several ways out a step belongs to; "" where there is one."""
        ways = self.routes.get(cause, {})
        return next((route for route, steps in ways.items() if step_id in steps), "")


OTHER_KEY: Final = "other_key"
"""The way by another key of the seller."""
BY_OTHER_KEY: Final = "use_other_key"
"""Its step."""
NEW_TOKEN: Final = "new_token"  # noqa: S105 (a way out, no password)
FOR_THE_IMPORT: Final = frozenset({OTHER_KEY})
"""Ways out that bring the orders in and leave the key as it is: what it can't do, it still can't."""

_OF_ANOTHER_PLACE = (
    "test_for_a_key",
    "production_for_a_key",
    "learning_for_a_key",
    "real_for_a_learning_key",
)


def _made(create: str, *then: str) -> tuple[str, ...]:
    """The steps of a new token: who can make it, room for it, and what is done with it."""
    return (ASK_OWNER, "free_place", create, "save_token", *then)


def _stopped(*then: str) -> tuple[str, ...]:
    """The steps where a token has worked and works no more."""
    return (ASK_OWNER, "owner_changed", "look_in_cabinet", *then)


_NEW_TOKEN = _made("create_token", "check_import", "no_error_since")
_NEW_AFTER_STOP = _stopped(*_NEW_TOKEN[1:])
_AFTER_THE_NETWORK = ("check_network", "check_import")

ERROR, WARNING = Severity.ERROR, Severity.WARNING

CODES: Final[Mapping[str, CodeRow]] = MappingProxyType(
    {
        row.code: row
        for row in (
            CodeRow(
                "scope_missing",
                ERROR,
                _NEW_TOKEN,
                ("category_missing", "bits_say_yes", "used_to_work", "other_key_has_it", "poorer"),
                {
                    "bits_say_yes": ("check_decoder", "check_wb_status", "contact_support", "check_import"),
                    "used_to_work": _NEW_AFTER_STOP,
                    "other_key_has_it": ("use_other_key", *_NEW_TOKEN),
                },
                {"other_key_has_it": {OTHER_KEY: ("use_other_key",), NEW_TOKEN: _NEW_TOKEN}},
            ),
            CodeRow(
                "wrong_environment",
                ERROR,
                _made("create_production_token", "check_import"),
                (
                    "test_on_production",
                    "production_on_test",
                    "no_test_environment",
                    *_OF_ANOTHER_PLACE,
                ),
                {
                    # A test key takes no other token, and it stays what it is.
                    "no_test_environment": (
                        ASK_OWNER,
                        "free_place",
                        "create_production_token",
                        "add_production_key",
                    ),
                    **dict.fromkeys(_OF_ANOTHER_PLACE, ("match_environment",)),
                },
            ),
            CodeRow(
                "token_expired",
                ERROR,
                _NEW_TOKEN,
                ("expired_since", "said_by_wb", "before_its_end"),
                {"before_its_end": ("check_clock", *_NEW_TOKEN)},
                of_the_token=True,
            ),
            CodeRow("token_expiring", WARNING, _made("create_token"), ("older",), of_the_token=True),
            CodeRow(
                "token_malformed",
                ERROR,
                ("copy_again", "save_token"),
                (
                    "empty",
                    "cut",
                    "foreign",
                    "two_tokens",
                    "not_wb",
                    "garbage",
                    "too_long",
                    "said_by_wb",
                    "arrived_empty",
                    "header_lost",
                    "sealed",
                ),
                {
                    "said_by_wb": ("copy_again", "save_token", "check_import"),
                    "sealed": ("copy_again", "save_token", "check_import"),
                    "arrived_empty": ("copy_again", "check_proxy", "save_token", "check_import"),
                    "header_lost": ("check_proxy", "check_import"),
                },
                of_the_token=True,
            ),
            CodeRow(
                "token_withdrawn",
                ERROR,
                _NEW_TOKEN,
                ("used_to_work",),
                {"used_to_work": _NEW_AFTER_STOP},
                of_the_token=True,
            ),
            CodeRow(
                "token_read_only",
                ERROR,
                _made("create_writing_token", "check_import"),
                ("poorer",),
                {"poorer": _made("create_writing_token")},
            ),
            CodeRow(
                "token_type_not_allowed",
                ERROR,
                _made("create_personal_token"),
                ("closed", "service", "basic", "personal", "poorer"),
                {
                    "closed": _made("create_personal_token", "check_import"),
                    "personal": ("check_decoder", "check_wb_status", "contact_support", "check_import"),
                },
            ),
            CodeRow(
                "seller_mismatch",
                ERROR,
                ("check_seller", "add_as_new_key"),
                ("named_another",),
                {"named_another": ("check_proxy", "contact_support")},
            ),
            CodeRow(
                "access_denied",
                ERROR,
                ("check_role", "check_seller_active", "check_import"),
                ("used_to_work",),
                {"used_to_work": _stopped("check_role", "check_seller_active", "check_import")},
            ),
            CodeRow(
                "payment_required",
                ERROR,
                _made("create_personal_token", "check_import"),
                ("personal",),
                {"personal": ("contact_support", "check_import")},
            ),
            CodeRow(
                "rate_limited",
                ERROR,
                ("wait_for_quota", "check_import"),
                ("burst", "basic_quota", "untold"),
            ),
            CodeRow(
                "endpoint_retired",
                ERROR,
                ("update_program", "contact_support", "check_import"),
                ("deprecated",),
                {"deprecated": ("read_notice", "update_program", "contact_support", "check_import")},
            ),
            CodeRow("method_disabled", ERROR, ("wait_for_wb", "check_import")),
            CodeRow("bad_request", ERROR, ("check_period", "contact_support", "check_import")),
            CodeRow("wb_unavailable", ERROR, ("check_wb_status", "check_import")),
            CodeRow(
                "network_unreachable",
                ERROR,
                _AFTER_THE_NETWORK,
                ("dns", "refused", "tls", "timeout", "dropped", "other"),
                {"tls": ("check_clock", "check_portal", "check_import")},
            ),
            CodeRow(
                "unexpected_response",
                ERROR,
                ("check_wb_status", "contact_support", "check_import"),
                ("html", "not_json", "wrong_shape", "truncated", "redirect", "too_large"),
                {
                    "html": ("check_portal", "check_wb_status", "check_import"),
                    "redirect": ("check_portal", "contact_support", "check_import"),
                    "truncated": _AFTER_THE_NETWORK,
                },
            ),
            CodeRow(
                "unknown",
                ERROR,
                ("contact_support", "check_import"),
                ("answer", "internal", "refused", "used_to_work"),
                {
                    "internal": ("check_import", "tell_developer"),
                    "refused": ("look_in_cabinet", "check_decoder", "contact_support", "check_import"),
                    "used_to_work": _stopped("check_decoder", "contact_support", "check_import"),
                },
            ),
        )
    }
)

OF_THE_TOKEN: Final = frozenset(row.code for row in CODES.values() if row.of_the_token)
ENDED_BY_TIME: Final = frozenset(
    code
    for code, row in CODES.items()
    for steps in (row.steps, *row.by_cause.values())
    if any(STEPS[step].check == "waited" for step in steps)
)
"""Codes with a step that nobody does: time itself does."""

HELP: Final = ("help_category", "help_expiry", "help_seller", "help_support")
"""What is tried where the steps didn't help, from WB's document; the first where a category is missing."""
HELPED: Final = frozenset({"scope_missing", "access_denied", "wrong_environment"}) | {
    code for code in CODES if code.startswith("token_")
}
"""Codes with which a token is looked at; in an outage nobody has to check one."""
AGAIN: Final = MappingProxyType({"orders.stickers": "step-check_import-stickers"})
"""Methods that no import asks -> how their ``check_import`` reads."""
