"""Which column of a register file means what, whatever it is called this year.

Knows the register's column names of 2017 to 2024 and how close another spelling must come. Must not know
what a value means. A column is found by its normalised name; failing that by likeness (rapidfuzz
token_set_ratio of at least 85, ranked by token_sort_ratio). Two that are equally like, one that stands
twice, and a required one that is missing are refusals that name the column.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from rapidfuzz import fuzz

from services.vacancy_ingest.domain.register import FileKind, Refusal, plain
from services.vacancy_ingest.domain.register_dating import date_in_words

LIKENESS_MIN: Final = 85.0
#: Two candidates nearer to each other than this cannot be told apart.
RANK_MARGIN: Final = 5.0
#: A header stands within this many rows of the top.
HEADER_ROW_MAX: Final = 60

#: What we read: field -> its names. The first is the one that refusals use.
READ: Final[dict[str, tuple[str, ...]]] = {
    "urn": ("URN", "Unique reference number", "Unique reference number URN", "Ofsted URN", "Setting URN"),
    "registered_as": ("Provision type", "Provider type", "Type of provision", "Setting type"),
    "registered_on": (
        "Registration date",
        "Date of registration",
        "Date registered",
        "First effective date that the provider became active",
    ),
    "standing": ("Registration status", "Status of registration", "Provider status", "Status"),
    "region": ("Government Office Region", "Region", "English region", "GOR"),
    "ofsted_region": ("Ofsted region",),
    "local_authority": ("Local authority", "Local authority name", "LA name"),
    "sector": ("Sector",),
    "places": (
        "Places",
        "Number of places",
        "Registered places",
        "Number of registered places",
        "Maximum number of places",
        "Maximum users",
    ),
    "short_break_only": ("Short-break-only children's home", "Short break only"),
    "organisation": (
        "Organisation name",
        "Organisation which owns the provider",
        "Name of organisation which owns the provider",
        "Registered organisation",
    ),
    "joiner": ("Joiner status", "Joiner"),
    "leaver": ("Leaver status", "Leaver"),
    "left_on": (
        "Date closed",
        "Closed date",
        "Closing date",
        "Date of closure",
        "Resigned/closed date",
        "Cancelled or resigned date",
        "First effective date that the provider became resigned",
        "First effective date that the provider closed",
        "First effective date that the provider became cancelled",
    ),
    "event": ("Inspection event type",),
    "inspected_on": ("Inspection date", "Date of inspection"),
    "latest_on": ("Latest full inspection date",),
    "latest_event": ("Latest full inspection event type",),
    "grade": (
        "Overall experiences and progress of children and young people",
        "Latest full inspection overall experiences and progress of children and young people",
        "Overall experiences and progress",
        "Overall outcome",
    ),
}
#: What we recognise so that nothing else is mistaken for it, and never read.
IGNORED: Final[dict[str, tuple[str, ...]]] = {
    name: (name, *more)
    for name, *more in (
        ("Web link",),
        ("Linked education URN",),
        ("Name", "Provider name", "Setting name"),
        ("Address 1", "Address line 1"),
        ("Address 2", "Address line 2"),
        ("Town",),
        ("County",),
        ("Postcode",),
        ("Parliamentary constituency",),
        ("Multi-building children's home",),
        ("Flag for appealed",),
        ("Inspectorate",),
        ("Notes",),
        ("Reason",),
        ("Latest full inspection publication date",),
        ("Latest full inspection event number",),
        ("Inspection publication date",),
        ("Inspection event number",),
        (
            "Outcomes in education and related learning activities",
            "Latest full inspection outcomes in education and related learning activities",
        ),
        ("Health services", "Latest full inspection health services"),
        (
            "How well children and young people are helped and protected",
            "Latest full inspection how well children and young people are helped and protected",
        ),
        (
            "The effectiveness of leaders and managers",
            "Latest full inspection the effectiveness of leaders and managers",
        ),
        ("Previous event type",),
        ("Previous inspection date",),
        ("Previous publication date",),
        ("Previous event number",),
        ("Previous overall experiences and progress of children and young people",),
        ("Previous outcomes in education and related learning activities",),
        ("Previous health services",),
        ("Previous how well children and young people are helped and protected",),
        ("Previous effectiveness of leaders and managers",),
    )
}
#: A leaving date stands in up to three columns, one for each way of leaving.
SEVERAL: Final = frozenset({"left_on"})
REQUIRED: Final[dict[FileKind, tuple[str, ...]]] = {
    FileKind.REGISTER_SNAPSHOT: (
        *("urn", "registered_as", "registered_on", "standing", "region"),
        *("local_authority", "places"),
    ),
    FileKind.JOINERS_AND_LEAVERS: (
        *("urn", "registered_as", "registered_on", "region", "joiner", "leaver", "left_on", "standing"),
    ),
    FileKind.INSPECTIONS: ("urn", "registered_as", "region", "event", "inspected_on", "grade", "standing"),
    FileKind.CLOSED_LIST: ("urn", "standing", "left_on"),
}
_FIELD_BY_WORDS: Final = {plain(name): field for field, names in (READ | IGNORED).items() for name in names}


def shown(field: str) -> str:
    """Give a field's name as the register writes it, for a refusal."""
    return READ[field][0]


