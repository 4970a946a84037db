"""`docs/sandbox.md` names every fault of phones and mail, and the account it comes with."""

from pathlib import Path

import pytest

from tracking.sandbox._twilio_exchange import FAULTS as OF_PHONES
from tracking.sandbox._twilio_rules import ACCOUNT_SID, AUTH_TOKEN, SERVICE_SID, TEST_ACCOUNT_SID
from tracking.sandbox.smtp import FAULTS as OF_MAIL

DOC = (Path(__file__).parents[2] / "docs" / "sandbox.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", [*OF_PHONES, *OF_MAIL])
def test_fault_is_documented(kind: str) -> None:
    assert f"`{kind}`" in DOC


@pytest.mark.parametrize("name", [ACCOUNT_SID, AUTH_TOKEN, SERVICE_SID, TEST_ACCOUNT_SID])
def test_account_is_documented(name: str) -> None:
    assert name in DOC
