"""Apache Kafka on this machine's Java: fetched once with Maven, run as one process (KRaft).

Knows Maven, Java and Kafka's settings. Must not know topics. The jars lie in the user's cache, each checked
against the hash that stands beside this file, so that nothing is run that was not read here before.
"""

import base64
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from runtime.clock import new_id

from .processes import CannotStart, free_port, is_listening
from .server import LocalServer

VERSION: Final = "4.3.1"
JAVA_MIN: Final = 17
"""Kafka 4 brokers need it (https://kafka.apache.org/40/documentation/compatibility.html)."""
HASHES: Final = Path(__file__).with_name("kafka-jars.sha256")
FETCH_MAX_S: Final = 300.0
START_MAX_S: Final = 180.0
"""Idle it takes 3 to 8 s; a machine that is busy with other tests may need much longer."""
HOST: Final = "127.0.0.1"
QUICK: Final = ("-XX:TieredStopAtLevel=1",)
"""Java compiles once and lightly: right for a broker that lives for minutes, wrong for a measurement."""

POM: Final = f"""<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>hearth</groupId><artifactId>kafka</artifactId><version>1</version><dependencies>
<dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>{VERSION}</version></dependency>
<dependency><groupId>org.apache.kafka</groupId><artifactId>kafka-tools</artifactId><version>{VERSION}</version></dependency>
<dependency><groupId>org.apache.logging.log4j</groupId><artifactId>log4j-slf4j-impl</artifactId><version>2.25.4</version></dependency>
</dependencies></project>
"""

SETTINGS: Final[Mapping[str, str]] = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
    # A misspelt topic is an error, never a new topic with the broker's own ideas of retention.
    "auto.create.topics.enable": "false",
    # One broker: there is nobody to copy to.
    "default.replication.factor": "1",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    # Small and quick: a group starts at once, and a dead worker may be missed soon.
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "1000",
    "num.network.threads": "2",
    "num.io.threads": "4",
    "log.cleaner.dedupe.buffer.size": "16777216",
}
"""Of a broker for one machine. Addresses and folders are added for each."""


class Unavailable(CannotStart):
    """This machine cannot run Kafka from its jars; the reason is in plain words."""


def find_java() -> str:
    """The path of a Java that Kafka runs on; Unavailable."""
    path = shutil.which("java")
    if path is None:
        raise Unavailable("there is no Java on this machine")
    told = subprocess.run([path, "-version"], capture_output=True, text=True, check=False, timeout=30).stderr
    found = re.search(r'version "(\d+)', told)
    if found is None or int(found[1]) < JAVA_MIN:
        raise Unavailable(f"Kafka {VERSION} needs Java {JAVA_MIN} or newer, and {path} is older")
    return path


