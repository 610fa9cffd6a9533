"""Files that no person writes, any number of times larger than usual: long lines, many anchors, aliases, levels.

KATAFORM_MONSTERS is how many times: with 50 lines have 10 MB and there are 100,000 anchors.
"""

from __future__ import annotations

import os
from collections.abc import Callable

TIMES = int(os.environ.get("KATAFORM_MONSTERS") or 1)
HEAD = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n"
LINES = [
    "x",
    "x: ",
    "x:",
    "x #",
    "x, ",
    "'",
    '"',
    "&",
    "!",
    "*",
    "? ",
    "- ",
    "[",
    "{",
    "{{ x }}",
    "1",
    "1_",
    "1.",
    "%",
    "\\",
    " ",
    "\t",
]
LINES += ["\x85", "\ufeff", "a: b, ", "'' ", "!a ", "&a ", "[] ", "{} ", "<<: "]
SHAPES: dict[str, Callable[[int], str]] = {
    "anchors": lambda n: HEAD + "".join(f"  k{i}: &a{i} v\n" for i in range(n)),
    "one anchor again and again": lambda n: HEAD + "".join(f"  k{i}: &a v\n" for i in range(n)),
    "aliases": lambda n: HEAD + "  x: &a v\n" + "".join(f"  k{i}: *a\n" for i in range(n)),
    "merges": lambda n: "a: &a {k: v}\nb:\n" + "- <<: *a\n" * n,
    "one merge of many": lambda n: "a: &a {k: v}\nb:\n  <<: [" + "*a, " * n + "]\n",
    "documents": lambda n: "---\n" * 10 * n,
    "objects": lambda n: f"---\n{HEAD}  a: b\n" * (n // 5),
    "comments": lambda n: "# c\n" * 10 * n,
    "empty lines": lambda n: "\n" * 50 * n,
    "keys twice": lambda n: HEAD + "  k: v\n" * n,
    "byte order marks": lambda n: HEAD + "\ufeff\n" * n,
    "byte order marks in a quote": lambda n: "a: '" + "\n\ufeff" * n + "'\n",
    "entries that fit nowhere": lambda n: HEAD + "".join(f"{' ' * (i % 7)}k{i}: v\n" for i in range(n)),
    "a quote over lines": lambda n: HEAD + '  a: "\n' + "  b: c\n" * n,
    "levels between brackets": lambda n: HEAD + "  a: " + "[" * n + "]" * n + "\n",
    "levels of lists": lambda n: "- " * n + "a\n",
    "aliases of a list": lambda n: "a: &a [" + "x," * n + "]\nb: [" + "*a," * n + "]\n",
    "aliases of aliases": lambda n: (
        "a0: &a0 [x]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n" for i in range(1, n // 50))
    ),
}


def monsters(size: int) -> list[bytes]:
    """Each of them, as the bytes of a file; `size` is the number of lines, a long line has a hundred times as many."""
    texts = [shape(size) for shape in SHAPES.values()] + [f"{HEAD}  a: {piece * 100 * size}\n" for piece in LINES]
    encoded = [(HEAD + "  a: b\n").encode(coding) for coding in ("utf-16", "utf-16-be", "utf-32", "utf-8-sig")]
    nul = [b"\0" * 100 * size, (HEAD + "  a: b\0").encode()]
    ends = [HEAD.replace("\n", end).encode() for end in ("\r\n", "\r")]
    return [text.encode() for text in texts] + encoded + nul + ends
