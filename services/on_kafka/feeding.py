"""What carries a provider's own topic."""

from services.directory import Caller, Directory
from services.edge.saying import Defaults
from services.matcher.adapters.terms_files import CALENDAR, POLICY
from services.vacancy_ingest.feed import Feed
from services.vacancy_ingest.feed_topic import FeedTopic

from .place import Place, mirrored, turn_until_stopped
from .topics import seen_by


def run_feed(place: Place, directory: Directory, caller: Caller, topic: FeedTopic) -> None:
    """Carry what one provider's program writes to its own topic until a signal says stop."""
    with mirrored(place, f"hearth-{topic.name}", {*seen_by("vacancy_ingest"), topic.name}) as log:
        feed = Feed(log, topic.name, caller, directory, Defaults(POLICY, CALENDAR))
        turn_until_stopped(place, log, [feed])
