"""The screens, by name. Each is loaded when somebody goes there; one that is not installed has no key."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from station.operators import Role

if TYPE_CHECKING:
    from ui.screens.base import KioskScreen


@dataclass(frozen=True)
class Route:
    """Where a screen lies and who may go there."""

    module: str
    screen: str
    needs: Role = Role.OPERATOR


ROUTES = {
    "sign_in": Route("ui.screens.sign_in", "SignInScreen"),
    "today": Route("ui.screens.today", "TodayScreen"),
    "scan": Route("ui.screens.scan", "ScanScreen"),
    "fault": Route("ui.screens.fault", "FaultScreen"),
    "review": Route("ui.screens.review", "ReviewScreen"),
    "cases": Route("ui.screens.cases", "CasesScreen"),
    "index": Route("ui.screens.index", "IndexScreen"),
    "close_book": Route("ui.screens.close_book", "CloseBookScreen"),
    "outbox": Route("ui.screens.outbox", "OutboxScreen"),
    "readiness": Route("ui.screens.readiness", "ReadinessScreen"),
    "technician": Route("ui.screens.technician", "TechnicianScreen", Role.TECHNICIAN),
    "help": Route("ui.screens.help", "HelpScreen"),
}


def is_there(name: str) -> bool:
    """Whether this screen is installed."""
    return find_spec(ROUTES[name].module) is not None


def make_screen(name: str, **given: Any) -> KioskScreen:
    """A screen of this name."""
    route = ROUTES[name]
    made: KioskScreen = getattr(import_module(route.module), route.screen)(**given)
    return made
