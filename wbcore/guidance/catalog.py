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

Severity = Literal["error", "warning", "info"]
VerifiedBy = Literal["system", "operator"]


@dataclass(frozen=True, slots=True)
class StepRow:
    """One step of a way out.

    Attributes:
        id: also the key of its text.
        verified_by: ``system``: ``checklist`` finds out, by ``check``; ``operator``: ticked by hand.
        check: name of the check in ``checklist.CHECKS``; "" for the operator's steps.
    """

    id: str
    verified_by: VerifiedBy = "operator"
    url: str | None = None
    check: str = ""


STEPS: Final[Mapping[str, StepRow]] = MappingProxyType(
    {
        step.id: step
        for step in (
            StepRow("create_token", "system", CABINET_TOKENS_URL, "token_exists"),
            StepRow("create_writing_token", "system", CABINET_TOKENS_URL, "token_exists"),
            StepRow("create_personal_token", "system", CABINET_TOKENS_URL, "token_exists"),
            StepRow("create_production_token", "system", CABINET_TOKENS_URL, "token_exists"),
            StepRow("save_token", "system", None, "token_saved"),
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
            StepRow("check_period", "operator"),
            StepRow("wait_for_wb", "operator", API_STATUS_URL),
            StepRow("update_program", "operator"),
            StepRow("contact_support", "operator", SUPPORT_URL),
        )
    }
)


@dataclass(frozen=True, slots=True)
class CodeRow:
    """One code of the contract.

    Attributes:
        steps: ids, in the order of doing.
        by_cause: the steps of a cause whose way out is another one.
    """

    code: str
    severity: Severity
    steps: tuple[str, ...]
    causes: tuple[str, ...] = ()
    by_cause: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def steps_for(self, cause: str) -> tuple[StepRow, ...]:
        return tuple(STEPS[name] for name in self.by_cause.get(cause, self.steps))


_NEW_TOKEN = ("create_token", "save_token", "check_import", "no_error_since")
_AFTER_THE_NETWORK = ("check_network", "check_import")

CODES: Final[Mapping[str, CodeRow]] = MappingProxyType(
    {
        row.code: row
        for row in (
            CodeRow(
                "scope_missing",
                "error",
                _NEW_TOKEN,
                ("category_missing", "bits_say_yes", "used_to_work", "other_key_has_it"),
                {
                    "bits_say_yes": ("check_decoder", "check_wb_status", "contact_support", "check_import"),
                    "used_to_work": ("look_in_cabinet", *_NEW_TOKEN),
                    "other_key_has_it": ("use_other_key", *_NEW_TOKEN),
                },
            ),
            CodeRow(
                "wrong_environment",
                "error",
                ("create_production_token", "save_token", "check_import"),
                ("test_on_production", "production_on_test"),
            ),
            CodeRow("token_expired", "error", _NEW_TOKEN, ("expired_since", "said_by_wb")),
            CodeRow("token_expiring", "warning", ("create_token", "save_token")),
            CodeRow(
                "token_malformed",
                "error",
                ("copy_again", "save_token"),
                ("empty", "cut", "foreign", "two_tokens", "not_wb", "garbage", "too_long", "said_by_wb"),
            ),
            CodeRow("token_withdrawn", "error", _NEW_TOKEN),
            CodeRow("token_read_only", "error", ("create_writing_token", "save_token")),
            CodeRow(
                "token_type_not_allowed",
                "error",
                ("create_personal_token", "save_token"),
                ("closed", "service", "basic"),
            ),
            CodeRow("seller_mismatch", "error", ("check_seller", "add_as_new_key")),
            CodeRow("access_denied", "error", ("check_role", "check_seller_active", "check_import")),
            CodeRow("payment_required", "error", ("create_personal_token", "save_token", "check_import")),
            CodeRow("rate_limited", "error", ("wait_for_quota", "check_import"), ("burst", "basic_quota")),
            CodeRow("endpoint_retired", "error", ("update_program", "contact_support", "check_import")),
            CodeRow("method_disabled", "error", ("wait_for_wb", "check_import")),
            CodeRow("bad_request", "error", ("check_period", "contact_support", "check_import")),
            CodeRow("wb_unavailable", "error", ("check_wb_status", "check_import")),
            CodeRow(
                "network_unreachable",
                "error",
                _AFTER_THE_NETWORK,
                ("dns", "refused", "tls", "timeout", "dropped", "other"),
                {"tls": ("check_clock", "check_portal", "check_import")},
            ),
            CodeRow(
                "unexpected_response",
                "error",
                ("check_wb_status", "contact_support", "check_import"),
                ("html", "not_json", "wrong_shape", "truncated", "redirect"),
                {
                    "html": ("check_portal", "check_wb_status", "check_import"),
                    "redirect": ("check_portal", "contact_support", "check_import"),
                    "truncated": _AFTER_THE_NETWORK,
                },
            ),
            CodeRow("unknown", "error", ("contact_support", "check_import"), ("answer", "internal")),
        )
    }
)

# Shown under a checklist of the token, from the seed's own document.
HELP: Final = ("help_category", "help_expiry", "help_seller", "help_support")
