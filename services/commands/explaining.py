"""`hearth explain`: how a thing came to be what it is. Exit 0: told; 2: an id that the log does not know, or no log."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .kafka import check_where, copied
from .telling import progress, refuse, say, say_json

if TYPE_CHECKING:
    from runtime.log import Log
    from services.matcher.explaining.steps import Says
    from services.matcher.explaining.story import Explanation
    from services.matcher.explaining.wording import Names


def explain(
    thing: Annotated[
        str,
        typer.Argument(metavar="ID", help="A vacancy, window, referral, match, nomination, hold or take."),
    ],
    data: Annotated[
        Path | None, typer.Option(help="Where the log is. It is only read, also beside a running server.")
    ] = None,
    brokers: Annotated[
        str | None, typer.Option(help="Instead of --data: the Kafka that has the log, as host:port.")
    ] = None,
    is_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of text.")] = False,
) -> None:
    """Tell from the log which inputs led to a thing, which law and agreement applied, and who was asked and why."""
    from runtime.log import LogMismatch, LogUnavailable
    from services.matcher.adapters.council_names import read_council_names
    from services.matcher.domain.policy import TermsUnknown
    from services.matcher.explaining.story import Unknown
    from services.shipped import shipped
    from services.verifier.reading import NoLog

    check_where(data, brokers)
    names = read_council_names(shipped("geo_london"))
    try:
        with opened(data, brokers) as log:
            found = read(thing, log, names, is_quiet=is_json)
    except TermsUnknown as error:
        refuse(f"{data or brokers}: the log was decided under {error}, which this version does not have")
    except (NoLog, LogUnavailable, LogMismatch, Unknown) as error:
        refuse(str(error))
    if is_json:
        say_json(as_json(found, names))
        return
    for line in lines(found, names):
        say(line)


@contextmanager
def opened(data: Path | None, brokers: str | None) -> "Iterator[Log]":
    """The log in a directory, or what a Kafka holds now; NoLog, LogUnavailable, LogMismatch."""
    from services.verifier.reading import open_log

    if brokers is not None:
        with copied(brokers) as mirror:
            yield mirror
        return
    with closing(open_log(data or Path())) as log:
        yield log


def read(thing: str, log: "Log", names: "Names", *, is_quiet: bool) -> "Explanation":
    """Explain one id of a log, with a bar for people; LogUnavailable, Unknown, TermsUnknown."""
    from services.matcher.adapters.terms_files import load_terms
    from services.matcher.explaining.story import Explaining

    with progress("reading", None, is_quiet=is_quiet) as told:
        return Explaining(log, load_terms(), names, told).explain(thing)


# --- for machines -------------------------------------------------------------------------------------------


def as_json(found: "Explanation", names: "Names") -> dict[str, Any]:
    """Return what machines read: one object with a list of steps."""
    told = {
        "id": found.id,
        "kind": found.kind,
        "log_id": found.log_id,
        "as_at": at_json(found.as_at),
        "now": says_json(found.now),
        "steps": [
            {
                "at": each.at,
                "record": each.record,
                "cause": asdict(each.cause),
                "answer": each.answer,
                "says": [says_json(one) for one in each.says],
            }
            for each in found.steps
        ],
        "next": [{"at": at_json(each.at), "says": each.text, "law": each.law.source} for each in found.due],
    }
    return told | {"ladder": ladder_json(found), "councils": councils_json(found, names)}


def says_json(says: "Says") -> dict[str, Any]:
    return {
        "text": says.text,
        "fact": says.fact or None,
        "law": {"source": says.law.source, "text": says.law.text},
    }


def ladder_json(found: "Explanation") -> dict[str, Any] | None:
    from services.matcher.explaining.wording import lasting

    if found.ladder is None:
        return None
    return {
        "says": found.ladder.says,
        "agreement_id": found.ladder.agreement_id,
        "version": found.ladder.version,
        "policy": found.ladder.policy,
        "calendar": found.ladder.calendar,
        "deadline": found.deadline,
        "as_at": None if found.councils_at is None else at_json(found.councils_at),
        "tiers": [
            {
                "tier": each.tier,
                "audience": each.audience,
                "councils": list(each.councils),
                "length": lasting(each.length),
                "is_standby_allowed": each.is_standby_allowed,
                "stands": each.stands,
            }
            for each in found.ladder.rungs
        ],
    }


def councils_json(found: "Explanation", names: "Names") -> list[dict[str, Any]]:
    return [
        {
            "council": each.council,
            "name": names.get(each.council),
            "asked": each.asked,
            "why": each.why,
        }
        for each in found.councils
    ]


def at_json(at: datetime) -> str:
    from runtime.records import rfc3339

    return rfc3339(at)


# --- for people ---------------------------------------------------------------------------------------------


def lines(found: "Explanation", names: "Names") -> Iterator[str]:
    """Tell it in plain words, all times in London."""
    from services.matcher.explaining.wording import in_london

    yield f"{found.kind.capitalize()} {found.id}, as at {in_london(found.as_at)} (log {found.log_id})"
    yield f"{found.now.text}  [{found.now.law.source}]"
    yield from step_lines(found)
    if found.ladder is not None:
        yield from ladder_lines(found, names)
        yield from council_lines(found, names)
    if found.due:
        yield from ("", "Next, if nothing else happens before")
        for due in found.due:
            yield f"  {in_london(due.at)}: {due.text}  [{due.law.source}]"
    yield from law_lines(found)


def step_lines(found: "Explanation") -> Iterator[str]:
    from services.matcher.explaining.steps import cause_in_words
    from services.matcher.explaining.wording import in_london

    yield from ("", "What happened")
    for step in found.steps:
        yield f"  {in_london(step.at)}  {step.record}: {cause_in_words(step.cause)}"
        for says in step.says:
            yield f"    - {says.text}  [{says.law.source}]"


def ladder_lines(found: "Explanation", names: "Names") -> Iterator[str]:
    from services.matcher.explaining.wording import councils, in_london, lasting

    if found.ladder is None or found.councils_at is None:
        return
    yield from ("", f"The ladder, as at {in_london(found.councils_at)}", f"  {found.ladder.says}")
    for each in found.ladder.rungs:
        who = councils(each.councils, names) or "no member"
        standby = "" if each.is_standby_allowed else "; may not stand by"
        yield f"  Tier {each.tier} {each.audience} ({who}): {lasting(each.length)}{standby}; {each.stands}"
    if found.deadline is not None:
        yield f"  Deadline: {found.deadline}."


def council_lines(found: "Explanation", names: "Names") -> Iterator[str]:
    from services.matcher.explaining.councils import grouped
    from services.matcher.explaining.wording import words

    yield from ("", "The councils")
    for (asked, why), codes in grouped(found.councils).items():
        yield f"  {words(asked)} ({', '.join(names.get(each, each) for each in codes)}): {why}"


def law_lines(found: "Explanation") -> Iterator[str]:
    """Each law that was named, once, in the order in which it came."""
    named = [
        found.now.law,
        *(says.law for step in found.steps for says in step.says),
        *(e.law for e in found.due),
    ]
    yield from ("", "The laws")
    for law in dict.fromkeys(named):
        yield f"  {law.source}: {law.text}"
