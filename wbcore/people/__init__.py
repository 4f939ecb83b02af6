"""Who is there and what they may do: actors and their rights, users, sessions, the audit, the gate.

May import guidance, store, sandbox, api. Streamlit and Starlette are imported in the gate's modules alone
(``visitor``, ``gate``, ``doors``), so that the command line and the worker start without them.
"""
