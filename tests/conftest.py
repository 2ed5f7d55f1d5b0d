"""Tests are sealed from the machine's own settings: no `STATION_*` variable, one language, no SANE of the machine."""

import os

for name in [name for name in os.environ if name.startswith(("STATION_", "SANE_"))]:
    del os.environ[name]
os.environ["STATION_LANGUAGE"] = "en"
