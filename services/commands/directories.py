"""`hearth directory …`: check a directory file, make a token for one."""

from pathlib import Path
from typing import Annotated

import typer

from .telling import refuse, say, say_json, say_table

app = typer.Typer(help="The file that says who may call, and what things are called.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object instead of a table.")]


@app.command()
def check(file: Annotated[Path, typer.Argument(help="A directory file.")], is_json: AsJson = False) -> None:
    """Say what is wrong with a directory file (exit 2), or what it contains."""
    from services.directory import DirectoryUnusable, load_directory

    try:
        found = load_directory(file)
    except DirectoryUnusable as error:
        refuse(*[f"{file}: {problem}" for problem in error.problems])
    rows = [
        (
            str(role),
            entry.id,
            entry.name,
            str(len(entry.tokens)),
            channels(entry.inbox),
            channels(entry.duty_manager),
        )
        for role, entry in found.entries()
    ]
    columns = ("role", "id", "name", "tokens", "inbox", "duty_manager")
    if is_json:
        parties = [dict(zip(columns, row, strict=True)) for row in rows]
        say_json({"parties": parties, "settings": len(found.settings), "councils": len(found.councils)})
        return
    say_table(f"{file}: in order", columns, rows)
    say(f"{len(found.settings)} settings and {len(found.councils)} other councils have display names.")
    for role, entry in found.entries():
        if not entry.tokens:
            say(f"note: {role} {entry.id} has no token and cannot call")


def channels(found: tuple[object, ...]) -> str:
    return ", ".join(str(getattr(each, "kind", "")) for each in found)


@app.command()
def token(is_json: AsJson = False) -> None:
    """Make a token: shown once, never kept. The second line goes into the party's `tokens`."""
    from services.directory import new_token

    made, kept = new_token()
    if is_json:
        say_json({"token": made, "kept": kept.model_dump()})
        return
    say(f"token (give it to the party; it cannot be shown again): {made}")
    say(f"for the directory file: {kept.model_dump_json()}")


@app.command("made-up")
def made_up(
    file: Annotated[Path, typer.Argument(help="Where to write it; one that is there is written anew.")],
) -> None:
    """Write the directory of the demo's made-up people, and tell the tokens with which to sign in."""
    from services.demo.frame import tokens
    from services.demo.lasting import made_up_directory

    found = made_up_directory()
    try:
        file.write_text(found.model_dump_json(exclude_defaults=True))
    except OSError as error:
        refuse(f"{file}: {error.strerror}")
    say(
        f"{file}: {len(list(found.entries()))} made-up parties. Sign in on the page with one of these tokens:"
    )
    for name, token_of_it in tokens(found):
        say(f"  {name}")
        say(f"    {token_of_it}")
