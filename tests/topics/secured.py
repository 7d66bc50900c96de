"""A broker that asks who is there, from Kafka's own jars: SCRAM, with TLS and without, and who may do what.

The listener of its controller, and one for whoever sets it up, stay open: in earnest they would not.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kafka.admin import ScramMechanism, UserScramCredentialUpsertion

from deploy.local.kafka import HOST, QUICK, LocalKafka, fetch_jars, user_cache
from deploy.local.processes import CannotStart, free_port
from deploy.local.server import LocalServer
from runtime.clock import SystemClock
from runtime.heartbeat import problem_of, read
from runtime.kafka_link import KafkaLink
from runtime.kafka_topics import administration

PASSWORD: Final = "only-for-tests"
MECHANISM: Final = "SCRAM-SHA-512"
OPS: Final = "ops"
HEARTH: Final = (sys.executable, "-m", "services.cli")
SEEN_MAX_S: Final = 300


@dataclass(frozen=True, slots=True)
class Secured:
    """The broker, and its three addresses."""

    broker: LocalKafka
    plain: str
    sasl: str
    sasl_tls: str
    ca_file: Path

    def admit(self, *names: str) -> None:
        """Let these principals in, all by the same password."""
        with administration(self.plain) as admin:
            admin.alter_user_scram_credentials(
                [UserScramCredentialUpsertion(name, ScramMechanism.SCRAM_SHA_512, PASSWORD) for name in names]
            )

    def environment(self, name: str, *, is_tls: bool = False) -> dict[str, str]:
        """What a process is told that connects as this principal."""
        said = {
            "SECURITY_PROTOCOL": "SASL_SSL" if is_tls else "SASL_PLAINTEXT",
            "SASL_MECHANISM": MECHANISM,
            "USERNAME": name,
            "PASSWORD": PASSWORD,
            **({"CA_FILE": str(self.ca_file)} if is_tls else {}),
        }
        return {f"HEARTH_KAFKA_{name}": value for name, value in said.items()}


def start(directory: Path) -> Secured:
    """CannotStart where there is no Java, no Maven or no openssl."""
    jars = fetch_jars(user_cache())
    directory.mkdir(parents=True, exist_ok=True)
    ca_file, key_store = _certificate(directory)
    plain, sasl, tls, controller = (free_port() for _ in range(4))
    settings = _settings(plain, sasl, tls, controller, key_store)
    broker = LocalKafka(directory, jars, port=plain, settings=settings, java_options=QUICK)
    broker.start()
    return Secured(broker, f"{HOST}:{plain}", f"{HOST}:{sasl}", f"{HOST}:{tls}", ca_file)


def _settings(plain: int, sasl: int, tls: int, controller: int, key_store: Path) -> Mapping[str, str]:
    names = {"PLAINTEXT": plain, "SASL_PLAINTEXT": sasl, "SASL_SSL": tls}
    told = ",".join(f"{name}://{HOST}:{port}" for name, port in names.items())
    scram = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
    return {
        "listeners": f"{told},CONTROLLER://{HOST}:{controller}",
        "advertised.listeners": told,
        "controller.quorum.voters": f"1@{HOST}:{controller}",
        "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,"
        "SASL_PLAINTEXT:SASL_PLAINTEXT,SASL_SSL:SASL_SSL",
        "inter.broker.listener.name": "PLAINTEXT",
        "sasl.enabled.mechanisms": MECHANISM,
        f"listener.name.sasl_plaintext.{MECHANISM.lower()}.sasl.jaas.config": scram,
        f"listener.name.sasl_ssl.{MECHANISM.lower()}.sasl.jaas.config": scram,
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(key_store),
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": f"User:ANONYMOUS;User:{OPS}",
    }


def _certificate(directory: Path) -> tuple[Path, Path]:
    """A certificate for this machine that vouches for itself, and the same with its key, as Kafka reads it."""
    openssl = shutil.which("openssl")
    if openssl is None:
        raise CannotStart("there is no openssl on this machine")
    key, certificate, both = (directory / name for name in ("key.pem", "ca.pem", "broker.pem"))
    command = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=kafka"]
    command += ["-addext", f"subjectAltName=IP:{HOST}", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    both.write_text(key.read_text() + certificate.read_text())
    return certificate, both


def hearth(*words: str, environment: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    said = {**os.environ, **environment}
    return subprocess.run(
        [*HEARTH, *words], capture_output=True, text=True, check=False, timeout=SEEN_MAX_S, env=said
    )


class Worker(LocalServer):
    """A process of `hearth work` that connects as somebody."""

    start_max_s = SEEN_MAX_S

    def __init__(self, directory: Path, environment: dict[str, str], *words: str) -> None:
        super().__init__(directory)
        said = (f"{name}={value}" for name, value in environment.items())
        self.name = " ".join(words)
        self._words = ("env", *said, *HEARTH, "work", *words, "--state", str(directory / "state"))

    def command(self) -> tuple[str, ...]:
        return self._words

    def is_up(self) -> bool:
        return problem_of(read(self.directory / "state"), SystemClock().now()) is None


def count(link: KafkaLink, topic: str) -> int:
    return sum(link.ends([(topic, each) for each in link.partitions(topic)]).values())
