"""The objects of an overlay, one module per kind, and the parts they are applied in."""

from __future__ import annotations

from collections.abc import Callable

from kataform.catalogue import Catalogue
from kataform.resource import Resource
from kataform.resources import example, kataconfig, namespace, operatorgroup, runtimeclass, subscription
from kataform.spec import Spec

Build = Callable[[Spec, Catalogue], tuple[Resource, ...]]

OPERATOR = "operator"
INSTANCE = "instance"
RUNTIMECLASS = "runtimeclass"
EXAMPLES = "examples"

PARTS: dict[str, tuple[Build, ...]] = {
    OPERATOR: (namespace.build, operatorgroup.build, subscription.build),
    INSTANCE: (kataconfig.build,),
    RUNTIMECLASS: (runtimeclass.build,),
    EXAMPLES: (example.build,),
}


def aggregate(spec: Spec) -> tuple[str, ...]:
    """The parts that the overlay's own root takes in; the others are applied by themselves."""
    parts = (OPERATOR, INSTANCE)
    return (*parts, RUNTIMECLASS) if spec.get("runtimeClass", "owner") == "git" else parts
