"""The types of CEL as the checker knows them, and their names as kube-apiserver's messages print them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

PRIMITIVE, ABSTRACT, STRUCT, PARAM, WILDCARD, NULL = "primitive", "abstract", "struct", "param", "wildcard", "null"
Fields = Callable[[str], "Type | None"]


class Type:
    """A type: its name, its parameters, and for a struct a function that knows its fields."""

    __slots__ = ("fields", "kind", "name", "params")

    def __init__(
        self, name: str, params: tuple[Type, ...] = (), kind: str = PRIMITIVE, fields: Fields | None = None
    ) -> None:
        self.name = name
        self.params = params
        self.kind = kind
        self.fields = fields

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, Type):
            return NotImplemented
        return self.name == other.name and self.kind == other.kind and self.params == other.params

    def __hash__(self) -> int:
        return hash((self.name, self.params))

    def __reduce__(self) -> tuple[type[Type], tuple[str, tuple[Type, ...], str]]:
        """Without the function that knows the fields, which only checking needs."""
        return Type, (self.name, self.params, self.kind)

    def __repr__(self) -> str:
        return f"Type({self})"

    def __str__(self) -> str:
        """The name as kube-apiserver prints it in a message."""
        if self.kind == PARAM:
            return self.name
        shown = _SHOWN.get(self.name, self.name)
        return f"{shown}({', '.join(map(str, self.params))})" if self.params else shown


_SHOWN = {"null_type": "null", "error": "!error!"}

BOOL = Type("bool")
INT = Type("int")
UINT = Type("uint")
DOUBLE = Type("double")
STRING = Type("string")
BYTES = Type("bytes")
TIMESTAMP = Type("google.protobuf.Timestamp")
DURATION = Type("google.protobuf.Duration")
NULL_TYPE = Type("null_type", kind=NULL)
DYN = Type("dyn", kind=WILDCARD)
ERROR = Type("error", kind=WILDCARD)
TYPE = Type("type", kind=ABSTRACT)


def list_of(element: Type) -> Type:
    """list(element)"""
    return Type("list", (element,), ABSTRACT)


def map_of(key: Type, value: Type) -> Type:
    """map(key, value)"""
    return Type("map", (key, value), ABSTRACT)


def optional_of(value: Type) -> Type:
    """optional_type(value)"""
    return Type("optional_type", (value,), ABSTRACT)


def type_of(value: Type) -> Type:
    """type(value): the type of a type."""
    return Type("type", (value,), ABSTRACT)


def param(name: str) -> Type:
    """A type parameter."""
    return Type(name, kind=PARAM)


def struct(name: str, fields: Mapping[str, Type] | Fields) -> Type:
    """An object type; `fields` maps a field's name to its type, or is a function that does."""
    return Type(name, kind=STRUCT, fields=fields.get if isinstance(fields, Mapping) else fields)


def opaque(name: str) -> Type:
    """A type of a Kubernetes library, which has functions but no fields."""
    return Type(name, kind=STRUCT, fields=lambda _: None)


QUANTITY = opaque("kubernetes.Quantity")
IP = opaque("net.IP")
CIDR = opaque("net.CIDR")
URL = opaque("kubernetes.URL")
SEMVER = opaque("kubernetes.Semver")
FORMAT = opaque("kubernetes.NamedFormat")
AUTHORIZER = opaque("kubernetes.authorization.Authorizer")
PATH_CHECK = opaque("kubernetes.authorization.PathCheck")
GROUP_CHECK = opaque("kubernetes.authorization.GroupCheck")
RESOURCE_CHECK = opaque("kubernetes.authorization.ResourceCheck")
DECISION = opaque("kubernetes.authorization.Decision")

# The names that signatures in the overload table use.
NAMED: dict[str, Type] = {
    "bool": BOOL,
    "int": INT,
    "uint": UINT,
    "double": DOUBLE,
    "string": STRING,
    "bytes": BYTES,
    "timestamp": TIMESTAMP,
    "duration": DURATION,
    "dyn": DYN,
    "Quantity": QUANTITY,
    "IP": IP,
    "CIDR": CIDR,
    "URL": URL,
    "Semver": SEMVER,
    "Format": FORMAT,
    "Authorizer": AUTHORIZER,
    "PathCheck": PATH_CHECK,
    "GroupCheck": GROUP_CHECK,
    "ResourceCheck": RESOURCE_CHECK,
    "Decision": DECISION,
}
CONTAINERS: dict[str, Callable[..., Type]] = {
    "list": list_of,
    "map": map_of,
    "optional": optional_of,
    "type": type_of,
}

# Identifiers that stand for a type in an expression, as in `type(x) == int`; not every type of Kubernetes' has one.
TYPE_IDENTIFIERS: dict[str, Type] = {
    "bool": BOOL,
    "int": INT,
    "uint": UINT,
    "double": DOUBLE,
    "string": STRING,
    "bytes": BYTES,
    "null_type": NULL_TYPE,
    "type": TYPE,
    "list": list_of(DYN),
    "map": map_of(DYN, DYN),
    "optional_type": optional_of(DYN),
    "google.protobuf.Timestamp": TIMESTAMP,
    "google.protobuf.Duration": DURATION,
    "net.IP": IP,
    "net.CIDR": CIDR,
}
# The servers since which an identifier stands for a type, where that is not every one.
IDENTIFIERS_SINCE = {"net.IP": (1, 31), "net.CIDR": (1, 31)}
