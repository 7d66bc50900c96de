"""The plain faust agent that the benches compare with leaves nothing out that Kafka has brought it."""

import pytest
from faust import App

from bench.kafka_workers import PlainApp


@pytest.mark.parametrize(("kind", "kept"), [(PlainApp, 1), (App, 0)])
def test_what_a_stream_was_given_before_its_flow_resumes_is_kept_as_faust_itself_does_not(
    kind: type[App], kept: int
) -> None:
    app = kind("plain", store="memory://")
    queue = app.topic("inputs").queue
    queue.put_nowait("an event")
    app.flow_control.resume()
    assert queue.qsize() == kept
