"""`python -m kataform`."""

import sys

from kataform.cli import main

if __name__ == "__main__":
    sys.exit(main())
