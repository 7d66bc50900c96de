import pytest

from tests.architecture.source import Source, bare_calls, parse, sources, used_names

# The one module that reads the machine's clock and chance; settings classes alone read its environment.
THE_CLOCK = "runtime/clock.py"

CLOCKS = {
    "datetime.datetime.now",
    "datetime.datetime.utcnow",
    "datetime.datetime.today",
    "datetime.date.today",
    "time.time",
    "time.time_ns",
    "time.gmtime",
    "time.localtime",
    "time.monotonic",
    "time.monotonic_ns",
    "time.perf_counter",
    "time.perf_counter_ns",
}
IDENTITY = {"uuid.uuid1", "uuid.uuid4", "os.urandom"}
ENVIRONMENT = {"os.getenv", "os.environ", "os.environb"}
SEEDED = {"random", "random.Random"}


def asks_the_machine(source: Source) -> list[str]:
    """Return every place where a module reads a clock, chance, an invented identity or the environment."""
    found = []
    is_settings = source.path.endswith("/settings.py")
    for line, name in used_names(source):
        is_chance = name.split(".")[0] == "random" and name not in SEEDED
        is_environment = name in ENVIRONMENT and not is_settings
        if name in CLOCKS | IDENTITY or is_chance or is_environment:
            found.append(f"{source.path}:{line} {name}")
    found += [
        f"{source.path}:{line} unseeded" for line, name in bare_calls(source) if name == "random.Random"
    ]
    return found


def test_only_the_clock_reads_a_clock_chance_or_the_environment() -> None:
    assert [
        found for source in sources() if source.path != THE_CLOCK for found in asks_the_machine(source)
    ] == []


@pytest.mark.parametrize(
    "text",
    [
        "import datetime\ndatetime.datetime.now()",
        "from datetime import datetime as instant\ninstant.now(tz=None)",
        "from datetime import datetime\nf = datetime.now",
        "import time as t\nt.time()",
        "from time import monotonic\nmonotonic()",
        "import uuid\nuuid.uuid4()",
        "from uuid import uuid4\nuuid4()",
        "import random\nrandom.random()",
        "from random import choice\nchoice([1])",
        "import random\nrandom.Random()",
        "import os\nos.environ['A']",
        "from os import getenv\ngetenv('A')",
    ],
)
def test_a_module_that_asks_the_machine_is_found(text: str) -> None:
    assert asks_the_machine(parse(text))


@pytest.mark.parametrize(
    "text",
    [
        "import random\nrandom.Random(7)",
        "from datetime import datetime\ndef f(now: datetime) -> datetime: return now",
        "import time\ntime.sleep(1)",
        "class Clock:\n    def now(self): ...\nClock().now()",
    ],
)
def test_what_takes_its_time_and_seed_from_outside_is_let_be(text: str) -> None:
    assert asks_the_machine(parse(text)) == []


def test_a_settings_module_may_read_the_environment_and_nothing_else() -> None:
    assert asks_the_machine(parse("import os\nos.environ", "services/notifier/settings.py")) == []
    assert asks_the_machine(parse("import time\ntime.time()", "services/notifier/settings.py"))