@dataclass(frozen=True, slots=True)
class Columns:
    """Where everything stands: `row` counts from 1; `at` gives each field its column indexes, from 0."""

    row: int
    width: int
    kind: FileKind
    at: dict[str, tuple[int, ...]]
    headers_say: date | None
    named: frozenset[int]


def _words(header: str) -> str:
    """Give a header's words without its own date: `Registration status (as at 31 March 2023)`."""
    words = plain(header)
    for mark in (" as at ", " at "):
        head, found, tail = words.partition(mark)
        if found and ("@" in header or any(map(str.isdigit, tail))):
            return head
    return words


def _candidates(words: str) -> list[tuple[float, str]]:
    """Give the fields that a header is like, best first, each with its rank."""
    best: dict[str, float] = {}
    for name, field in _FIELD_BY_WORDS.items():
        if fuzz.token_set_ratio(words, name) >= LIKENESS_MIN:
            best[field] = max(best.get(field, 0.0), fuzz.token_sort_ratio(words, name))
    return sorted(((rank, field) for field, rank in best.items()), reverse=True)


def find_columns(file: str, rows: Sequence[Sequence[str]]) -> Columns | Refusal | None:
    """Find the header and what its columns mean; None where no row of the sheet names a URN column.

    The header is the row near the top with most columns that we know; title rows have one cell, data rows
    none.
    """
    counted = [(_known(row), -index) for index, row in enumerate(rows[:HEADER_ROW_MAX])]
    known, index = max(counted, default=(0, 0))
    if known < 2:
        return None
    return _read_header(file, -index, rows[-index])


def _known(row: Sequence[str]) -> int:
    """Count the columns of a row that we know by name or likeness; rows with a single cell are titles."""
    filled = [cell for cell in row if cell.strip()]
    if len(filled) < 2 or any(len(cell) > 120 for cell in filled):
        return 0
    exact = sum(_words(cell) in _FIELD_BY_WORDS for cell in filled)
    return exact or sum(bool(_candidates(_words(cell))) for cell in filled)


def _read_header(file: str, index: int, header: Sequence[str]) -> Columns | Refusal | None:
    bound = _bind(file, index + 1, header)
    if isinstance(bound, Refusal):
        return bound
    if "urn" not in bound and not {"registered_as", "left_on", "inspected_on"} & bound.keys():
        return None
    if "region" not in bound and "ofsted_region" in bound:
        bound["region"] = bound["ofsted_region"]
    kind = _kind(bound)
    missing = [field for field in REQUIRED[kind] if field not in bound]
    if missing:
        reason = f"the column is missing (read as {kind.replace('_', ' ')})"
        return Refusal(file, reason, index + 1, shown(missing[0]))
    filled = [place for place, cell in enumerate(header) if cell.strip()]
    says = max((day for cell in header if (day := date_in_words(cell)) is not None), default=None)
    return Columns(index + 1, max(filled) + 1, kind, bound, says, frozenset(filled))


