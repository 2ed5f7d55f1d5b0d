"""The picture of a page, by whatever the terminal can show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ui.pictures.pane import PicturePane

if TYPE_CHECKING:
    from station.standing import Seen
    from ui.pictures.outputs import Output


class PagePicture(PicturePane):
    """The quickest picture of a page; zoomed, its delivery copy pixel for pixel."""

    def __init__(self, output: Output | None = None) -> None:
        super().__init__(output, id="picture")

    def show_page(self, seen: Seen | None) -> None:
        """Show a page, or nothing."""
        if seen is None:
            self.show(None)
        else:
            self.show(seen.picture, detail=seen.copy or seen.master)
