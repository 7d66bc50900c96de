"""What is known of all takes, across settings and referrals: asked, answered, settled, and who has which place."""

from dataclasses import dataclass, field
from datetime import datetime

from .broken import broken


@dataclass(slots=True)
class Asked:
    referral: str
    hold: str
    vacancy: str
    asked_at: datetime


@dataclass(slots=True)
class Takes:
    """Kept from facts that count, of both rule books."""

    asked: dict[str, Asked] = field(default_factory=dict)
    agreed: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    fallen: set[str] = field(default_factory=set)
    moved_in: set[str] = field(default_factory=set)
    settled: set[str] = field(default_factory=set)
    place_of: dict[str, str] = field(default_factory=dict)
    """The take by which each referral has its one place."""
    vouched: set[str] = field(default_factory=set)

    def fork(self) -> "Takes":
        return Takes(
            dict(self.asked),
            set(self.agreed),
            set(self.refused),
            set(self.fallen),
            set(self.moved_in),
            set(self.settled),
            dict(self.place_of),
            set(self.vouched),
        )

    def agree(self, take_id: str, referral: str, hold_id: str, vacancy: str) -> None:
        asked = self.asked.get(take_id)
        asked is not None or broken("no decision without its input", f"{take_id} was never asked")
        assert asked is not None
        is_same = (asked.referral, asked.hold, asked.vacancy) == (referral, hold_id, vacancy)
        is_same or broken("a stale answer changes nothing", f"{take_id} was asked for {asked.hold}")
        is_new = take_id not in self.agreed and take_id not in self.refused
        is_new or broken("a take settles once", f"{take_id} was answered before")
        has_place = self.place_of.setdefault(referral, take_id) != take_id
        not has_place or broken("one taken place per referral", f"{referral} has {self.place_of[referral]}")
        self.agreed.add(take_id)

    def refuse(self, take_id: str) -> None:
        """A take whose placement is over may be asked again by a message that comes twice: it is refused."""
        is_over = take_id in self.fallen or take_id in self.moved_in
        (take_id not in self.agreed or is_over) or broken(
            "a take settles once", f"{take_id} was agreed before"
        )
        self.refused.add(take_id)

    def fall(self, take_id: str, referral: str) -> None:
        self.place_of.pop(referral, None) == take_id or broken("one taken place per referral", take_id)
        self.fallen.add(take_id)

    def settle(self, take_id: str, *, is_agreed: bool) -> None:
        """The referral takes the answer: once, and its own."""
        take_id not in self.settled or broken("a take settles once", take_id)
        is_its_own = take_id in (self.agreed if is_agreed else self.refused - self.agreed)
        is_its_own or broken("a take settles with its own answer", take_id)
        self.settled.add(take_id)
