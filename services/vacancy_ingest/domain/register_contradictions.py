"""Every statement of the register files that contradicts another, or itself. Nothing is mended; all is named.

Knows what can be so and what cannot. Must not know what follows from it. The kinds:

Of one file: `stated_twice`, `date_in_name_differs`, `date_in_title_differs`, `dated_by_its_rows` (from
reading), `lists_only_inspected`, `not_active_in_snapshot`, `unknown_provision_type`, `unknown_region`,
`unknown_borough`, `places_missing`, `provider_missing`, `registration_date_missing`,
`registered_after_snapshot`, `inspected_after_file`, `inspected_before_registered`,
`grade_without_full_inspection`, `grade_unreadable`, `leaver_without_date`, `left_but_no_leaver`,
`leaver_still_active`, `left_before_registered`, `neither_joiner_nor_leaver`, `closed_without_date`,
`closed_list_says_active`.

Between files: `closed_but_active` (a date in a closed list, and listed in the last snapshot, of that day or
later), `closed_but_listed_then` (the same, in an earlier snapshot), `leaver_still_listed`,
`closing_dates_differ`, `absent_but_not_closed`, `joiner_missing`, `registered_before_but_absent`,
`came_back`, `registration_date_changed`, `provision_type_changed`, `region_changed`,
`local_authority_changed`, `same_day_files_differ`, `judgements_differ`, `inspected_active_but_absent`,
`short_break_column_not_credible` (from `register_flags`).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from schemas.words import Judgement, RegisteredAs, Standing
from services.vacancy_ingest.domain.register import (
    LISTED,
    UNKNOWN_REGION,
    WITH_PLACES,
    Contradiction,
    InspectionRow,
    MovementRow,
    RegisterFile,
    SettingRow,
    Urn,
    plain,
)
from services.vacancy_ingest.domain.register_changes import Departing
from services.vacancy_ingest.domain.register_judgements import Judged, stated
from services.vacancy_ingest.domain.register_snapshots import Departure, Snapshot, complete


def within_files(files: Iterable[RegisterFile]) -> Iterator[Contradiction]:
    """Name what is wrong in each file by itself."""
    for file in files:
        yield from file.contradictions
        if file.is_inspected_only:
            says = f"{file.name}: every row has an inspection, so new settings are missing; it closes none"
            yield Contradiction("lists_only_inspected", None, says)
        yield from _without_provider(file)
        for row in file.settings:
            yield from (
                Contradiction(kind, row.urn, f"{file.name}: {says}") for kind, says in _setting(row, file)
            )
        for moved in file.movements:
            yield from (
                Contradiction(kind, moved.urn, f"{file.name}: {says}") for kind, says in _movement(moved)
            )
        for seen in file.inspections:
            yield from (
                Contradiction(kind, seen.urn, f"{file.name}: {says}")
                for kind, says in _inspection(seen, file)
            )
        yield from _closed(file)


def _without_provider(file: RegisterFile) -> Iterator[Contradiction]:
    """Name settings without an organisation, in a file that names it for others."""
    if any(row.provider_id for row in file.settings):
        for row in file.settings:
            if row.provider_id is None:
                yield Contradiction("provider_missing", row.urn, f"{file.name}: no organisation is named")


def _setting(row: SettingRow, file: RegisterFile) -> Iterator[tuple[str, str]]:
    if row.standing is not Standing.ACTIVE:
        yield "not_active_in_snapshot", f"listed as {row.standing}"
    if row.registered_as is RegisteredAs.UNKNOWN_TYPE:
        yield (
            "unknown_provision_type",
            f"row {row.row} has a provision type that Hearth does not know; kept apart",
        )
    if row.region == UNKNOWN_REGION:
        yield "unknown_region", f"row {row.row} names no English region; counted in England alone"
    if row.region == "London" and row.borough is None:
        yield "unknown_borough", f"row {row.row} is in London and names no London council"
    if row.places is None and row.registered_as in WITH_PLACES:
        yield "places_missing", f"a {row.registered_as} without a number of places; it counts none"
    yield from _setting_days(row, file)
    if row.judgement is Judgement.UNKNOWN:
        yield "grade_unreadable", f"row {row.row} has a grade that Hearth does not know"


def _setting_days(row: SettingRow, file: RegisterFile) -> Iterator[tuple[str, str]]:
    if row.registered_on is None:
        yield "registration_date_missing", "no registration date"
    elif row.registered_on > file.as_at:
        yield "registered_after_snapshot", f"registered on {row.registered_on}, in a file of {file.as_at}"
    if row.judged_on and row.judged_on > file.as_at:
        yield "inspected_after_file", f"inspected on {row.judged_on}, in a file of {file.as_at}"


def _movement(row: MovementRow) -> Iterator[tuple[str, str]]:
    if row.is_leaver and row.left_on is None:
        yield "leaver_without_date", "a leaver without a leaving date"
    if not row.is_leaver and row.left_on is not None:
        yield "left_but_no_leaver", f"left on {row.left_on} and is no leaver"
    if row.is_leaver and row.standing in LISTED:
        yield "leaver_still_active", f"a leaver whose registration is {row.standing}"
    if row.left_on and row.registered_on and row.left_on < row.registered_on:
        yield "left_before_registered", f"left on {row.left_on}, registered on {row.registered_on}"
    if not row.is_leaver and not row.is_joiner:
        yield "neither_joiner_nor_leaver", f"row {row.row} is neither"


def _inspection(row: InspectionRow, file: RegisterFile) -> Iterator[tuple[str, str]]:
    if row.inspected_on > file.as_at:
        yield "inspected_after_file", f"inspected on {row.inspected_on}, in a file of {file.as_at}"
    if row.registered_on and row.inspected_on < row.registered_on:
        yield (
            "inspected_before_registered",
            f"inspected on {row.inspected_on}, registered on {row.registered_on}",
        )
    if not row.is_full and row.judgement is not None:
        yield (
            "grade_without_full_inspection",
            f"a grade of {row.inspected_on} without a full inspection; not used",
        )
    if row.is_full and row.judgement is Judgement.UNKNOWN:
        yield "grade_unreadable", f"row {row.row} has a grade that Hearth does not know"


def _closed(file: RegisterFile) -> Iterator[Contradiction]:
    for row in file.closed:
        if row.standing in LISTED:
            says = f"{file.name}: in a closed list, as {row.standing}, closed on {row.closed_on or 'no day'}"
            yield Contradiction("closed_list_says_active", row.urn, says)
        elif row.closed_on is None:
            yield Contradiction("closed_without_date", row.urn, f"{file.name}: {row.standing} without a date")


def between_files(
    files: Sequence[RegisterFile],
    snapshots: Sequence[Snapshot],
    departing: Departing,
    known: Sequence[Snapshot] = (),
) -> Iterator[Contradiction]:
    """Name what one file says against another, or against what is known of a later day."""
    yield from _same_day(files)
    yield from _still_listed([*snapshots, *known], departing.stated)
    yield from _closing_dates(files, departing.stated)
    yield from _joiners_missing(files, snapshots, departing.stated)
    yield from _inspected_absent(files, snapshots, departing.stated)
    yield from _judgements_differ(files)
    yield from _came_back(snapshots)
    for earlier, later in pairwise(snapshots):
        yield from _absent(earlier, later, departing)
        yield from _registered_before(earlier, later)
        yield from _changed(earlier, later)


def _still_listed(snapshots: Sequence[Snapshot], stated: Mapping[Urn, Departure]) -> Iterator[Contradiction]:
    for urn, said in stated.items():
        listing = [
            seen for seen in snapshots if said.left_on and seen.as_at >= said.left_on and urn in seen.rows
        ]
        if not listing:
            continue
        last = listing[-1]
        kind = _still_listed_as(said, is_last=last is snapshots[-1])
        left = f"{said.standing} on {said.left_on} in {said.file}"
        listed = f"still {last.rows[urn].standing} in {last.names[0]} of {last.as_at}"
        says = f"{left}, and {listed}" + ("; it is not closed" if last is snapshots[-1] else "")
        yield Contradiction(kind, urn, says)


def _still_listed_as(said: Departure, *, is_last: bool) -> str:
    if not said.is_in_closed_list:
        return "leaver_still_listed"
    return "closed_but_active" if is_last else "closed_but_listed_then"


def _closing_dates(files: Iterable[RegisterFile], stated: Mapping[Urn, Departure]) -> Iterator[Contradiction]:
    for file in files:
        days = [(row.urn, row.closed_on) for row in file.closed]
        days += [(moved.urn, moved.left_on) for moved in file.movements if moved.is_leaver]
        for urn, day in days:
            said = stated.get(urn)
            if said and day and said.left_on and said.left_on != day:
                says = f"left on {day} in {file.name}, on {said.left_on} in {said.file}"
                yield Contradiction("closing_dates_differ", urn, says)


def _joiners_missing(
    files: Iterable[RegisterFile], snapshots: Sequence[Snapshot], stated: Mapping[Urn, Departure]
) -> Iterator[Contradiction]:
    for file in files:
        following = next((seen for seen in snapshots if seen.as_at >= file.as_at), None)
        for row in file.movements:
            if following and row.is_joiner and row.urn not in following.rows and row.urn not in stated:
                says = (
                    f"joined in {file.name}, absent from {following.names[0]}, and no file says that it left"
                )
                yield Contradiction("joiner_missing", row.urn, says)


def _inspected_absent(
    files: Iterable[RegisterFile], snapshots: Sequence[Snapshot], stated: Mapping[Urn, Departure]
) -> Iterator[Contradiction]:
    """Name settings that an inspections file has as active on the very day of a snapshot that lacks them."""
    by_day = {seen.as_at: seen for seen in snapshots}
    for file in files:
        seen = by_day.get(file.as_at)
        absent = {
            row.urn
            for row in file.inspections
            if seen and row.urn not in seen.rows and row.standing in LISTED
        }
        for urn in sorted(absent):
            left = ", which a file says has left" if urn in stated else ""
            says = f"active in {file.name}, absent from the snapshot of the same day{left}"
            yield Contradiction("inspected_active_but_absent", urn, says)


def _judgements_differ(files: Iterable[RegisterFile]) -> Iterator[Contradiction]:
    said: dict[tuple[Urn, object], Judgement] = {}
    for urn, judged in stated(files):
        first = said.setdefault((urn, judged.on), judged.judgement)
        if first is not judged.judgement:
            yield _differing(urn, judged, first)


def _differing(urn: Urn, judged: Judged, first: Judgement) -> Contradiction:
    says = f"the inspection of {judged.on} is both {first} and {judged.judgement}; taken as unknown"
    return Contradiction("judgements_differ", urn, says)


def _came_back(snapshots: Sequence[Snapshot]) -> Iterator[Contradiction]:
    for first, second, third in zip(snapshots, snapshots[1:], snapshots[2:], strict=False):
        for urn in sorted((first.rows.keys() & third.rows.keys()) - second.rows.keys()):
            says = f"listed on {first.as_at} and {third.as_at}, absent on {second.as_at}"
            yield Contradiction("came_back", urn, says)


def _absent(earlier: Snapshot, later: Snapshot, departing: Departing) -> Iterator[Contradiction]:
    for urn in sorted(earlier.rows.keys() - later.rows.keys()):
        if not departing.may_leave(urn, later.as_at):
            says = (
                f"listed on {earlier.as_at}, absent on {later.as_at}, and in no closed list; it is not closed"
            )
            yield Contradiction("absent_but_not_closed", urn, says)


def _registered_before(earlier: Snapshot, later: Snapshot) -> Iterator[Contradiction]:
    for urn in sorted(later.rows.keys() - earlier.rows.keys()):
        day = later.rows[urn].registered_on
        if day is not None and day <= earlier.as_at:
            says = f"registered on {day}, absent on {earlier.as_at}, listed on {later.as_at}"
            yield Contradiction("registered_before_but_absent", urn, says)


def _changed(earlier: Snapshot, later: Snapshot) -> Iterator[Contradiction]:
    for urn in sorted(earlier.rows.keys() & later.rows.keys()):
        old, new = earlier.rows[urn], later.rows[urn]
        for kind, before, after in _pairs(old, new):
            if before != after and before and after:
                says = f"{before} on {earlier.as_at}, {after} on {later.as_at}"
                yield Contradiction(kind, urn, says)


def _pairs(old: SettingRow, new: SettingRow) -> Iterator[tuple[str, object, object]]:
    yield "provision_type_changed", old.registered_as, new.registered_as
    yield "region_changed", old.region, new.region
    yield "registration_date_changed", old.registered_on, new.registered_on
    if old.local_authority and new.local_authority:
        yield "local_authority_changed", *_councils(old, new)


def _councils(old: SettingRow, new: SettingRow) -> tuple[str, str]:
    """Give London boroughs by code and other councils without a name, so that only the difference shows."""
    if plain(old.local_authority) == plain(new.local_authority):
        return "a council", "a council"
    return old.borough or "a council", new.borough or "another council"


def _same_day(files: Iterable[RegisterFile]) -> Iterator[Contradiction]:
    """Name settings that two snapshots of one day state differently, or that only one of them lists."""
    first: dict[object, RegisterFile] = {}
    for file in complete(files):
        other = first.setdefault(file.as_at, file)
        if other is file:
            continue
        rows, others = ({row.urn: row for row in one.settings} for one in (file, other))
        for urn in sorted(rows.keys() | others.keys()):
            if _facts(rows.get(urn)) != _facts(others.get(urn)):
                says = f"{other.name} and {file.name}, both of {file.as_at}, differ; the first is used"
                yield Contradiction("same_day_files_differ", urn, says)


def _facts(row: SettingRow | None) -> tuple[object, ...] | None:
    if row is None:
        return None
    return (row.registered_as, row.registered_on, row.standing, row.region, row.places)
