"""The dead letters of a log on Kafka."""

from collections.abc import Iterator

from runtime.kafka_places import KafkaPlaces
from runtime.kafka_security import OPEN, Security
from runtime.log import DEAD_LETTERS, Record
from schemas.dead_letters import DeadLetter


class KafkaBox:
    """As `services.letterbox.Box`, over a Kafka."""

    def __init__(self, brokers: str, security: Security = OPEN) -> None:
        """LogUnavailable."""
        self._places = KafkaPlaces(brokers, security)

    def records(self) -> Iterator[Record]:
        return self._places.all_of(DEAD_LETTERS)

    def at(self, letter: DeadLetter) -> Record | None:
        return self._places.at(letter.topic, letter.partition, letter.offset)

    def say_again(self, letter: DeadLetter) -> str:
        return self._places.say_again(letter.topic, letter.partition, letter.offset)

    def close(self) -> None:
        self._places.close()
