from pathlib import Path

import pytest

from runtime.kafka_security import OPEN
from runtime.settings import SecurityUnusable, read_security

SASL = {"SECURITY_PROTOCOL": "SASL_PLAINTEXT", "SASL_MECHANISM": "SCRAM-SHA-512", "USERNAME": "offers"}


@pytest.fixture(autouse=True)
def _nothing_said(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SECURITY_PROTOCOL", "CA_FILE", "SASL_MECHANISM", "USERNAME", "PASSWORD", "PASSWORD_FILE"):
        monkeypatch.delenv(f"HEARTH_KAFKA_{name}", raising=False)


def say(monkeypatch: pytest.MonkeyPatch, **said: str) -> None:
    for name, value in said.items():
        monkeypatch.setenv(f"HEARTH_KAFKA_{name}", value)


def test_who_says_nothing_connects_openly() -> None:
    assert read_security() == OPEN
    assert OPEN.options == {}


def test_a_password_is_the_same_from_the_environment_and_from_a_file_and_is_never_shown(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    say(monkeypatch, **SASL, PASSWORD="between us")
    said = read_security()
    monkeypatch.delenv("HEARTH_KAFKA_PASSWORD")
    (tmp_path / "password").write_text("between us\n")
    say(monkeypatch, PASSWORD_FILE=str(tmp_path / "password"))
    assert read_security() == said
    assert said.options == {
        "security_protocol": "SASL_PLAINTEXT",
        "ssl_context": None,
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "offers",
        "sasl_plain_password": "between us",
    }
    assert "between us" not in repr(said)


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ({"SECURITY_PROTOCOL": "TLS"}, "HEARTH_KAFKA_SECURITY_PROTOCOL: Input should be"),
        ({"SECURITY_PROTOCL": "SSL"}, "HEARTH_KAFKA_SECURITY_PROTOCL: unknown"),
        ({"USERNAME": "offers"}, "HEARTH_KAFKA_USERNAME: means nothing with"),
        ({"PASSWORD": "between us"}, "HEARTH_KAFKA_PASSWORD: means nothing with"),
        ({"CA_FILE": "/ca.pem"}, "HEARTH_KAFKA_CA_FILE: means nothing with"),
        ({"SECURITY_PROTOCOL": "SSL", "CA_FILE": "/no/such"}, "HEARTH_KAFKA_CA_FILE: /no/such holds no"),
        ({"SECURITY_PROTOCOL": "SASL_SSL", "USERNAME": "u"}, "HEARTH_KAFKA_SASL_MECHANISM: needed with"),
        (SASL, "HEARTH_KAFKA_PASSWORD: either this or HEARTH_KAFKA_PASSWORD_FILE is needed"),
        ({**SASL, "PASSWORD": "a", "PASSWORD_FILE": "b"}, "HEARTH_KAFKA_PASSWORD: either this or"),
        ({**SASL, "PASSWORD_FILE": "/no/such"}, "HEARTH_KAFKA_PASSWORD_FILE: cannot be read: /no/such"),
        (
            {**SASL, "SASL_MECHANISM": "GSSAPI", "PASSWORD": "between us"},
            "HEARTH_KAFKA_SASL_MECHANISM: Input",
        ),
    ],
)
def test_what_does_not_fit_together_is_refused_in_one_line_that_names_the_variable_and_no_secret(
    monkeypatch: pytest.MonkeyPatch, said: dict[str, str], says: str
) -> None:
    say(monkeypatch, **said)
    with pytest.raises(SecurityUnusable) as caught:
        read_security()
    assert str(caught.value).startswith(says)
    assert "\n" not in str(caught.value)
    assert "between us" not in str(caught.value)
