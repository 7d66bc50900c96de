"""A body that is read fast is read as one that is read field by field."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.edge.reading import Malformed, _no_constant, _once, json_object, plain_object

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text('ab"\\\u00e9\u2028', max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab"), inner, max_size=3),
    max_leaves=8,
)
bodies = st.builds(
    lambda fields, between, is_ascii: json.dumps(fields, separators=between, ensure_ascii=is_ascii),
    st.lists(st.tuples(st.sampled_from("abc"), values), max_size=4).map(dict) | values,
    st.sampled_from([(",", ":"), (", ", ": ")]),
    st.booleans(),
)


def slowly(body: bytes) -> Any:
    return json.loads(body.decode(), object_pairs_hook=_once, parse_constant=_no_constant)


@given(bodies | st.text('{}[]:,"ab01e.-', max_size=9))
def test_what_is_read_fast_is_what_is_read_slowly(body: str) -> None:
    said = body.encode()
    fast = plain_object(said)
    if fast is not None:
        assert repr(fast) == repr(slowly(said))


@pytest.mark.parametrize(
    "body", [b'{"a":1,"a":1}', b'{"a":{"b":1,"b":2}}', b'{"a":NaN}', b'{"a":1e999}', b"[]", b"{", b'{"a":1} ']
)
def test_what_is_not_plain_is_never_read_fast(body: bytes) -> None:
    assert plain_object(body) is None


def test_a_field_that_is_named_twice_is_refused() -> None:
    with pytest.raises(Malformed, match="named twice"):
        json_object(b'{"a":1,"a":1}')
    assert json_object(b'{"a":1,"b":[true,null]}') == {"a": 1, "b": [True, None]}