def _kind(bound: dict[str, tuple[int, ...]]) -> FileKind:
    if "joiner" in bound or "leaver" in bound:
        return FileKind.JOINERS_AND_LEAVERS
    if "left_on" in bound:
        return FileKind.CLOSED_LIST
    if "event" in bound or "inspected_on" in bound:
        return FileKind.INSPECTIONS
    return FileKind.REGISTER_SNAPSHOT


def _bind(file: str, row: int, header: Sequence[str]) -> dict[str, tuple[int, ...]] | Refusal:
    bound: dict[str, list[int]] = {}
    unknown: list[int] = []
    for index, cell in enumerate(header):
        field = _FIELD_BY_WORDS.get(_words(cell))
        if field is not None:
            bound.setdefault(field, []).append(index)
        elif cell.strip():
            unknown.append(index)
    refusal = _bind_alike(file, row, header, unknown, bound)
    if refusal is not None:
        return refusal
    return _one_each(file, row, header, bound)


def _bind_alike(
    file: str, row: int, header: Sequence[str], unknown: list[int], bound: dict[str, list[int]]
) -> Refusal | None:
    """Bind by likeness the fields that no exact name took; equally like is a refusal."""
    claims: dict[str, list[tuple[float, int]]] = {}
    for index in unknown:
        ranked = _candidates(_words(header[index]))
        if not ranked or ranked[0][1] in bound or ranked[0][1] in IGNORED:
            continue
        close = [field for rank, field in ranked[1:] if ranked[0][0] - rank < RANK_MARGIN]
        rivals = [field for field in close if field in READ and field not in bound]
        if rivals:
            both = f"could be {shown(ranked[0][1])} or {shown(rivals[0])}"
            return Refusal(file, f"column {index + 1} {both}", row, shown(ranked[0][1]))
        claims.setdefault(ranked[0][1], []).append((ranked[0][0], index))
    for field, claimed in claims.items():
        claimed.sort(reverse=True)
        if field not in SEVERAL and len(claimed) > 1 and claimed[0][0] - claimed[1][0] < RANK_MARGIN:
            pair = f"columns {claimed[0][1] + 1} and {claimed[1][1] + 1} are equally like it"
            return Refusal(file, pair, row, shown(field))
        bound[field] = [index for _, index in (claimed if field in SEVERAL else claimed[:1])]
    return None


def _one_each(
    file: str, row: int, header: Sequence[str], bound: dict[str, list[int]]
) -> dict[str, tuple[int, ...]] | Refusal:
    """Leave one column per field: of a status at the start and at the end of a year, the later."""
    single: dict[str, tuple[int, ...]] = {}
    for field, indexes in bound.items():
        if field in IGNORED:
            continue
        if field in SEVERAL:
            names = [plain(header[index]) for index in indexes]
            if len(set(names)) < len(names):
                return Refusal(file, "the column stands twice", row, shown(field))
            single[field] = tuple(indexes)
            continue
        ranked = sorted(indexes, key=lambda index: _when(header[index]))
        if len(ranked) > 1 and _when(header[ranked[-1]]) == _when(header[ranked[-2]]):
            return Refusal(file, "the column stands twice", row, shown(field))
        single[field] = (ranked[-1],)
    return single


def _when(header: str) -> tuple[int, date]:
    """Rank headers that state a column as at two days; `@enddate` is later than `@startdate`."""
    return (1 if "@enddate" in header.casefold() else 0, date_in_words(header) or date.min)
