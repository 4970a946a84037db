"""karrio's own connector for UPS against the sandbox, where both are installed: they are not in the locked environment.

Without them there is nothing here to collect. benchmarks/karrio.py says how to have an environment with them.
"""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from importlib.metadata import distributions

import pytest

from tracking.carriers import Account, Parcel
from tracking.carriers import _karrio_process as process
from tracking.carriers.karrio import Adapter
from tracking.platform.facts import Answer, ResultCode, Zone
from tracking.platform.status import Status
from tracking.sandbox import Sandbox

NUMBER = "1Z5R89390357567127"
OPENED = """
import runpy, ssl, sys
child = runpy.run_path(sys.argv[1])
child["connect"]({"connector": "ups", "settings": {"client_id": "a", "client_secret": "b"}}, child["Heard"]())
print(ssl._create_default_https_context().verify_mode.name)
"""


def connected(sandbox: Sandbox, **settings: str) -> Adapter:
    given = {**sandbox.credentials("ups"), **settings}
    return Adapter(Account("one", {"connector": "ups", "settings": json.dumps(given)}, sandbox.carrier_url("ups")))


def codes(answer: Answer) -> list[tuple[str | None, ResultCode]]:
    return [(error.number, error.code) for error in answer.errors]


if {"karrio", "karrio_ups"} <= {str(found.metadata["Name"]).replace("-", "_") for found in distributions()}:

    def test_karrios_own_connector_is_understood(sandbox: Sandbox) -> None:
        start = datetime(2026, 11, 15, 15, tzinfo=UTC)
        kinds = ["label", "accepted", "out_for_delivery", "delivered"]
        instants = [start + timedelta(hours=9 * step) for step in range(len(kinds))]
        scans = [{"kind": kind, "at": at, "place": "Boulder"} for kind, at in zip(kinds, instants, strict=True)]
        sandbox.parcel(carrier="ups", number=NUMBER, origin="Boulder", scans=scans)
        adapter = connected(sandbox)
        adapter.check()
        answer = adapter.track([Parcel(NUMBER), Parcel("1Z5R89390357567199")])
        assert codes(answer) == [("1Z5R89390357567199", ResultCode.NOT_FOUND)]
        (result,) = answer.results
        assert result.status is Status.DELIVERED
        # UPS names no city with a label, and karrio drops the offset that it gives
        assert [event.at for event in result.events][1:] == instants[1:]
        assert {event.zone for event in result.events} == {Zone.ASSUMED}

    def test_wrong_credentials_are_unauthorized_behind_karrio(sandbox: Sandbox) -> None:
        answer = connected(sandbox, client_secret="wrong").track([Parcel(NUMBER)])
        assert codes(answer) == [(NUMBER, ResultCode.UNAUTHORIZED)]

    @pytest.mark.parametrize(("fault", "code"), [("429", ResultCode.RATE_LIMITED), ("503", ResultCode.UNAVAILABLE)])
    def test_a_fault_behind_karrio_keeps_its_code(sandbox: Sandbox, fault: str, code: ResultCode) -> None:
        sandbox.parcel(carrier="ups", number=NUMBER, route="no_scan")
        sandbox.fault("ups", kind=fault, retry_after=9)
        answer = connected(sandbox).track([Parcel(NUMBER)])
        assert codes(answer) == [(NUMBER, code)]

    def test_certificates_are_verified_again() -> None:
        opened = [sys.executable, "-c", OPENED, str(process._CHILD)]
        done = subprocess.run(opened, capture_output=True, text=True, check=True, timeout=60)
        assert done.stdout.split()[-1] == "CERT_REQUIRED"
