"""A tab of the dashboard without a browser: it speaks with the real server as Streamlit's script does."""

from __future__ import annotations

from types import TracebackType
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection

from tests.people.house import PATIENCE_S, House

FINISHED = (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_WITH_COMPILE_ERROR)


class Tab:
    """Opens screens, reads what comes, presses.

    Attributes:
        said: all that the server has said for the last run, as it came; ``messages``: the same, read.
    """

    def __init__(self, house: House, cookie: str) -> None:
        self.socket: ClientConnection = house.socket(Cookie=f"wb-desk={cookie}", Origin=house.url)
        self.said = b""
        self._page, self._query = "", ""
        self.messages: list[ForwardMsg] = []

    def __enter__(self) -> Tab:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.socket.close()

    @property
    def text(self) -> str:
        return self.said.decode("utf-8", "replace")

    def open(self, page: str = "", query: str = "") -> Tab:
        """A screen by its address; waits until it is drawn."""
        self._page, self._query = page, query
        return self._run()

    def look_again(self) -> Tab:
        """The same screen drawn anew, as it does by itself: nobody has pressed anything."""
        return self._run(by_itself=True)

    def goes_on_from(self, earlier: Tab) -> Tab:
        """A browser that has connected anew shows the page that it had, and draws nothing by itself."""
        self._page, self._query, self.messages = earlier._page, earlier._query, earlier.messages
        return self

    def press(self, label: str) -> Tab:
        """A button, or a checkbox, by its label."""
        return self._run(self.find(label), True)

    def unfold(self, label: str) -> Tab:
        """A part that is folded away, by its label."""
        blocks = [one.delta.add_block for one in self.messages if one.HasField("delta")]
        found = [one for one in blocks if one.HasField("expandable") and one.expandable.label == label]
        assert found, f"nothing is folded as {label!r}"
        return self._run(found[-1], True)

    def find(self, label: str) -> Any:
        """What has this label, as Streamlit describes it; the last one that was drawn."""
        found = [one for one in self._elements() if getattr(one, "label", "") == label]
        assert found, f"nothing is called {label!r}"
        return found[-1]

    def boxes(self) -> list[Any]:
        """Checkboxes, as Streamlit describes them."""
        return [one for one in self._elements() if type(one).__name__ == "Checkbox"]

    def set(self, one: Any, value: bool) -> Tab:
        """Ticks a checkbox, or presses a button, that was drawn before."""
        return self._run(one, value)

    def labels(self) -> list[str]:
        return [one.label for one in self._elements() if getattr(one, "label", "")]

    def _elements(self) -> list[Any]:
        elements = [one.delta.new_element for one in self.messages if one.HasField("delta")]
        return [getattr(one, one.WhichOneof("type")) for one in elements if one.WhichOneof("type")]

    def _run(self, pressed: Any = None, value: bool = False, *, by_itself: bool = False) -> Tab:
        message = BackMsg()
        message.rerun_script.page_name = self._page
        message.rerun_script.query_string = self._query
        message.rerun_script.is_auto_rerun = by_itself
        if pressed is not None:
            state = message.rerun_script.widget_states.widgets.add(id=pressed.id)
            field = "bool_value" if type(pressed).__name__ in {"Checkbox", "Block"} else "trigger_value"
            setattr(state, field, value)
        self.socket.send(message.SerializeToString())
        self.messages, parts = [], []
        while True:
            data = self.socket.recv(PATIENCE_S)
            assert isinstance(data, bytes)
            parts.append(data)
            self.messages.append(ForwardMsg.FromString(data))
            last = self.messages[-1]
            if last.WhichOneof("type") == "script_finished" and last.script_finished in FINISHED:
                self.said = b"".join(parts)
                return self
