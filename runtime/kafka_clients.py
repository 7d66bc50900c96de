"""Beginning and ending aiokafka's clients, so that nothing is left behind."""

import asyncio
from contextlib import suppress
from typing import Final

import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import KafkaConnectionError, KafkaError

STEP_S: Final = 5.0
"""How long a client may take to end."""

logger = structlog.get_logger()


async def start(each: AIOKafkaProducer | AIOKafkaConsumer) -> None:
    """Start it, and leave nothing behind if it does not."""
    try:
        await each.start()
    except BaseException:
        await stop(each)
        raise


async def stop(each: AIOKafkaProducer | AIOKafkaConsumer) -> None:
    """Stop it. What was not sent by then was never acknowledged to anybody, and is not sent any more."""
    try:
        await asyncio.wait_for(_stop(each), STEP_S)
    except (KafkaError, OSError, TimeoutError) as error:
        logger.warning("kafka_connection_left", reason=type(error).__name__)
        if isinstance(each, AIOKafkaProducer):
            await _abandon(each)


async def _abandon(producer: AIOKafkaProducer) -> None:
    """End a producer that does not: an idempotent one tries for ever (aiokafka 0.14, `BatchHandler._can_retry`)."""
    with suppress(KafkaError, OSError, TimeoutError):
        await asyncio.wait_for(producer.client.close(), STEP_S)
        await asyncio.wait_for(producer._sender.close(), STEP_S)  # noqa: SLF001 - there is no other way
    producer._message_accumulator.fail_all(KafkaConnectionError("left"))  # noqa: SLF001 - whoever still waits


async def _stop(each: AIOKafkaProducer | AIOKafkaConsumer) -> None:
    """Stop it, its connections too.

    A reader that waits to ask a broker out of reach again ends with the cancelling of that wait, as if this here were
    cancelled, and before its connections are closed (aiokafka 0.14, `Fetcher.close`).
    """
    try:
        await each.stop()
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if isinstance(each, AIOKafkaProducer) or (task is not None and task.cancelling()):
            raise
        await each._client.close()  # noqa: SLF001 - nobody else does, and each try would leave some more
