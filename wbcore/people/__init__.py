"""Who is there and what they may do: actors and their rights, users, sessions, the audit, the gate.

Streamlit and Starlette are imported by the gate and what it is made of alone (``entrance``), so that the
command line and the worker start without them.
"""
