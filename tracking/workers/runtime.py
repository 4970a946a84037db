"""What the tasks of one worker process share: sessions, the carriers' adapters, the channels, a pool of threads."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock

from flask import Flask
from huey import Huey
from sqlalchemy.orm import Session, sessionmaker

from tracking.channels._base import Channel as Adapter
from tracking.channels._base import all_slugs, get_channel
from tracking.models import Channel
from tracking.platform.db import db
from tracking.platform.engine import make_queue
from tracking.platform.settings import Environment, Settings
from tracking.platform.web import settings_of
from tracking.polling.accounts import Adapters

# requests in threads reach some 600 calls a second on one core; more threads only wait for it
FETCH_THREADS = 48


@dataclass(frozen=True)
class Runtime:
    """Made once a process. `channels` by name; a channel that is not configured is absent. `fitting`: held by a fit."""

    app: Flask
    queue: Huey
    sessions: sessionmaker[Session]
    adapters: Adapters
    channels: Mapping[Channel, Adapter]
    pool: ThreadPoolExecutor
    fitting: Lock = field(default_factory=Lock)


def make_runtime(app: Flask, queue: Huey | None = None) -> Runtime:
    """Everything a worker needs, from an application's settings."""
    settings = settings_of(app)
    with app.app_context():
        sessions = sessionmaker(db.engine, expire_on_commit=False)
    return Runtime(
        app=app,
        queue=queue or make_queue(settings.queue_url),
        sessions=sessions,
        adapters=Adapters(sessions),
        channels=open_channels(settings),
        pool=ThreadPoolExecutor(FETCH_THREADS, thread_name_prefix="fetch"),
    )


def open_channels(settings: Settings) -> dict[Channel, Adapter]:
    """The channels an installation is set up for; one whose required settings are absent is left out.

    raises  ConfigError where settings are there and wrong
    """
    env = Environment(settings.environment)
    opened = {}
    for slug in all_slugs():
        channel = get_channel(slug)
        values = {setting.name: env.text(setting.name) or "" for setting in channel.settings}
        if all(values[setting.name] for setting in channel.settings if setting.required):
            opened[Channel(slug)] = channel.from_settings(values)
    return opened
