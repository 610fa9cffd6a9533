"""Custom resources: their CRDs, what the server refuses of those, and what of the objects that they define.

`objects` and `defects`, which judge, are imported when there is something to judge: most trees have no CRDs.
"""

from __future__ import annotations

from kataform.crds.definition import KIND, Definition, Version, is_definition, read
from kataform.crds.known import Known

__all__ = ["KIND", "UNDECIDED", "Definition", "Known", "Version", "is_definition", "read"]

UNDECIDED = "crd-rule-undecided"
