"""Words on the screen. Where words come Textual arranges and draws the whole screen: these spare it what stays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.widgets import Static

if TYPE_CHECKING:
    from textual.visual import VisualType


class Line(Static):
    """Plain words, or words with their styles; never markup."""

    def __init__(self, id: str | None = None, *, classes: str | None = None) -> None:  # noqa: A002 - Textual's word
        super().__init__("", id=id, classes=classes, markup=False)

    def update(self, content: VisualType = "", *, layout: bool = True) -> None:
        """Other words; the screen is arranged anew only when they need another height."""
        if content == self.content:
            return
        super().update(content, layout=False)
        if layout and not self._fits():
            self.refresh(layout=True)

    def _fits(self) -> bool:
        size, height = self.content_size, self.styles.height
        if not size:
            return False
        if height is not None and not height.is_auto:
            return True
        rules: Any = self.styles
        return max(1, self.visual.get_height(rules, size.width)) == size.height
