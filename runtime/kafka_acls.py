"""Who may do what on a Kafka, as its own authorizer keeps it: given as it is declared, and never taken away here.

Knows Kafka's access lists (kafka-python). Must not know who the principals are.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Literal

from kafka import KafkaAdminClient
from kafka.admin import (
    ACL,
    ACLFilter,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    ResourcePattern,
    ResourcePatternFilter,
    ResourceType,
)
from kafka.errors import NoError

from runtime.kafka_security import OPEN, Security
from runtime.kafka_topics import administration
from runtime.log import LogUnavailable

CLUSTER: Final = "kafka-cluster"
"""The name that Kafka gives itself as a thing about which one may have rights."""
MAY_WRITE: Final = frozenset({"WRITE", "ALL"})


@dataclass(frozen=True, slots=True, order=True)
class Grant:
    """One principal may do one thing with one topic, group or cluster."""

    principal: str
    operation: Literal[
        "ALL", "ALTER_CONFIGS", "CREATE", "DESCRIBE", "DESCRIBE_CONFIGS", "IDEMPOTENT_WRITE", "READ", "WRITE"
    ]
    kind: Literal["CLUSTER", "GROUP", "TOPIC"]
    name: str

    def __str__(self) -> str:
        return f"{self.principal} {self.operation} {self.kind} {self.name}"


@dataclass(frozen=True, slots=True)
class Given:
    """What was there before, what was added, and who else may write one of the topics."""

    kept: tuple[Grant, ...]
    added: tuple[Grant, ...]
    strangers: tuple[str, ...]


def give(brokers: str, grants: Iterable[Grant], security: Security = OPEN) -> Given:
    """Add the grants that are missing; done again it adds none. LogUnavailable, also without an authorizer.

    A right to write that nobody declared is told and left: who gave it may need it, and takes it away with
    `kafka-acls --remove`.
    """
    wanted = sorted(set(grants))
    with administration(brokers, security) as admin:
        there = _there(admin)
        allowed = {(f"{each.principal}", each.operation.name, *_of(each)) for each in there}
        is_there = {
            each: (each.principal, each.operation, each.kind, each.name) in allowed for each in wanted
        }
        missing = [each for each in wanted if not is_there[each]]
        if missing:
            admin.create_acls([_acl(each) for each in missing])
    return Given(
        tuple(each for each in wanted if is_there[each]), tuple(missing), tuple(_strangers(there, wanted))
    )


def _there(admin: KafkaAdminClient) -> list[Any]:
    """Every right that is given to anybody."""
    anything = ResourcePatternFilter(ResourceType.ANY, None, ACLResourcePatternType.ANY)
    found, error = admin.describe_acls(
        ACLFilter(None, None, ACLOperation.ANY, ACLPermissionType.ALLOW, anything)
    )
    if error is not NoError:
        raise LogUnavailable(f"Kafka does not tell who may do what: {error.__name__}")
    return list(found)


def _of(found: Any) -> tuple[str, str]:
    pattern = found.resource_pattern
    is_one = pattern.pattern_type is ACLResourcePatternType.LITERAL
    return pattern.resource_type.name, f"{pattern.resource_name}{'' if is_one else '*'}"


def _acl(grant: Grant) -> ACL:
    pattern = ResourcePattern(ResourceType[grant.kind], grant.name)
    operation = ACLOperation[grant.operation]
    return ACL(grant.principal, "*", operation, ACLPermissionType.ALLOW, pattern)


def _strangers(there: Iterable[Any], wanted: Iterable[Grant]) -> list[str]:
    """Who may write a declared topic, by its name, by how it begins or by `*`, without being declared."""
    declared = {(each.principal, each.name) for each in wanted if each.operation == "WRITE"}
    topics = {each.name for each in wanted if each.kind == "TOPIC"}
    told = {
        f"{each.principal} {each.operation.name} {topic}"
        for each in there
        for topic in topics
        if each.operation.name in MAY_WRITE
        and (each.principal, topic) not in declared
        and _reaches(each.resource_pattern, topic)
    }
    return sorted(told)


def _reaches(pattern: Any, topic: str) -> bool:
    if pattern.resource_type is not ResourceType.TOPIC:
        return False
    if pattern.pattern_type is ACLResourcePatternType.PREFIXED:
        return topic.startswith(pattern.resource_name)
    return pattern.resource_name in {topic, "*"}
