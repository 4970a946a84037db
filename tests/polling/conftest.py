"""What a worker has, on the test's database."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from flask import Flask
from sqlalchemy.orm import Session, sessionmaker

from tests.factories import make_account, make_order, make_shipment, make_store
from tracking.models import CarrierAccount, Shipment
from tracking.platform.db import db
from tracking.polling.accounts import Adapters
from tracking.polling.ask import poll
from tracking.polling.due import lease_due
from tracking.sandbox import Sandbox


@dataclass
class Desk:
    """Polls a carrier's account as a worker does."""

    sessions: sessionmaker[Session]
    adapters: Adapters
    pool: ThreadPoolExecutor
    account_id: int

    def once(self) -> int:
        """Lease what is due, ask, write down. Returns for how many parcels there was news."""
        with self.sessions() as session:
            leases = lease_due(session, self.account_id)
            session.commit()
        return poll(self.sessions, self.adapters, self.pool, self.account_id, leases) if leases else 0

    def shipment(self, shipment_id: int) -> Shipment:
        with self.sessions() as session:
            return session.get_one(Shipment, shipment_id)

    def account(self) -> CarrierAccount:
        with self.sessions() as session:
            return session.get_one(CarrierAccount, self.account_id)


@pytest.fixture
def desk(app: Flask, session: Session, sandbox: Sandbox) -> Iterator[Callable[..., Desk]]:
    """`desk("ups", numbers)`: an account at the sandbox and a due parcel for each number."""
    pools = []

    def open_desk(carrier: str, numbers: list[str], **account: object) -> Desk:
        row = make_account(
            session,
            carrier,
            credentials=sandbox.credentials(carrier),
            base_url=sandbox.carrier_url(carrier),
            **account,
        )
        store = make_store(session)
        for number in numbers:
            order = make_order(session, store, country="US", postal_code="40003", time_zone="America/New_York")
            make_shipment(session, order, carrier=carrier, number=number, carrier_account_id=row.id)
        account_id = row.id
        session.commit()
        sessions = sessionmaker(db.engine, expire_on_commit=False)
        pool = ThreadPoolExecutor(8)
        pools.append(pool)
        return Desk(sessions, Adapters(sessions), pool, account_id)

    yield open_desk
    for pool in pools:
        pool.shutdown()
