"""`python -m server.cli`: how the demo starts its own verbs, wherever the scripts are."""

from server.cli import main

main()
