"""The real command line, with pins that point at a test's own archives: what the release pages hold stays outside."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import sys

from kataform import cli, install, tools

changes = json.loads(os.environ["TEST_PINS"])
install.FORGE = changes["forge"]
platform = tools.platform()
tools.PINS = {
    name: dataclasses.replace(pin, digests={platform: changes["digests"].get(name, "0" * 64)})
    for name, pin in tools.PINS.items()
}

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where the tests run in the background
    sys.exit(cli.main(sys.argv[1:]))
