"""Settings: what is declared is read, everything else is refused with file and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from station.errors import SettingsError
from station.settings import Settings, check_environment, load_settings


def write(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "station.toml"
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("[scan]\ndpy = 300\n", "scan.dpy"),
        ('[scan]\ndpi = "much"\n', "scan.dpi"),
        ("[scan]\ndpi = 5\n", "scan.dpi"),
        ("colour = 1\n", "colour"),
        ('[[destinations]]\nkind = "pigeon"\nname = "x"\n', "destinations.0.kind"),
        ('[[destinations]]\nkind = "folder"\nname = "x"\n', "destinations.0.path"),
        ('[[destinations]]\nkind = "folder"\nname = "x"\npath = "/x"\nport = 1\n', "destinations.0.port"),
        ('[[destinations]]\nkind = "folder"\nname = "x"\npath = 1\n', "destinations.0.path"),
        ('[profiles.book]\nmode = "sepia"\n', "profiles.book.mode"),
        ("[profiles.letter]\ndpi = 200\n[profiles.book]\ndpy = 300\n", "profiles.book.dpy"),
        ('profiles = "book"\n', "profiles"),
        ('[sending]\nwindow = "22-05"\n', "sending.window"),
        ("[sending]\nwindow = 22\n", "sending.window"),
        ("[sending]\nlimit_mbit_s = -1\n", "sending.limit_mbit_s"),
    ],
)
def test_a_wrong_key_or_type_is_refused_with_file_and_key(tmp_path: Path, text: str, key: str) -> None:
    file = write(tmp_path, text)
    with pytest.raises(SettingsError) as caught:
        load_settings(file)
    assert caught.value.values["file"] == str(file)
    assert caught.value.values["key"] == key


def test_sending_to_a_destination_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(write(tmp_path, '[sending]\nto = ["nowhere"]\n'))
    assert "nowhere" in str(caught.value.values["reason"])


def test_a_missing_file_and_bad_toml_do_not_pass_silently(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as missing:
        load_settings(tmp_path / "nothing.toml")
    assert missing.value.code == "no-settings"
    with pytest.raises(SettingsError) as bad:
        load_settings(write(tmp_path, "scan = [\n"))
    assert bad.value.code == "bad-settings-file"
    (tmp_path / "latin").write_bytes(b'[station]\nregistry = "\xe9"\n')
    with pytest.raises(SettingsError):
        load_settings(tmp_path / "latin")


def test_a_misspelt_environment_variable_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("STATION_ROOT", "STATION_LANGUAGE", "STATION_OPERATOR"):
        monkeypatch.delenv(name, raising=False)
    check_environment()
    monkeypatch.setenv("STATION_ROUTE", "elsewhere")
    with pytest.raises(SettingsError) as caught:
        check_environment()
    assert caught.value.values["names"] == "STATION_ROUTE"


def test_the_defaults_are_valid_and_frozen() -> None:
    settings = Settings()
    assert settings.naming.profile == "moj-undated"
    with pytest.raises(AttributeError, match="immutable"):
        settings.scan.dpi = 200  # type: ignore[misc]  # frozen is what is tested
    with pytest.raises(SettingsError):
        settings.scan_profile("nobody")
