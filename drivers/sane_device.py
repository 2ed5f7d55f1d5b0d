"""An open SANE device as names and values: every option that is set is read back, and what it did not take is told."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from drivers import option_plan as plan
from drivers import options as opt
from drivers.interface import Applied, Capabilities, Difference, Mode, OptionValue, ScanSettings, Source
from drivers.sane_api import OptionType, SaneError, Status

if TYPE_CHECKING:
    from collections.abc import Iterable

    from drivers.sane_api import OptionInfo, Options, SaneHandle


class SaneDevice:
    """One open device and its options as they are now."""

    def __init__(self, handle: SaneHandle) -> None:
        self.handle = handle
        self.options: Options = {}
        self._asked: dict[str, OptionValue] = {}
        self._refused: dict[str, str] = {}
        self._broken: list[SaneError] = []
        self._load()

    def capabilities(self) -> Capabilities:
        found = opt.capabilities_of(self.options)
        # Reading a sensor or button uses up what some backends hand out once: `sensors` alone reads those.
        held = {*found.sensors, *found.buttons}
        every = tuple(
            plan.described(option, None if option.name in held else self.get(option.name))
            for option in self.options.values()
        )
        return replace(found, options=every)

    def configure(self, settings: ScanSettings) -> Applied:
        """Raises `DeviceFault(UNSUPPORTED_SETTING)` for a source, mode or resolution that the device does not have.

        Raises `SaneError(IO_ERROR)` where not one option could be set: then the connection is gone, as after a replug.
        """
        self._asked, self._refused, self._broken = {}, {}, []
        for step in plan.STEPS:
            for name, value in step(self.options, settings):
                self._set_if_there(name, value)
        for name, value in settings.options.items():
            self._set_by_wish(name, value)
        if self._broken and self._asked.keys() <= self._refused.keys():
            raise self._broken[0]
        return self._read_back(settings)

    def sensors(self) -> dict[str, Any]:
        """All sensors and buttons in one pass: some backends hand each value out once."""
        update = self.options.get(opt.BUTTON_UPDATE)
        if update is not None and update.settable and update.type is OptionType.BUTTON:
            self._set(update, value=True)
        found: dict[str, Any] = {one.name: self.get(one.name) for one in self.options.values() if opt.is_sensor(one)}
        for option in self.options.values():
            if opt.is_button(option):
                value = self.get(option.name)
                found[option.name] = None if value is None else opt.is_pressed(value)
        return found

    def get(self, name: str) -> OptionValue | None:
        """None where the option is missing or cannot be read at present."""
        option = self.options.get(name)
        if option is None or not option.readable or option.is_table or option.type is OptionType.BUTTON:
            return None
        try:
            return self.handle.get(option)
        except SaneError:
            return None

    def _load(self) -> None:
        self.options = {option.name: option for option in self.handle.options()}

    def _set_if_there(self, name: str, value: OptionValue) -> None:
        """An option of the plan that this device lacks or locks is left alone."""
        option = self.options.get(name)
        if option is not None and option.settable:
            self._set(option, value)

    def _set_by_wish(self, name: str, value: OptionValue) -> None:
        option = self.options.get(name)
        if option is not None and option.settable:
            self._set(option, value)
            return
        self._asked[name] = value
        self._refused[name] = "locked at present" if option else "no option of this device"

    def _set(self, option: OptionInfo, value: OptionValue) -> None:
        self._asked[option.name] = value
        self._refused.pop(option.name, None)
        try:
            if self.handle.set(option, plan.typed(option, value)):
                self._load()
        except (SaneError, ValueError) as error:
            self._refused[option.name] = f"refused: {error}"
            if isinstance(error, SaneError) and error.status is Status.IO_ERROR:
                self._broken.append(error)

    def _read_back(self, settings: ScanSettings) -> Applied:
        source, _ = opt.choose_source(self.options, settings.source)
        dpi = self._resolution() or settings.dpi
        depth = self._depth(settings.mode)
        mode = Mode.LINEART if depth == 1 else opt.mode_of(str(self.get("mode"))) or settings.mode
        applied = Applied(
            source=source,
            mode=mode,
            dpi=dpi,
            width_mm=self._length("x", dpi) or settings.width_mm or 0.0,
            height_mm=self._length("y", dpi) or settings.height_mm or 0.0,
            depth=depth,
            double_feed=source is not Source.FLATBED and self._detects_double_feeds(),
        )
        found = {one.option: one for one in plan.unkept(settings, applied)}
        found |= {one.option: one for one in self._differences()}
        return replace(applied, differences=tuple(found.values()))

    def _differences(self) -> Iterable[Difference]:
        """What holds at the end: a later option may have changed an earlier one."""
        for name, asked in self._asked.items():
            if name in self._refused:
                yield Difference(name, str(asked), self._refused[name])
                continue
            option = self.options.get(name)
            if option is None or not option.readable:
                continue
            got = self.get(name)
            if not plan.same(option, asked, got):
                yield Difference(name, str(asked), str(got))

    def _resolution(self) -> int | None:
        names = opt.resolution_options(self.options)
        value = self.get(names[0]) if names else None
        return round(float(value)) if value else None

    def _depth(self, asked: Mode) -> int:
        """A lineart mode has one bit, whatever an option says that does not count there."""
        value, name = self.get("depth"), str(self.get("mode"))
        if opt.mode_of(name) is Mode.LINEART:
            return 1
        if value:
            return int(value)
        return opt.depth_in_name(name) or (1 if asked is Mode.LINEART and opt.mode_of(name) is None else 8)

    def _length(self, axis: str, dpi: int) -> float | None:
        far, near = (self.get(f"{corner}-{axis}") for corner in ("br", "tl"))
        if far is None:
            return None
        return opt.to_mm(self.options[f"br-{axis}"], float(far) - float(near or 0.0), dpi)

    def _detects_double_feeds(self) -> bool:
        values = {name: self.get(name) for name in opt.double_feed_options(self.options)}
        stops = values.pop("df-action", "Stop") == "Stop"
        return stops and any(value is True for value in values.values())
