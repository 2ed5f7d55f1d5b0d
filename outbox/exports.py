"""Which bags were put on sticks: a line in their history. It changes no state, for a receipt alone settles a bag."""

from datetime import datetime

from outbox.rows import Rows
from outbox.states import State


class Exports(Rows):
    """Notes of hand-overs in the outbox database."""

    def exported(self, bag_id: str, hand_over: str) -> None:
        """Note that a bag lies on the stick of a hand-over, verified there; twice is once."""
        with self._write() as now:
            for row in self._rows_of(bag_id):
                last = self._db.execute(
                    "select detail from events where item_id = ? and event = 'export' order by id desc limit 1",
                    (row["id"],),
                ).fetchone()
                if last is None or last["detail"] != hand_over:
                    self._log(row["id"], "export", State(row["state"]), now, detail=hand_over)

    def exports(self) -> dict[str, tuple[datetime, str]]:
        """When each bag that was exported was so last, and by which hand-over."""
        rows = self._db.execute(
            "select bag_id, at, detail, max(events.id) from events join items on items.id = item_id"
            " where event = 'export' group by bag_id"
        )
        return {row["bag_id"]: (datetime.fromisoformat(row["at"]), row["detail"]) for row in rows}
