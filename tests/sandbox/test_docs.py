"""What `docs/sandbox.md` says is what there is."""

from pathlib import Path

from tracking.sandbox import Sandbox
from tracking.sandbox.faults import FaultKind
from tracking.sandbox.routes import ROUTES
from tracking.sandbox.scans import LEFT_AT, PROOFS, REASONS, Kind

TEXT = (Path(__file__).parents[2] / "docs" / "sandbox.md").read_text(encoding="utf-8")


def test_every_route_kind_fault_carrier_and_credential_is_documented(sandbox: Sandbox) -> None:
    words = {word.strip("`|·,.;:()") for word in TEXT.split()}
    wanted = {*ROUTES, *Kind, *FaultKind, *LEFT_AT, *PROOFS, *REASONS, *sandbox.carriers}
    for slug in sandbox.carriers:
        wanted |= set(sandbox.credentials(slug)) | set(sandbox.credentials(slug).values())
    assert wanted - words == set()
