import subprocess
import sys
from importlib import import_module
from pkgutil import iter_modules

import pytest

import schemas
from schemas import vacancies
from schemas.base import Event
from schemas.registry import by_type, type_of, types_of
from schemas.topics import CATALOGUE, TOPICS, Topic

INPUTS_TO_DECISIONS = {"vacancies": "offers", "referrals": "placements"}
WHATEVER_KEY_IT_HAD = {"deliveries", "dead-letters"}
EACH = pytest.mark.parametrize("topic", CATALOGUE, ids=[topic.name for topic in CATALOGUE])


def test_every_type_stands_in_a_topic_of_the_catalogue_and_every_topic_holds_one() -> None:
    assert {each.topic for each in by_type().values()} == set(TOPICS)
    assert len(TOPICS) == len(CATALOGUE)


def test_no_event_stands_in_a_file_that_is_no_topic() -> None:
    files = {each.name for each in iter_modules(schemas.__path__)} - {
        each.replace("-", "_") for each in TOPICS
    }
    events = [
        f"{name}.{each.__name__}"
        for name in sorted(files)
        for each in vars(import_module(f"schemas.{name}")).values()
        if isinstance(each, type) and issubclass(each, Event) and each.__module__ == f"schemas.{name}"
    ]
    assert events == ["base.Event"]


def test_what_others_are_made_from_does_not_travel() -> None:
    for each in (Event, vacancies.Input, vacancies.DeadlineDue):
        with pytest.raises(KeyError):
            type_of(each)
    assert type_of(vacancies.WindowDue) == "hearth.vacancies.window_due.v1"


def test_who_reads_one_topic_does_not_load_the_models_of_others() -> None:
    """They take most of the time that a worker needs for Hearth's own code."""
    code = (
        "import sys; from services.matcher import rulebooks;"
        "print(*sorted(each for each in sys.modules if each.startswith('schemas.')))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    loaded = {each.removeprefix("schemas.").replace("_", "-") for each in told.split()}
    assert loaded & set(TOPICS) == {"vacancies", "referrals", "dead-letters"}


@pytest.mark.parametrize(("inputs", "decisions"), INPUTS_TO_DECISIONS.items())
def test_decisions_have_the_key_and_the_partitions_of_their_inputs(inputs: str, decisions: str) -> None:
    assert TOPICS[inputs].key == TOPICS[decisions].key
    assert TOPICS[inputs].partitions == TOPICS[decisions].partitions


@pytest.mark.parametrize(
    "name", [*INPUTS_TO_DECISIONS, *INPUTS_TO_DECISIONS.values(), "listings", "deliveries"]
)
def test_what_a_reader_folds_is_never_compacted_and_kept_for_ever(name: str) -> None:
    assert TOPICS[name].cleanup_policy == "delete"
    assert TOPICS[name].retention is None


@EACH
def test_a_topic_says_who_writes_and_reads_it_and_why_its_key(topic: Topic) -> None:
    assert topic.producers
    assert topic.consumers
    assert topic.owner in (*topic.producers, *topic.consumers)
    assert len(topic.why_key) > len(topic.key)


@EACH
def test_every_type_of_a_topic_holds_the_topics_key(topic: Topic) -> None:
    is_decided = topic.name in INPUTS_TO_DECISIONS.values()
    keyless = topic.name in WHATEVER_KEY_IT_HAD or is_decided
    assert [
        each.ce_type
        for each in types_of(topic.name)
        if not keyless and topic.key not in each.model.model_fields
    ] == []


def test_only_topics_that_are_said_to_be_personal_hold_what_a_child_needs() -> None:
    personal = {
        each.topic
        for each in by_type().values()
        if "ReferralNeeds" in each.model.model_json_schema().get("$defs", {})
    }
    assert personal == {topic.name for topic in CATALOGUE if topic.is_personal}
