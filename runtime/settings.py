"""What an installation says of its Kafka's security: read once, from variables that begin with `HEARTH_KAFKA_`."""

import os
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal, Self

from pydantic import SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from runtime.kafka_security import Security

PREFIX: Final = "HEARTH_KAFKA_"


class KafkaSettings(BaseSettings):
    """Where nothing is said, connections are open."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    ca_file: Path | None = None
    """Who vouches for the brokers; unset: whom the machine trusts. The name in a broker's certificate is checked."""
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] | None = None
    username: str | None = None
    password: SecretStr | None = None
    password_file: Path | None = None
    """Instead of `password`: a file that holds it alone, as secrets are mounted; its last newline is left out."""

    @property
    def is_tls(self) -> bool:
        return self.security_protocol in {"SSL", "SASL_SSL"}

    @property
    def is_sasl(self) -> bool:
        return self.security_protocol in {"SASL_PLAINTEXT", "SASL_SSL"}

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if problem := next(self._problems(), None):
            raise ValueError(problem)
        return self

    def _problems(self) -> Iterator[str]:
        """A setting that has no effect is refused: who gave it believes that it has one."""
        known = {f"{PREFIX}{name}".upper() for name in type(self).model_fields}
        given = {name.upper() for name in os.environ if name.upper().startswith(PREFIX)}
        yield from (f"{name}: unknown" for name in sorted(given - known))
        protocol = f"with {PREFIX}SECURITY_PROTOCOL {self.security_protocol}"
        if self.ca_file is not None and not self.is_tls:
            yield f"{PREFIX}CA_FILE: means nothing {protocol}"
        needed = {"SASL_MECHANISM": self.sasl_mechanism, "USERNAME": self.username}
        secrets = {"PASSWORD": self.password, "PASSWORD_FILE": self.password_file}
        for name, value in (needed if self.is_sasl else {**needed, **secrets}).items():
            if (value is None) == self.is_sasl:
                yield f"{PREFIX}{name}: {'needed' if self.is_sasl else 'means nothing'} {protocol}"
        if self.is_sasl and (self.password is None) == (self.password_file is None):
            yield f"{PREFIX}PASSWORD: either this or {PREFIX}PASSWORD_FILE is needed {protocol}"

    def security(self) -> Security:
        """Read the files that are named; SecurityUnusable names the one that cannot be used."""
        return Security(
            protocol=self.security_protocol,
            tls=self._tls() if self.is_tls else None,
            mechanism=self.sasl_mechanism,
            username=self.username,
            password=self._password() if self.is_sasl else None,
        )

    def _tls(self) -> ssl.SSLContext:
        try:
            return ssl.create_default_context(cafile=self.ca_file)
        except (OSError, ssl.SSLError) as error:
            raise SecurityUnusable(
                f"{PREFIX}CA_FILE: {self.ca_file} holds no certificates: {error}"
            ) from error

    def _password(self) -> str:
        if self.password_file is None:
            return "" if self.password is None else self.password.get_secret_value()
        try:
            return self.password_file.read_text().removesuffix("\n")
        except (OSError, UnicodeDecodeError) as error:
            raise SecurityUnusable(f"{PREFIX}PASSWORD_FILE: cannot be read: {self.password_file}") from error


class SecurityUnusable(Exception):
    """What the environment says of security cannot be used; one line that names the variable."""


def read_security() -> Security:
    """Read the environment; SecurityUnusable."""
    try:
        return KafkaSettings().security()
    except ValidationError as error:
        raise SecurityUnusable(_first(error)) from error


def _first(error: ValidationError) -> str:
    """The first problem in one line. A value is never told again: it may be the password."""
    told = error.errors(include_input=False, include_url=False)[0]
    name = "".join(f"{PREFIX}{each}: ".upper() for each in told["loc"])
    return f"{name}{told['msg'].removeprefix('Value error, ')}"
