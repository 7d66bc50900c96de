"""What the notifier has begun and ended to say: per fact, recipient and channel.

Topic `deliveries`, key the recipient.

Never rebuilt: begun and not ended is an unknown outcome, tried again with the same key. Holds no address and
no text.
"""

from typing import Annotated

from pydantic import Field, StringConstraints

from schemas.base import Event, InputId
from schemas.values import Party
from schemas.words import Channel, DeliveryOutcome, MessageKind

MessageKey = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9:._-]{1,128}$"),
    Field(
        examples=["SC012345:7:0:E09000014:outbox"], description="the same for every try of the same message"
    ),
]
Attempt = Annotated[int, Field(ge=1, le=1000)]


class DeliveryBegun(Event):
    message_key: MessageKey
    fact_id: InputId
    recipient: Party
    channel: Channel
    kind: MessageKind
    attempt: Attempt


class DeliveryEnded(Event):
    message_key: MessageKey
    fact_id: InputId
    recipient: Party
    channel: Channel
    kind: MessageKind
    attempt: Attempt
    outcome: DeliveryOutcome
