"""`waypost sandbox`: says where it is, and ends when told."""

import json
import signal
import subprocess
import sys

import pytest
import requests
from click.testing import CliRunner

from tests.sandbox.carriers.asking import dhl
from tracking.cli.sandbox import sandbox as command
from tracking.sandbox import Sandbox

START = "from tracking.cli.sandbox import sandbox; sandbox()"


@pytest.mark.processes
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_prints_addresses_and_settings_and_ends_when_told(how: signal.Signals) -> None:
    asked = [sys.executable, "-c", START, "--port", "0", "--smtp-port", "0", "--limits", "off", "--json"]
    with subprocess.Popen(asked, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            facts = json.loads(process.stdout.readline())
            settings = facts["settings"]
            key = {"DHL-API-Key": settings["WAYPOST_DHL_API_KEY"]}
            answer = requests.get(
                settings["WAYPOST_DHL_BASE_URL"] + "/shipments", {"trackingNumber": "1"}, headers=key, timeout=5
            )
            assert answer.status_code == 404
            assert requests.get(facts["page"], timeout=5).status_code == 200
            assert settings["WAYPOST_SMTP_URL"] == facts["smtp_url"]
        finally:
            process.send_signal(how)
        assert process.wait(10) == 0


def test_taken_port_is_said_in_one_sentence(sandbox: Sandbox) -> None:
    port = sandbox.url.rpartition(":")[2]
    result = CliRunner().invoke(command, ["--port", port, "--smtp-port", "0"])
    assert result.exit_code == 1
    assert "cannot listen there: Address already in use" in result.output
    assert dhl(sandbox, "1").status_code == 404


def test_help_has_an_example() -> None:
    assert "waypost sandbox --port 8001" in CliRunner().invoke(command, ["--help"]).output
