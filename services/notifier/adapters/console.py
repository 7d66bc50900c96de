"""The console as a channel: one line for each message, for whoever watches."""

from rich.console import Console
from rich.text import Text

from schemas.words import DeliveryOutcome
from services.notifier.domain.hours import london
from services.notifier.ports import IN_FLIGHT_MAX, Letter

STYLES = {"team": "cyan", "provider": "green", "ops": "red"}


class ConsoleChannel:
    """Writes to the console that it is given; names are shown as they are, never read as markup."""

    in_flight_max = IN_FLIGHT_MAX

    def __init__(self, console: Console) -> None:
        self._console = console

    def send(self, letter: Letter, key: str) -> DeliveryOutcome:  # noqa: ARG002 - a line cannot be taken back
        style = STYLES.get(letter.message.recipient.role, "")
        when = Text(f"{london(letter.message.at)} ", style="dim")
        self._console.print(when + Text(f"{letter.to_name}: ", style=style) + Text(letter.subject))
        return DeliveryOutcome.SENT
