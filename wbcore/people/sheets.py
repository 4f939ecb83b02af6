"""The pages before the dashboard, as plain HTML that works without a script: sign-in and first set-up."""

from __future__ import annotations

import base64
import html
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from wbcore.guidance import texts
from wbcore.guidance.texts import LANGUAGES

_ASSETS: Final = Path(texts.__file__).parent / "assets"
_STYLE: Final = """
:root { color-scheme: light dark; --ink: #1b1b22; --soft: #5c5c68; --paper: #ffffff; --ground: #f5f5f8;
  --line: #dedee6; --accent: #6d28d9; --on-accent: #ffffff; --bad: #b42318; --bad-ground: #fef3f2; }
@media (prefers-color-scheme: dark) { :root { --ink: #ececf2; --soft: #a7a7b4; --paper: #1b1b22;
  --ground: #121217; --line: #33333f; --accent: #a78bfa; --on-accent: #15151b; --bad: #fda29b;
  --bad-ground: #3a1a18; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1.5rem; color: var(--ink);
  background: var(--ground); font: 15px/1.5 system-ui, "Segoe UI", Roboto, sans-serif; }
main { width: 100%; max-width: 25rem; background: var(--paper); border: 1px solid var(--line);
  border-radius: 8px; padding: 1.75rem; }
h1 { font-size: 1.35rem; font-weight: 650; margin: 1.1rem 0 .35rem; }
h2 { font-size: 1rem; font-weight: 650; margin: 1.4rem 0 .35rem; }
p { margin: .35rem 0; color: var(--soft); }
label { display: block; font-weight: 500; margin-top: .9rem; }
input { width: 100%; margin-top: .25rem; padding: .6rem .7rem; font: inherit; color: inherit;
  background: var(--ground); border: 1px solid var(--line); border-radius: 6px; }
input:focus-visible, button:focus-visible, a:focus-visible { outline: 2px solid var(--accent);
  outline-offset: 2px; }
button, a.button { display: block; width: 100%; margin-top: 1.2rem; padding: .65rem 1rem; font: inherit;
  font-weight: 600; text-align: center; text-decoration: none; border-radius: 6px; cursor: pointer;
  color: var(--on-accent); background: var(--accent); border: 1px solid var(--accent); }
a.button { color: var(--ink); background: transparent; border-color: var(--line); margin-top: .7rem; }
[role=alert] { margin: .9rem 0 0; padding: .6rem .75rem; border-radius: 6px; color: var(--bad);
  background: var(--bad-ground); }
code { display: block; overflow-wrap: anywhere; padding: .55rem .7rem; border-radius: 6px;
  background: var(--ground); border: 1px solid var(--line); font-size: .87rem; }
nav { margin-top: 1.4rem; font-size: .9rem; }
nav a { color: var(--soft); margin-right: 1rem; }
nav a[aria-current] { color: var(--ink); text-decoration: none; font-weight: 600; }
.mark svg { display: block; height: 28px; width: auto; }
"""


def sign_in(
    lang: str, *, token: str, name: str = "", next_page: str = "/", problem: str = "", provider: bool = False
) -> str:
    """The form of a name and a password; with a provider, the way there as well."""
    away = f"/login/oidc?next={_attribute(_query(next_page))}"
    parts = [
        _heading(_t(lang, "sign-in-title"), _t(lang, "sign-in-lead")),
        _alert(problem),
        f'<form method="post" action="/login">{_hidden("token", token)}{_hidden("next", next_page)}',
        _field(_t(lang, "name"), "name", "username", value=name, focus=not name),
        _field(_t(lang, "password"), "password", "current-password", kind="password", focus=bool(name)),
        f'<button type="submit">{_t(lang, "sign-in-press")}</button></form>',
        f'<a class="button" href="{away}">{_t(lang, "sign-in-provider")}</a>' if provider else "",
    ]
    return _sheet(lang, "sign-in-title", parts, f"/login?next={_query(next_page)}")


def first_owner(lang: str, *, token: str, name: str = "", problem: str = "") -> str:
    """How the first owner is made: by a command, or by the code that the console has printed."""
    parts = [
        _heading(_t(lang, "setup-title"), _t(lang, "setup-lead")),
        f"<h2>{_t(lang, 'setup-command')}</h2><p>{_t(lang, 'setup-command-lead')}</p>",
        f"<code>python -m wbcore user add {_t(lang, 'setup-name-example')} --role owner</code>",
        f"<h2>{_t(lang, 'setup-code-title')}</h2><p>{_t(lang, 'setup-code-lead')}</p>",
        _alert(problem),
        f'<form method="post" action="/setup">{_hidden("token", token)}',
        _field(_t(lang, "setup-code"), "code", "one-time-code"),
        _field(_t(lang, "name"), "name", "username", value=name),
        _field(_t(lang, "password"), "password", "new-password", kind="password"),
        f'<button type="submit">{_t(lang, "setup-press")}</button></form>',
    ]
    return _sheet(lang, "setup-title", parts, "/setup?next=")


def _sheet(lang: str, title: str, parts: list[str], here: str) -> str:
    mark = (_ASSETS / "mark.svg").read_text(encoding="utf-8")
    icon = base64.b64encode((_ASSETS / "icon.svg").read_bytes()).decode()
    names = {"ru": "Русский", "en": "English"}
    switch = "".join(
        f'<a href="{_attribute(here)}&amp;lang={one}" lang="{one}" hreflang="{one}"'
        f"{' aria-current=true' if one == lang else ''}>{names[one]}</a>"
        for one in LANGUAGES
    )
    return (
        f'<!DOCTYPE html><html lang="{lang}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="robots" content="noindex">'
        # Without a referrer browsers call a form's origin "null".
        '<meta name="referrer" content="same-origin">'
        f"<title>{_t(lang, title)} · WB Desk</title>"
        f'<link rel="icon" href="data:image/svg+xml;base64,{icon}"><style>{_STYLE}</style></head>'
        f'<body><main><div class="mark">{mark}</div>{"".join(parts)}<nav>{switch}</nav></main></body></html>'
    )


def _t(lang: str, key: str, **params: Any) -> str:
    return html.escape(texts.t(lang, f"people-{key}", **params))


def _heading(title: str, lead: str) -> str:
    return f"<h1>{title}</h1><p>{lead}</p>"


def _alert(text: str) -> str:
    return f'<p role="alert">{html.escape(text)}</p>' if text else ""


def _hidden(name: str, value: str) -> str:
    return f'<input type="hidden" name="{name}" value="{_attribute(value)}">'


def _field(
    label: str, name: str, purpose: str, *, kind: str = "text", value: str = "", focus: bool = False
) -> str:
    focused = " autofocus" if focus else ""
    return (
        f'<label>{label}<input name="{name}" type="{kind}" autocomplete="{purpose}" required'
        f' maxlength="1000" autocapitalize="none" value="{_attribute(value)}"{focused}></label>'
    )


def _attribute(text: str) -> str:
    return html.escape(text, quote=True)


def _query(text: str) -> str:
    return quote(text, safe="")
