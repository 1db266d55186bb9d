"""`python -m jobs.cli`: the command line where the installed program is not on the path."""

from __future__ import annotations

from jobs.cli import main

if __name__ == "__main__":
    main(prog_name="sixthtouch")
