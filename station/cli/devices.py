"""`station devices`: which scanners and hot folders are here, what each can do, what comes and goes."""

from __future__ import annotations

import signal
import threading
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from station.cli.options import Common, command, shared_options
from station.errors import Exit
from station.words import Phrase, both

if TYPE_CHECKING:
    from drivers.faults import DeviceFault
    from drivers.interface import DeviceInfo, Difference
    from station.devices.check import Inspection
    from station.root import Root
    from station.settings import Settings

_COLUMNS = ("id", "state", "vendor", "model", "port", "sources", "resolutions", "depths", "sensors", "buttons")
_OPTION_COLUMNS = ("name", "value", "unit", "settable", "choices")
_LISTS = {"options", "differences", "findings"}


@click.group("devices", invoke_without_command=True, help=both("help.devices"))
@shared_options
@click.pass_context
def devices(context: click.Context) -> Any:
    """Without a further word it lists."""
    return context.invoke(list_devices) if context.invoked_subcommand is None else None


@command("list", devices)
def list_devices(common: Common) -> None:
    from station.devices.here import examine_devices

    root, settings = _place(common)
    found = examine_devices(root, settings)
    common.console.data([entry.as_json() for entry in found], _COLUMNS)
    for entry in found:
        if entry.fault:
            common.console.note("device.note", id=entry.info.id, text=Phrase(f"fault.{entry.fault.kind}"))


@command("show", devices)
@click.argument("device", required=False)
@click.option("--profile", help=both("help.opt.profile"))
def show(common: Common, device: str | None, profile: str | None) -> int:
    seen = _inspect(common, device, profile)
    document = seen.in_full()
    if common.json:
        common.console.data(document)
    else:
        common.console.data({key: value for key, value in document.items() if key not in _LISTS})
        common.console.data(document.get("options", []), _OPTION_COLUMNS)
    return _say(common, seen)


@command("test", devices)
@click.argument("device", required=False)
@click.option("--profile", help=both("help.opt.profile"))
def test(common: Common, device: str | None, profile: str | None) -> int:
    seen = _inspect(common, device, profile)
    document = seen.as_json()
    common.console.data(document if common.json else {key: document[key] for key in document if key not in _LISTS})
    return _say(common, seen)


@command("watch", devices)
def watch(common: Common) -> int:
    from drivers.plugging import PlugWatcher

    _, settings = _place(common)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())

    def tell(event: str, info: DeviceInfo) -> None:
        common.console.event(event=event, **asdict(info))
        common.console.line(f"device.{event}", id=info.id, name=f"{info.vendor} {info.model}".strip())

    def failed(fault: DeviceFault) -> None:
        common.console.note("discovery-failed", kind=fault.kind, detail=fault.detail)

    with PlugWatcher(
        lambda info: tell("came", info),
        lambda info: tell("went", info),
        driver=settings.devices.driver,
        on_fault=failed,
    ):
        common.console.note("device.watching")
        stop.wait()
    return Exit.DONE


@command("forget", devices)
@click.argument("device")
def forget(common: Common, device: str) -> int:
    from station.devices.here import find_known
    from station.devices.known import forget as forget_device

    with common.open_station() as station:
        info = find_known(device, station.root)
        forget_device(station.root, info)
        common.console.note("device.forgotten", id=info.id)
    return Exit.DONE


def _place(common: Common) -> tuple[Root | None, Settings]:
    """The root and its settings; without a station the defaults, so that a scanner can be tried before `init`."""
    from station.settings import Settings

    if not common.find_root().exists:
        return None, Settings()
    with common.open_station() as station:
        return station.root, station.settings


def _inspect(common: Common, device: str | None, profile: str | None) -> Inspection:
    from station.devices.check import inspect
    from station.devices.profiles import find_with_profile

    return inspect(*find_with_profile(device, profile, *_place(common)))


def _say(common: Common, seen: Inspection) -> int:
    """What a person reads of it, and the exit code that says the same: 2 for the profile, 5 for the device."""
    from station.devices.check import REFUSED

    for difference in seen.findings:
        _tell(common, "profile.broken", difference)
    for difference in seen.told:
        if difference not in seen.findings:
            _tell(common, "scan.clamped", difference)
    if seen.fault:
        fault = Phrase(f"fault.{seen.fault.kind}")
        common.console.note("device.fault", id=seen.info.id, fault=fault, detail=seen.fault.detail)
    if seen.state == REFUSED:
        common.console.note("profile.refused", name=seen.chosen.name, id=seen.info.id)
        return Exit.USAGE
    if seen.fault:
        return Exit.DEVICE
    common.console.note("profile.kept", name=seen.chosen.name, id=seen.info.id)
    return Exit.DONE


def _tell(common: Common, key: str, difference: Difference) -> None:
    common.console.note(key, option=difference.option, asked=difference.asked, got=difference.got)