def user_cache() -> Path:
    """Where a user's programs keep what they can fetch again (https://specifications.freedesktop.org/basedir-spec/)."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "hearth"


def fetch_jars(cache: Path) -> Path:
    """The folder of Kafka's jars, fetched with Maven if it is not there yet; Unavailable, CannotStart.

    Several processes may ask at once: one fetches, the others wait for it.
    """
    java, jars = find_java(), cache / f"kafka-{VERSION}"
    cache.mkdir(parents=True, exist_ok=True)
    with held(cache / f"kafka-{VERSION}.lock"), TemporaryDirectory(dir=cache) as work:
        if not jars.is_dir():
            _fetch(Path(work))
            (Path(work) / "jars").rename(jars)
        if not archive_of(jars, java).exists():
            _archive(Path(work), jars, java)
    return jars


def archive_of(jars: Path, java: str) -> Path:
    """Where the classes lie that Kafka loads at its start, laid out for one Java: it then starts in half the time."""
    told = hashlib.sha256(Path(java).resolve().as_posix().encode()).hexdigest()[:8]
    return jars.with_name(f"{jars.name}-{told}.jsa")


def _archive(work: Path, jars: Path, java: str) -> None:
    """Run Kafka once, so that Java notes what it loads (JEP 350)."""
    noted = work / "noted.jsa"
    once = LocalKafka(work / "once", jars, java_options=(f"-XX:ArchiveClassesAtExit={noted}",))
    once.start()
    once.stop()
    if noted.exists():
        noted.rename(archive_of(jars, java))


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold a lock among the processes of this machine; it ends with its holder."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _fetch(work: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise Unavailable("there is no Maven on this machine to fetch Apache Kafka with")
    (work / "pom.xml").write_text(POM)
    command = [maven, "--quiet", "--batch-mode", "--strict-checksums", "--file", str(work / "pom.xml")]
    command += [
        "dependency:copy-dependencies",
        f"-DoutputDirectory={work / 'jars'}",
        "-DincludeScope=runtime",
    ]
    try:
        subprocess.run(command, capture_output=True, text=True, check=True, timeout=FETCH_MAX_S)
    except subprocess.TimeoutExpired as error:
        raise Unavailable(f"Maven did not fetch Apache Kafka within {FETCH_MAX_S:.0f} s") from error
    except subprocess.CalledProcessError as error:
        first = next((line for line in error.stdout.splitlines() if "[ERROR]" in line), "it did not say why")
        raise Unavailable(f"Maven could not fetch Apache Kafka: {first}") from error
    if strange := sorted(hashes_of(work / "jars") ^ known_hashes()):
        raise Unavailable(f"not the jars of Apache Kafka {VERSION} that are known here: {strange[0][1]}")


def known_hashes() -> set[tuple[str, str]]:
    return {(digest, name) for digest, name in map(str.split, HASHES.read_text().splitlines())}


def hashes_of(jars: Path) -> set[tuple[str, str]]:
    return {(hashlib.sha256(jar.read_bytes()).hexdigest(), jar.name) for jar in jars.iterdir()}


class LocalKafka(LocalServer):
    """One broker, its data in `directory`. What it took it keeps, however it was ended."""

    name = "Kafka"
    start_max_s = START_MAX_S

    def __init__(
        self,
        directory: Path,
        jars: Path,
        *,
        port: int | None = None,
        heap_mib: int = 512,
        settings: Mapping[str, str] | None = None,
        java_options: Sequence[str] = (),
    ) -> None:
        """Take a free port if none is named; `settings` are Kafka's own and win over those above.

        `java_options` QUICK halves the time to start, and costs speed later.
        """
        super().__init__(directory)
        self.port = free_port() if port is None else port
        self._jars, self._heap_mib, self._java_options = jars, heap_mib, tuple(java_options)
        self._settings = {**SETTINGS, **self._places(free_port()), **(settings or {})}

    @property
    def address(self) -> str:
        return f"{HOST}:{self.port}"

    def _places(self, controller_port: int) -> dict[str, str]:
        return {
            "listeners": f"PLAINTEXT://{self.address},CONTROLLER://{HOST}:{controller_port}",
            "advertised.listeners": f"PLAINTEXT://{self.address}",
            "controller.quorum.voters": f"1@{HOST}:{controller_port}",
            "log.dirs": str(self.directory / "data"),
        }

    def command(self) -> Sequence[str]:
        """Write the settings, lay out the folder the first time, and say what to run; CannotStart, Unavailable."""
        java = find_java()
        file = self.directory / "server.properties"
        file.write_text("".join(f"{name}={value}\n" for name, value in self._settings.items()))
        if not (self.directory / "data" / "meta.properties").exists():
            self._format(java, file)
        return self._java(java, self._heap_mib, self._java_options, "kafka.Kafka", str(file))

    def is_up(self) -> bool:
        return answers(self.address)

    def _format(self, java: str, file: Path) -> None:
        cluster_id = base64.urlsafe_b64encode(bytes.fromhex(new_id())).decode().rstrip("=")
        # With an equals sign: an id may begin with a hyphen.
        words = ("kafka.tools.StorageTool", "format", f"--cluster-id={cluster_id}", "--config", str(file))
        command = self._java(java, 128, (), *words)
        told = subprocess.run(command, capture_output=True, text=True, check=False, timeout=START_MAX_S)
        if told.returncode != 0:
            raise CannotStart(f"Kafka cannot lay out its folder: {' '.join(told.stderr.split())[-300:]}")

    def _java(self, java: str, heap_mib: int, more: Sequence[str], *words: str) -> Sequence[str]:
        archive = archive_of(self._jars, java)
        shared = [f"-XX:SharedArchiveFile={archive}"] if archive.exists() else []
        options = [f"-Xmx{heap_mib}m", "-XX:+UseSerialGC", "-Dlog4j2.level=WARN", *shared]
        # Spelt out and sorted: Java takes an archive only with the class path that it was made with.
        jars = ":".join(sorted(map(str, self._jars.glob("*.jar"))))
        return [java, *options, *more, "-cp", jars, *words]


def answers(address: str) -> bool:
    """Tell whether a broker at this host:port answers a question about its cluster."""
    host, _, port = address.rpartition(":")
    if not is_listening(host, int(port)):
        return False
    try:
        with KafkaAdminClient(
            bootstrap_servers=address, request_timeout_ms=5000, bootstrap_timeout_ms=5000
        ) as admin:
            return bool(admin.describe_cluster()["brokers"])
    except KafkaError:
        return False
