"""Every bench runs on a few settings and says what it found."""

from pathlib import Path

import orjson
import pytest

from bench.figures import Figure
from bench.fit import Different, must_be_same
from bench.plot import draw
from bench.run import Name, run

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

WITH_TARGETS = {
    Name.DECIDE: 3,
    Name.SIMULATE: 1,
    Name.FIT: 2,
    Name.SERVE: 2,
    Name.RESTART: 3,
    Name.GROWTH: 0,
}


@pytest.mark.parametrize("name", list(Name))
def test_a_bench_states_its_figures_and_sizes_and_what_is_aimed_at(name: Name, tmp_path: Path) -> None:
    [result] = run([name], is_tiny=True, told=lambda _: None)
    found = orjson.loads(orjson.dumps(result.as_json()))
    assert found["bench"] == name
    assert found["sizes"]
    assert found["before"].keys() == found["after"].keys() == {"load", "loop_ms"}
    assert all(each["value"] > 0 or each["name"].endswith("fits") for each in found["figures"])
    assert sum(each["is_met"] is not None for each in found["figures"]) == WITH_TARGETS[name]
    if name is Name.GROWTH:
        assert all(file.stat().st_size for file in draw(result.figures, tmp_path))


@pytest.mark.parametrize(
    ("figure", "is_met"),
    [
        (Figure("rate", 5000, "events/s", at_least=5000), True),
        (Figure("rate", 4999, "events/s", at_least=5000), False),
        (Figure("time", 20, "ms", below=20), False),
        (Figure("time", 19, "ms", below=20), True),
        (Figure("memory", 1, "GiB"), None),
    ],
)
def test_a_floor_may_be_reached_and_a_ceiling_may_not(figure: Figure, is_met: bool | None) -> None:
    assert figure.is_met is is_met


def test_an_answer_that_differs_from_the_plain_rules_ends_the_bench() -> None:
    with pytest.raises(Different):
        must_be_same([["a", "b"], ["c"]], [["b", "a"]])
