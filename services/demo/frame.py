"""What stands around the show: an opening, a bar while the weeks fly by, tables at the end, and the way in.

Knows rich and the summary; must not know how things are decided.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from services.demo.show import day_and_time, plain
from services.demo.summary import MADE_UP, REAL, Summary
from services.demo.world import COMMISSIONER, HARINGEY, OPS_TOKEN, SHOWN_PROVIDER, token_of
from services.directory import Directory

REFUSALS_SHOWN = 8
TOP_ALERTS = 8


def opening(console: Console, begins_at: datetime, ends_at: datetime, seed: int) -> None:
    """Say what is real and what is made up, before anything else."""
    console.rule("[bold]Hearth: six weeks at high speed")
    console.print(f"[bold green]Real:[/] {REAL}.")
    console.print(f"[bold yellow]Made up:[/] {MADE_UP}.")
    console.print("Adversities (downgrades, bypasses, closures) happen only in homes that are made up too.")
    console.print(
        f"From {day_and_time(begins_at)} to {day_and_time(ends_at)}, seed {seed}.\n", highlight=False
    )


@contextmanager
def flying(console: Console, begins_at: datetime, ends_at: datetime) -> Iterator[Callable[[datetime], None]]:
    """Show how far the weeks have gone; nothing moves where nobody looks."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("reading the register", total=(ends_at - begins_at).total_seconds())

        def passed(at: datetime) -> None:
            seconds = (at - begins_at).total_seconds()
            progress.update(task, completed=seconds, description=day_and_time(at))

        yield passed


def tables(console: Console, found: Summary) -> None:
    """Print what the weeks came to."""
    console.print()
    console.rule("[bold]What it came to")
    kinds = sorted(found.settings)
    rows = [(plain(kind), str(found.settings[kind]), str(found.places[kind])) for kind in kinds]
    console.print(_table("Settings of London (real)", ("provision", "settings", "places"), rows))
    console.print(_windows(found))
    console.print(_table("In six weeks (made up)", ("what", "how many"), _numbers(found)))
    console.print(_table("Most messages", ("about", "sent"), _most(found.alerts_by_kind, TOP_ALERTS)))
    title = f"Refused, and nothing changed ({len(found.refusals)} codes)"
    console.print(_table(title, ("code", "times"), _most(found.refusals, REFUSALS_SHOWN)))
    _promises(console, found)


def _windows(found: Summary) -> Table:
    tiers = sorted({tier for counts in found.windows.values() for tier in counts})
    rows = [
        (plain(outcome), *(str(counts.get(tier, "")) for tier in tiers))
        for outcome, counts in found.windows.items()
    ]
    return _table("Offer windows that ended", ("outcome", *(f"tier {tier}" for tier in tiers)), rows)


def _promises(console: Console, found: Summary) -> None:
    seen = sum(count > 0 for count in found.laws.values())
    console.print(f"{seen} of {len(found.laws)} laws were seen at work.")
    checked = sum(each.checked for each in found.invariants.values())
    broken = [promise for promise, each in found.invariants.items() if each.broken]
    kept = "every one was kept" if not broken else f"broken: {', '.join(broken)}"
    console.print(
        f"{len(found.invariants)} promises were checked {checked:,} times by a second opinion: {kept}."
    )


def _numbers(found: Summary) -> list[tuple[str, str]]:
    made_up = sum(found.made_up_settings.settings.values())
    return [
        ("made-up homes and households", str(made_up)),
        ("vacancies posted", str(found.vacancies)),
        ("windows still open", str(found.windows_open)),
        ("matches", str(found.matches)),
        ("near misses", str(found.near_misses)),
        ("placements", str(found.placements)),
        ("children moved in", str(found.moved_in)),
        ("alerts sent", str(found.alerts)),
        ("inputs refused", str(sum(found.refusals.values()))),
        ("dead letters", str(sum(found.dead_letters.values()))),
    ]


def _most(counts: Mapping[str, int], top: int) -> list[tuple[str, str]]:
    most = sorted(counts.items(), key=lambda each: (-each[1], each[0]))[:top]
    return [(plain(name), str(count)) for name, count in most]


def _table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold")
    for number, column in enumerate(columns):
        table.add_column(column, justify="right" if number else "left")
    for row in rows:
        table.add_row(*row)
    return table


def invite(console: Console, directory: Directory, port: int) -> None:
    """Say where the page is and how to sign in there."""
    console.print()
    console.rule("[bold]Live from here on")
    console.print(
        f"[bold]http://127.0.0.1:{port}[/]  Ctrl-C ends it. Sign in on the page with one of these tokens:"
    )
    for name, token in tokens(directory):
        console.print(f"  {name}")
        console.print(f"    {token}", soft_wrap=True)
    console.print()


def tokens(directory: Directory) -> Iterator[tuple[str, str]]:
    """Who may sign in on the page, and with which token: one of each role."""
    for name, party in (
        (f"{directory.council_name(HARINGEY)}'s team (made up)", HARINGEY),
        (directory.provider_name(SHOWN_PROVIDER), SHOWN_PROVIDER),
        ("Commissioner (made up)", COMMISSIONER),
        ("Ops (made up)", OPS_TOKEN),
    ):
        yield name, token_of(party)[0]
