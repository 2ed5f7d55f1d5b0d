"""A text field that is typed in Vietnamese."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any

from textual.widgets import Input

from ui.typing.composing import Composer, Method

if TYPE_CHECKING:
    from textual.events import Key, Paste


_LETTERS = re.compile(r"[^\W\d_]*")


class VietnameseInput(Input):
    """Composes what is typed; what it holds is NFC, so that Backspace takes a letter together with its marks.

    `method` None, and a field for a PIN, take the keys as they are.
    """

    def __init__(self, *given: Any, method: Method | None = Method.TELEX, **more: Any) -> None:
        super().__init__(*given, **more)
        self.method = method
        self._composer: tuple[Method, Composer] | None = None

    def validate_value(self, value: str) -> str:
        """However a value gets here."""
        return unicodedata.normalize("NFC", value)

    def on_key(self, event: Key) -> None:
        """Before Textual's own handler, which inserts the key as it is."""
        composer = self._composer_of(self.method)
        if composer is None or not event.is_printable or not event.character or not self.selection.is_empty:
            return
        cursor = self.cursor_position
        end = cursor + len(_LETTERS.match(self.value[cursor:])[0])  # type: ignore[index]  # it matches nothing as well
        edit = composer.compose(self.value[:end], event.character)
        # Inside of a word a key gives a tone or a mark to the whole of it; a letter is inserted where it is typed.
        if edit is None or (end > cursor and len(edit.inserts) != edit.removes):
            return
        event.stop()
        event.prevent_default()
        self.replace(edit.inserts, end - edit.removes, end)
        self.cursor_position += cursor - end

    def on_paste(self, event: Paste) -> None:
        """Pasted text is not typed; it comes in NFC, so that the cursor stands behind it."""
        event.text = unicodedata.normalize("NFC", event.text)

    def _composer_of(self, method: Method | None) -> Composer | None:
        if method is None or self.password:
            return None
        if self._composer is None or self._composer[0] is not method:
            self._composer = (method, Composer(method))
        return self._composer[1]
