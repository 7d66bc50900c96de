"""`hearth dead-letters`: what was refused, and how it is said again once the program can read it.

Exit 2: a wrong word, or something that cannot be replayed; 75: the log is out of reach.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .kafka import security
from .telling import refuse, refuse_for_now, say, say_json, say_table

if TYPE_CHECKING:
    from runtime.dead_letters import Invalid
    from runtime.log import Record
    from services.letterbox import Box, Letter, Reads

app = typer.Typer(help="Refused records: where they lie and why, never what they held.")

Brokers = Annotated[
    str | None, typer.Option(envvar="HEARTH_KAFKA", help="The Kafka that has the log, as host:port.")
]
Data = Annotated[Path | None, typer.Option(help="Instead of --brokers: the directory that has the log.")]
Topic = Annotated[str | None, typer.Option(help="Only letters about records of this topic.")]
Code = Annotated[str | None, typer.Option(help="Only letters with this code.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object instead of text.")]


@app.command("list")
def list_(
    brokers: Brokers = None,
    data: Data = None,
    topic: Topic = None,
    code: Code = None,
    is_each: Annotated[bool, typer.Option("--each", help="A line for each letter.")] = False,
    is_json: Json = False,
) -> None:
    """Count letters by topic and code. A refusal that was told twice counts once."""
    from services.letterbox import as_json, groups_of

    with _opened(brokers, data) as box:
        letters, strange = _letters(box, topic, code)
    groups = groups_of(letters)
    if is_json:
        counted = [
            {"topic": each.topic, "code": each.code, "letters": each.letters}
            | {"first_at": each.first_at.isoformat(), "last_at": each.last_at.isoformat()}
            for each in groups
        ]
        say_json({"groups": counted, "letters": [as_json(each) for each in letters], "unreadable": strange})
    elif is_each:
        rows = (
            [each.id, each.said.code.value, each.said.field, f"{each.told_at:%F %T}Z"] for each in letters
        )
        say_table(f"{len(letters)} dead letters", ("letter", "code", "field", "told"), rows)
    else:
        counts = (
            [g.topic, g.code, str(g.letters), f"{g.first_at:%F %T}Z", f"{g.last_at:%F %T}Z"] for g in groups
        )
        say_table(f"{len(letters)} dead letters", ("topic", "code", "letters", "first", "last"), counts)


@app.command()
def show(
    letter: Annotated[str, typer.Argument(metavar="LETTER", help="Its id: topic:partition:offset.")],
    brokers: Brokers = None,
    data: Data = None,
    is_json: Json = False,
) -> None:
    """Show one letter: where the refused record lies, which field broke which rule, its hash and size."""
    from services.letterbox import as_json

    with _opened(brokers, data) as box:
        [found] = _named(_letters(box)[0], [letter])
        is_there = found.is_appended and box.at(found.said) is not None
    told = {**as_json(found), "is_there": is_there}
    if is_json:
        say_json(told)
        return
    for name, value in told.items():
        say(f"{name.replace('_', ' '):12} {value}")


@app.command()
def replay(
    letters: Annotated[list[str] | None, typer.Argument(metavar="[LETTER]...")] = None,
    brokers: Brokers = None,
    data: Data = None,
    topic: Topic = None,
    code: Code = None,
    is_json: Json = False,
) -> None:
    """Append refused records to their topics again, as they are, once the program can read them.

    Name letters, or all of a topic or a code. What would be refused again is left where it lies, and told.
    """
    if bool(letters) == bool(topic or code):
        refuse("which letters: either their ids, or --topic, --code or both")
    from services.letterbox import CannotReplay
    from services.letterbox import replay as say_again

    done: list[dict[str, str]] = []
    problems: list[str] = []
    with _opened(brokers, data) as box:
        found = _letters(box, topic, code)[0]
        still_refused = _reading()
        for each in _named(found, letters) if letters else found:
            try:
                done.append({"id": each.id, "to": say_again(box, each, still_refused)})
            except CannotReplay as error:
                problems.append(str(error))
    if is_json:
        say_json({"replayed": done, "refused": problems})
    else:
        for one in done:
            say(f"{one['id']} said again at {one['to']}")
    if problems:
        refuse(*problems)


@contextmanager
def _opened(brokers: str | None, data: Path | None) -> "Iterator[Box]":
    """The letters of one of the two kinds of log; ends the command with one line if they cannot be had."""
    from runtime.log import LogMismatch, LogUnavailable
    from services.verifier.reading import NoLog

    if data is None and brokers is None:
        refuse("where the log is: either --data or --brokers")
    try:
        box = _box(brokers, data)
        try:
            yield box
        finally:
            box.close()
    except (NoLog, LogMismatch) as error:
        refuse(str(error))
    except LogUnavailable as error:
        refuse_for_now(str(error))


def _box(brokers: str | None, data: Path | None) -> "Box":
    """A directory that is named wins over a Kafka of the environment."""
    if data is not None:
        from services.letterbox import EmbeddedBox

        return EmbeddedBox(data)
    try:
        from services.kafka_letterbox import KafkaBox
    except ModuleNotFoundError as error:
        refuse(f"{error.name} is not installed: Kafka needs `pip install hearth[kafka]`")
    return KafkaBox(brokers or "", security())


def _letters(box: "Box", topic: str | None = None, code: str | None = None) -> "tuple[list[Letter], int]":
    from schemas.dead_letters import Refusal
    from services.letterbox import letters_of

    if code is not None and code not in {each.value for each in Refusal}:
        refuse(f"--code: one of {', '.join(each.value for each in Refusal)}")
    letters, strange = letters_of(box.records())
    of_topic = [each for each in letters if topic is None or each.said.topic == topic]
    return [each for each in of_topic if code is None or each.said.code.value == code], strange


def _named(letters: "list[Letter]", names: list[str]) -> "list[Letter]":
    by_name = {each.id: each for each in letters}
    if unknown := [name for name in names if name not in by_name]:
        refuse(*[f"{name}: there is no such letter" for name in unknown])
    return [by_name[name] for name in dict.fromkeys(names)]


def _reading() -> "Reads":
    """How the deciders of today read; what is no decider's input is judged by whoever reads it."""
    from runtime.dead_letters import Invalid
    from runtime.decider import NAMELESS
    from services.matcher.adapters.terms_files import load_terms
    from services.matcher.rulebooks import OffersRules, PlacementsRules

    terms = load_terms()
    rulebooks = {each.inputs_topic: each for each in (OffersRules(terms), PlacementsRules(terms))}

    def still_refused(record: "Record") -> "Invalid | None":
        if (rulebook := rulebooks.get(record.topic)) is None:
            return None
        found = NAMELESS if record.headers.get("ce_id") is None else rulebook.read(record)
        return found if isinstance(found, Invalid) else None

    return still_refused
