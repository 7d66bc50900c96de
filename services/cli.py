"""`hearth`: the one command line. Knows which commands there are; each group's file knows what they do."""

import typer

from services.commands import (
    agreements,
    demonstrating,
    directories,
    explaining,
    importing,
    replaying,
    serving,
    verifying,
)

app = typer.Typer(
    name="hearth",
    help="Live availability of children's placements, and offer windows in the order that an agreement says.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
    pretty_exceptions_enable=False,
)
app.command("demo")(demonstrating.demo)
app.command("serve")(serving.serve)
app.command("verify")(verifying.verify)
app.command("replay")(replaying.replay)
app.command("explain")(explaining.explain)
app.add_typer(importing.app, name="import")
app.add_typer(directories.app, name="directory")
app.add_typer(agreements.app, name="agreement")


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()
