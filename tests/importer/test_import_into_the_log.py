"""`hearth import ofsted-register`: what the files come to in the log, once, whatever happens on the way."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from runtime.clock import VirtualClock
from runtime.decider import Decider
from runtime.log import Entry, Overtaken, Placed
from runtime.memory_log import MemoryLog
from services.cli import app
from services.matcher.adapters.terms_files import CALENDAR, POLICY, load_terms
from services.matcher.rulebooks import OffersRules
from services.shipped import shipped
from services.vacancy_ingest.register_events import TOPIC, Terms
from services.vacancy_ingest.register_import import RegisterRefused, import_register

TERMS = Terms(POLICY, CALENDAR)
A_DAY_AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
SNAPSHOTS = ("Providers_places_at_31_Aug_2023.csv", "Providers_places_at_31_Aug_2024.csv")


def carried(*names: str) -> list[Path]:
    return [Path(str(shipped("ofsted_register", name))) for name in names]


def a_log() -> MemoryLog:
    return MemoryLog(VirtualClock(A_DAY_AT))


def decide_all(log: MemoryLog) -> None:
    decider = Decider(log, OffersRules(load_terms()))
    decider.start()
    while decider.step():
        pass


def settings_of(log: MemoryLog) -> list[dict[str, object]]:
    decide_all(log)
    return [json.loads(record.value)["state"] for record in log.latest_of_each("offers")]


def bytes_of(log: MemoryLog, topic: str) -> list[tuple[str, bytes, str]]:
    records = log.read(topic, 0, 1_000_000)
    return [(record.key, record.value, record.headers["ce_id"]) for record in records]


def test_the_rules_show_as_many_homes_and_places_in_london_as_the_register() -> None:
    log = a_log()
    import_register(log, carried(*SNAPSHOTS), TERMS, region="London")
    homes = [
        state
        for state in settings_of(log)
        if state["provision"] in ("childrens_home", "short_breaks") and state["registration"] != "closed"
    ]
    assert (len(homes), sum(int(str(state["registered_places"])) for state in homes)) == (220, 1007)
    assert all(state["region"] == "London" and state["borough"] for state in homes)


def test_every_event_of_a_first_import_is_accepted_by_the_rules() -> None:
    log = a_log()
    import_register(log, carried(*SNAPSHOTS), TERMS, region="London")
    decide_all(log)
    answers = {json.loads(record.value)["answer"] for record in log.read("offers", 0, 1_000_000)}
    assert answers == {"accepted"}
    assert log.end("dead-letters") == 0


def test_importing_again_writes_nothing() -> None:
    log = a_log()
    _, written, known = import_register(log, carried(*SNAPSHOTS), TERMS, region="London")
    assert (written > 0, known) == (True, 0)
    before = log.end("vacancies")
    assert import_register(log, carried(*SNAPSHOTS), TERMS, region="London")[1:] == (0, written)
    assert log.end("vacancies") == before


def test_a_later_snapshot_alone_is_held_against_what_the_log_holds() -> None:
    together, apart = a_log(), a_log()
    import_register(together, carried(*SNAPSHOTS), TERMS, region="London")
    import_register(apart, carried(SNAPSHOTS[0]), TERMS, region="London")
    taking, _, _ = import_register(apart, carried(SNAPSHOTS[1]), TERMS, region="London")
    homes = next(line for line in taking.reconciliation if line.registered_as == "childrens_home")
    assert (homes.settings.before, homes.settings.after) == (194, 220)
    import_register(apart, carried(SNAPSHOTS[1]), TERMS, region="London")
    assert settings_of(together) == settings_of(apart)


class Stopping(MemoryLog):
    """A log whose process ends before its n-th append."""

    appends_left = 0

    def append(self, *args: object, **options: object) -> tuple[Placed, ...]:
        if self.appends_left == 0:
            raise KeyboardInterrupt
        self.appends_left -= 1
        return super().append(*args, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("appends", [0, 1, 3])
def test_an_import_that_was_stopped_is_finished_by_the_next(appends: int) -> None:
    whole = a_log()
    import_register(whole, carried(*SNAPSHOTS), TERMS, region="London")
    log = Stopping(VirtualClock(A_DAY_AT))
    log.appends_left = appends
    with pytest.raises(KeyboardInterrupt):
        import_register(log, carried(*SNAPSHOTS), TERMS, region="London")
    log.appends_left = 1_000
    import_register(log, carried(*SNAPSHOTS), TERMS, region="London")
    assert bytes_of(log, "vacancies") == bytes_of(whole, "vacancies")
    assert bytes_of(log, TOPIC) == bytes_of(whole, TOPIC)


class Shared(MemoryLog):
    """A log to which another import writes just before this one does."""

    is_shared = True

    def append(self, *args: object, **options: object) -> tuple[Placed, ...]:
        if self.is_shared:
            self.is_shared = False
            super().append([Entry(TOPIC, "SC000001", b"{}", {"ce_id": "another"})])
        return super().append(*args, **options)  # type: ignore[arg-type]


def test_two_imports_at_once_write_nothing_twice() -> None:
    log = Shared(VirtualClock(A_DAY_AT))
    with pytest.raises(Overtaken):
        import_register(log, carried(*SNAPSHOTS), TERMS, region="London")
    assert log.end("vacancies") == 0


def test_a_file_that_cannot_be_read_changes_nothing(tmp_path: Path) -> None:
    log = a_log()
    import_register(log, carried(SNAPSHOTS[0]), TERMS, region="London")
    half = tmp_path / "register.csv"
    half.write_bytes(carried(SNAPSHOTS[1])[0].read_bytes()[:60_000])
    before = log.end("vacancies")
    with pytest.raises(RegisterRefused, match="register"):
        import_register(log, [half], TERMS, as_at=["2024-03-31"])
    assert log.end("vacancies") == before


def run(*words: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["import", "ofsted-register", *words])
    return result.exit_code, result.stdout, result.stderr


def test_the_command_gives_one_json_object_of_the_promised_shape(tmp_path: Path) -> None:
    files = [str(path) for path in carried(*SNAPSHOTS, "Closed_childrens_homes_31Mar24.csv")]
    code, out, _ = run(*files, "--data", str(tmp_path), "--region", "London", "--json")
    report = json.loads(out)
    assert code == 0
    assert set(report) == {"files", "events", "reconciliation", "contradictions"}
    assert all(set(file) == {"file", "kind", "as_at", "rows", "rejected"} for file in report["files"])
    assert set(report["events"]) == {"written", "already_known"}
    homes = next(line for line in report["reconciliation"] if line["provision_type"] == "childrens_home")
    assert homes["settings"] == {"before": 194, "joined": 32, "left": 6, "after": 220}
    assert homes["places"] == {"before": 945, "joined": 111, "left": 52, "changed": 3, "after": 1007}
    assert (homes["from"], homes["to"], homes["region"]) == ("2023-08-31", "2024-03-31", "London")


def test_the_command_refuses_in_one_line_that_names_file_and_reason(tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_bytes(b"\x00\x01 nothing like a register \xff")
    code, out, errors = run(str(bad), "--data", str(tmp_path / "log"), "--json")
    assert (code, out) == (2, "")
    assert errors.startswith("bad.csv")
    assert errors.count("\n") == 1
    assert run(str(tmp_path / "absent.csv"), "--data", str(tmp_path / "log"))[0] == 2
    assert (
        run(*map(str, carried(SNAPSHOTS[0])), "--data", str(tmp_path / "log"), "--region", "Atlantis")[0] == 2
    )


def test_a_closed_list_that_comes_alone_closes_no_home_that_the_log_lists_later() -> None:
    log = a_log()
    import_register(log, carried(*SNAPSHOTS), TERMS)
    before = [state["registration"] for state in settings_of(log)]
    taking, _, _ = import_register(log, carried("Closed_childrens_homes_31Mar24.csv"), TERMS)
    assert [state["registration"] for state in settings_of(log)] == before
    assert sum(one.kind == "closed_but_active" for one in taking.contradictions) == 12
