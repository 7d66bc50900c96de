"""`hearth`: the one command line. Knows which commands there are; each group's file knows what they do."""

import sys
from typing import NoReturn

import typer

from services.commands import (
    agreements,
    dead_letters,
    demonstrating,
    directories,
    explaining,
    importing,
    lagging,
    living,
    replaying,
    serving,
    topics,
    verifying,
    working,
)
from services.commands.telling import BAD_INPUT

INTERRUPTED = 130
"""What a shell gives for a program that Ctrl-C ended."""

app = typer.Typer(
    name="hearth",
    help="Live availability of children's placements, and offer windows in the order that an agreement says.",
    add_completion=False,
    pretty_exceptions_show_locals=False,
    pretty_exceptions_enable=False,
)
app.command("demo")(demonstrating.demo)
app.command("serve")(serving.serve)
app.command("work")(working.work)
app.command("health")(living.health)
app.command("lag")(lagging.lag)
app.command("verify")(verifying.verify)
app.command("replay")(replaying.replay)
app.command("explain")(explaining.explain)
app.add_typer(importing.app, name="import")
app.add_typer(directories.app, name="directory")
app.add_typer(agreements.app, name="agreement")
app.add_typer(topics.app, name="topics")
app.add_typer(dead_letters.app, name="dead-letters")


def main() -> NoReturn:
    """Run the command line. What it cannot take gets one line on stderr and exit code 2."""
    if len(sys.argv) == 1:
        sys.argv.append("--help")
    try:
        sys.exit(app(standalone_mode=False))
    except typer.TyperException as error:
        typer.echo(f"hearth: {' '.join(error.format_message().split())}", err=True)
        sys.exit(BAD_INPUT)
    except typer.Abort:
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()
