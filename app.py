"""The dashboard: Streamlit's server imports this file once, for its gate; each page's run draws a screen."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages import _ahead

if get_script_run_ctx(suppress_warning=True) is not None:
    _ahead.frame().draw()
else:
    # Everything that is served goes through the gate. What pages need is imported beside its first answers.
    from starlette.middleware import Middleware

    from wbcore.people import entrance

    entrance.see_settings()
    app = st.App(
        Path(_ahead.__file__).with_name("_run.py"),
        routes=entrance.ROUTES,
        middleware=(*entrance.MIDDLEWARE, Middleware(_ahead.First)),
        lifespan=entrance.opening(_ahead.get_ready),
    )
