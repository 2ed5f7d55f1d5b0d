"""What the start of the kiosk has to load for pictures, sounds and typing: nothing heavy."""

from __future__ import annotations

import subprocess
import sys

PARTS = "ui.pictures.pane, ui.pictures.kitty, ui.pictures.framebuffer, ui.typing.field, ui.typing.bursts, ui.sounds"


def test_no_image_library_is_loaded_before_the_first_picture() -> None:
    program = f'import sys, {PARTS}; print(*{{"numpy", "PIL", "cv2"}} & sys.modules.keys())'
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "\n", "")
