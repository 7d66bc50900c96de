"""How a connection to Kafka is secured, as its client libraries take it.

Knows TLS and SASL. Must not know where that is said (`runtime/settings.py`). kafka-python and aiokafka take the same
arguments by the same names; faust makes them of its credentials (`runtime/kafka_worker.py`).
"""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal


@dataclass(frozen=True, slots=True)
class Security:
    """How to connect. As it is made without arguments: open, as inside one machine."""

    protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    tls: ssl.SSLContext | None = None
    mechanism: str | None = None
    username: str | None = None
    password: str | None = field(default=None, repr=False)

    @property
    def options(self) -> Mapping[str, Any]:
        """The arguments of a client of kafka-python or aiokafka; none where the connection is open."""
        if self.protocol == "PLAINTEXT":
            return {}
        found: dict[str, Any] = {"security_protocol": self.protocol, "ssl_context": self.tls}
        if self.mechanism is not None:
            found |= {
                "sasl_mechanism": self.mechanism,
                "sasl_plain_username": self.username,
                "sasl_plain_password": self.password,
            }
        return found


OPEN: Final = Security()
