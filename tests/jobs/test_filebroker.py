import json

import pytest
from kombu import Connection, Queue

from jobs import filebroker


@pytest.fixture
def channel(tmp_path):
    options = {
        "data_folder_in": str(tmp_path),
        "data_folder_out": str(tmp_path),
        "control_folder": str(tmp_path / "control"),
    }
    with Connection(transport=filebroker.Transport, transport_options=options) as connection:
        yield connection.default_channel


def put(channel, queue, *numbers):
    for number in numbers:
        channel._put(queue, {"number": number})


def take_all(channel, queue):
    taken = []
    while channel._size(queue):
        taken.append(channel._get(queue)["number"])
    return taken


def test_messages_come_out_in_the_order_they_went_in(channel):
    put(channel, "io", 1, 2, 3)
    assert take_all(channel, "io") == [1, 2, 3]


def test_queues_do_not_mix(channel):
    put(channel, "io", 1)
    put(channel, "tiles", 2)
    assert take_all(channel, "tiles") == [2]
    assert channel._size("io") == 1


def test_an_empty_queue_says_so(channel):
    with pytest.raises(filebroker.Empty):
        channel._get("io")


def test_a_message_another_worker_took_meanwhile_is_passed_over(channel, monkeypatch):
    put(channel, "io", 1, 2)
    first, second = channel._messages("io")
    first.unlink()
    monkeypatch.setattr(channel, "_messages", lambda queue: iter([first, second]))
    assert channel._get("io") == {"number": 2}


def test_a_spoiled_message_is_passed_over(channel, tmp_path):
    (tmp_path / "io").mkdir()
    (tmp_path / "io" / "0000.msg").write_text("{")
    put(channel, "io", 1)
    assert channel._get("io") == {"number": 1}


def test_a_message_is_never_seen_half_written(channel, monkeypatch, tmp_path):
    seen = []
    monkeypatch.setattr(json, "dumps", lambda payload: seen.append(channel._size("io")) or "{}")
    put(channel, "io", 1)
    assert seen == [0]


def test_wiping_leaves_no_message(channel, tmp_path):
    put(channel, "io", 1, 2)
    filebroker.wipe(str(tmp_path))
    assert channel._size("io") == 0


def test_a_published_message_arrives_through_the_nameless_exchange(channel):
    queue = Queue("io", channel=channel)
    queue.declare()
    channel.connection.client.Producer(channel).publish({"number": 7}, routing_key="io")
    assert queue.get().decode() == {"number": 7}


class Loop:
    """An event loop that notes what it is to call again and again."""

    def call_repeatedly(self, delay, callback):
        self.delay, self.callback = delay, callback


def test_in_an_event_loop_every_message_that_may_be_had_is_delivered(channel):
    received, connection, loop = [], channel.connection.client, Loop()
    consumer = connection.Consumer(
        Queue("io"), channel=channel, callbacks=[lambda body, message: received.append(body)]
    )
    consumer.consume()
    connection.transport.register_with_event_loop(connection.connection, loop)
    loop.callback()
    for number in (1, 2):
        connection.Producer(channel).publish({"number": number}, routing_key="io")
    loop.callback()
    assert received == [{"number": 1}, {"number": 2}]
    assert loop.delay == connection.transport.polling_interval


def test_no_more_messages_are_taken_than_may_be_prefetched(channel):
    received, connection = [], channel.connection.client
    consumer = connection.Consumer(
        Queue("io"), channel=channel, callbacks=[lambda body, message: received.append(body)]
    )
    consumer.qos(prefetch_count=1)
    consumer.consume()
    put = connection.Producer(channel).publish
    put({"number": 1}, routing_key="io")
    put({"number": 2}, routing_key="io")
    connection.transport.deliver_all()
    assert received == [{"number": 1}]


def test_celery_takes_its_pool_without_shared_locks():
    assert filebroker.Transport.implements.asynchronous
