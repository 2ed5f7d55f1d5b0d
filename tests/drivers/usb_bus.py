"""A mocked USB bus (umockdev) that programs see in sysfs and hear of from udev: plug scanners in and out of it.

The bus lives in a process of its own, `python -m tests.drivers.usb_bus`, because umockdev must be preloaded there and
in every program that is to see it (`UsbBus.environment`).
"""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import subprocess
import sys
from typing import Any, Self

import pytest

PRELOAD = "libumockdev-preload.so.0"
END_SECONDS = 10


class UsbBus:
    """An empty bus. Use as a context manager; skips the test where umockdev is not installed."""

    def __enter__(self) -> Self:
        if shutil.which("umockdev-run") is None:  # of the package that holds the preloaded library, too
            pytest.skip("umockdev is not installed")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.drivers.usb_bus"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"LD_PRELOAD": PRELOAD},
        )
        self._folder = self._answer()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        try:
            self._process.wait(END_SECONDS)
        finally:
            self._process.kill()
            self._process.wait(END_SECONDS)
            self._process.stdout.close()

    @property
    def environment(self) -> dict[str, str]:
        """Variables of a program that is to see this bus."""
        return {"LD_PRELOAD": PRELOAD, "UMOCKDEV_DIR": self._folder}

    def plug(self, port: str, number: int, model: str = "04a9:190f", serial: str = "", *, matched: bool = True) -> str:
        """Plug a device into bus 1; how SANE's USB backends name it then. `matched`: udev knows it as a scanner."""
        self._tell("plug", port=port, number=number, model=model, serial=serial, matched=matched)
        return f"libusb:001:{number:03}"

    def unplug(self, port: str) -> None:
        self._tell("unplug", port=port)

    def _tell(self, verb: str, **arguments: Any) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"verb": verb, **arguments}) + "\n")
        self._process.stdin.flush()
        assert self._answer() == "done"

    def _answer(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


class _Testbed:
    """The few calls of libumockdev that a bus needs."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL("libumockdev.so.0")
        for name in ("new", "add_devicev", "get_root_dir"):
            getattr(self._library, f"umockdev_testbed_{name}").restype = ctypes.c_void_p
        self._bed = ctypes.c_void_p(self._library.umockdev_testbed_new())

    @property
    def folder(self) -> str:
        return self._text(self._library.umockdev_testbed_get_root_dir(self._bed))

    def plug(self, port: str, number: int, model: str, serial: str, *, matched: bool) -> None:
        """The kernel's event goes out with it."""
        vendor, product = model.split(":")
        attributes = {"busnum": "1", "devnum": str(number), "idVendor": vendor, "idProduct": product}
        properties = {"DEVTYPE": "usb_device", "PRODUCT": f"{vendor.lstrip('0')}/{product.lstrip('0')}/100"}
        self._library.umockdev_testbed_add_devicev(
            self._bed,
            b"usb",
            port.encode(),
            None,
            _pairs(attributes | ({"serial": serial} if serial else {})),
            _pairs(properties | ({"libsane_matched": "yes"} if matched else {})),
        )

    def unplug(self, port: str) -> None:
        path = f"/sys/devices/{port}".encode()
        self._library.umockdev_testbed_uevent(self._bed, path, b"remove")
        self._library.umockdev_testbed_remove_device(self._bed, path)

    def close(self) -> None:
        """Take the bus down with its folder."""
        ctypes.CDLL("libgobject-2.0.so.0").g_object_unref(self._bed)

    @staticmethod
    def _text(pointer: int) -> str:
        return ctypes.string_at(pointer).decode()


def _pairs(values: dict[str, str]) -> ctypes.Array[ctypes.c_char_p]:
    words = [word.encode() for pair in values.items() for word in pair]
    return (ctypes.c_char_p * (len(words) + 1))(*words, None)


def _serve() -> None:
    bed = _Testbed()
    print(bed.folder, flush=True)  # noqa: T201 - the protocol
    for line in sys.stdin:
        order = json.loads(line)
        getattr(bed, order.pop("verb"))(**order)
        print("done", flush=True)  # noqa: T201
    bed.close()


if __name__ == "__main__":
    _serve()
