"""`python -m tracking.cli` is `waypost`."""

from tracking.cli import main

main()
