"""Keys are taken one after the other: each when all that the one before has done is done.

Textual gives a key to the widget that has the focus when the app takes it. What Enter does comes later: the field
tells the screen, the screen asks the app for another focus. Keys that follow at once, by a quick hand or on a busy
machine, would go where the focus was. So a message follows each key the whole way, and the next key waits for it.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from textual import events
from textual.app import App
from textual.message import Message
from textual.widgets import Input

if TYPE_CHECKING:
    from textual.message_pump import MessagePump

_LOOK_SECONDS = 0.02
_LONGEST_SECONDS = 5.0
"""A key that waits longer than this goes its way: no key may stop all others."""


class KeySettled(Message):
    """What a key has done is done, once this has gone from its target to the app as often as the key's work can.

    The key itself comes to the app, which then has an action done; what that tells the target goes the same way again.
    """

    def __init__(self, turn: int, rounds: int) -> None:
        super().__init__()
        self.turn, self.rounds = turn, rounds


class InOrderApp(App[None]):
    """An app whose keys never overtake what the keys before them do.

    A screen with a true `holds_keys` gets none: what they are for is on its way to it.
    """

    _key_turn = 0
    _key_target: MessagePump | None = None
    """Who has the key that is under way."""
    _flows = False
    """It is a letter in a field: letters may follow it at once."""
    _keys_since: float | None = None
    """Since when keys wait."""

    async def on_event(self, event: events.Event) -> None:
        if not isinstance(event, events.Key) or event.is_forwarded:
            await super().on_event(event)
            return
        self._keys_to_press.append(event)
        await self._press_waiting()

    @property
    def _keys_to_press(self) -> deque[events.Key]:
        if "_waiting_keys" not in self.__dict__:
            self._waiting_keys: deque[events.Key] = deque()
        return self._waiting_keys

    async def _press_waiting(self) -> None:
        """Press the keys that wait, as far as they may go."""
        if not self.screen_stack:  # the app is at its end
            self._keys_to_press.clear()
        while self._keys_to_press and self._may_press():
            key, self._keys_since = self._keys_to_press.popleft(), None
            self._key_turn += 1
            turn = self._key_turn
            target: MessagePump = self.focused or self.screen
            self._key_target = target
            await super().on_event(key)
            # Once more through the same queue: what the key made the target post is before it.
            self._flows = key.is_printable and isinstance(target, Input)
            target.call_later(target.post_message, KeySettled(turn, 1 if self._flows else 2))
        if self._keys_to_press and self._keys_since is None:
            self._keys_since = self._key_time()
            self.set_timer(_LOOK_SECONDS, self._look_after_keys)

    def _may_press(self) -> bool:
        if self._keys_since is not None and self._key_time() - self._keys_since > _LONGEST_SECONDS:
            return True
        if self._flows and self._keys_to_press[0].is_printable:
            return True
        return not self._is_under_way() and not getattr(self.screen, "holds_keys", False)

    def _is_under_way(self) -> bool:
        """Not any more when the target is gone: nothing comes of it."""
        target = self._key_target
        return target is not None and target.is_attached and getattr(target, "screen", target) in self.screen_stack

    async def on_key_settled(self, message: KeySettled) -> None:
        message.stop()
        if message.turn != self._key_turn:
            return
        if message.rounds > 1 and self._key_target:
            self._key_target.post_message(KeySettled(message.turn, message.rounds - 1))
            return
        self._key_target, self._flows = None, False
        await self._press_waiting()

    async def _look_after_keys(self) -> None:
        await self._press_waiting()
        if self._keys_to_press:
            self.set_timer(_LOOK_SECONDS, self._look_after_keys)

    def _key_time(self) -> float:
        import asyncio

        return asyncio.get_running_loop().time()
