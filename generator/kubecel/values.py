"""The values of CEL in Python, their types at run time, and equality as cel-go has it.

null, bool, int, double, string, list and map are Python's own None, bool, int, float, str, list and dict, so that an
object read from a file is a value as it is. The rest have classes here.
"""

from __future__ import annotations

from typing import Any

from kubecel.errors import EvalError, Undecided, no_such_overload

Value = Any

INT_MIN, INT_MAX, UINT_MAX = -(1 << 63), (1 << 63) - 1, (1 << 64) - 1
NANOSECOND = 10**9


class UInt(int):
    """An unsigned integer."""

    __slots__ = ()


class TypeValue:
    """A type as a value, as `type(x)` gives it; two are equal when their names are."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TypeValue) and self.name == other.name

    def __hash__(self) -> int:
        return hash(self.name)


class Optional:
    """A value that may be absent; `NONE` is the absent one."""

    __slots__ = ("present", "value")

    def __init__(self, value: Value = None, present: bool = True) -> None:
        self.value = value
        self.present = present


NONE = Optional(present=False)


class Opaque:
    """A value of a library's own type: compared by its content, with no fields."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and bool(self.value == other.value)

    def __hash__(self) -> int:
        return hash(self.value)


class Timestamp(Opaque):
    """Nanoseconds since the epoch; `offset`, in seconds east of UTC, only shows when it is printed."""

    __slots__ = ("offset",)

    def __init__(self, value: int, offset: int = 0) -> None:
        self.value = value
        self.offset = offset


class Duration(Opaque):
    """Nanoseconds."""

    __slots__ = ()


class Quantity(Opaque):
    """A library.quantity.Amount; two are equal when their numbers are, however they are written."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Quantity) and bool(self.value.number == other.value.number)

    def __hash__(self) -> int:
        return hash(self.value.number)


class IP(Opaque):
    """An ipaddress.IPv4Address or IPv6Address."""

    __slots__ = ()


class CIDR(Opaque):
    """An ipaddress.IPv4Interface or IPv6Interface: the address as written, with its prefix length."""

    __slots__ = ()


class URL(Opaque):
    """A library.url.Parts."""

    __slots__ = ()


class Semver(Opaque):
    """A library.semver.Version, which compares by precedence."""

    __slots__ = ()


class Format(Opaque):
    """The name of a format that strings can be validated against."""

    __slots__ = ()


class Authorizer(Opaque):
    """Something of the authorizer, known by the name of its type; only a cluster could evaluate it."""

    __slots__ = ()


class Foreign:
    """A value that whoever evaluates an expression brings along, of a type of their own with functions of their own."""

    type_name: str

    def traced(self) -> Foreign:
        """The same, but what it gives knows its place."""
        return self


class Partial:
    """A map of which only some keys are known: to read any other, or the map as a whole, is undecided."""

    __slots__ = ("known", "what")

    def __init__(self, what: str, known: dict[str, Value]) -> None:
        self.what = what
        self.known = known

    def read(self, key: Value) -> Value:
        """The value under a key. Raises Undecided where it is not known."""
        if key in self.known:
            return self.known[key]
        raise self.undecided()

    def undecided(self) -> Undecided:
        """The error of reading what is not known."""
        return Undecided(f"{self.what} is known to the cluster only")


# The name of a value's type, as the checker and `type()` spell it.
_NAMES: dict[type, str] = {
    type(None): "null_type",
    bool: "bool",
    int: "int",
    UInt: "uint",
    float: "double",
    str: "string",
    bytes: "bytes",
    list: "list",
    dict: "map",
    TypeValue: "type",
    Optional: "optional_type",
    Timestamp: "google.protobuf.Timestamp",
    Duration: "google.protobuf.Duration",
    Quantity: "kubernetes.Quantity",
    IP: "net.IP",
    CIDR: "net.CIDR",
    URL: "kubernetes.URL",
    Semver: "kubernetes.Semver",
    Format: "kubernetes.NamedFormat",
}
NUMBERS = frozenset({"int", "uint", "double"})
# Types of Kubernetes' own, whose values can be compared with their like only.
_STRICT = frozenset({
    "kubernetes.Quantity", "net.IP", "net.CIDR", "kubernetes.URL", "kubernetes.Semver", "kubernetes.NamedFormat",
})  # fmt: skip
_PLAIN = frozenset({str, int, bool, bytes})


def type_name(value: Value) -> str:
    """The name of the value's run-time type, without parameters."""
    name = _NAMES.get(type(value))
    if name is not None:
        return name
    if isinstance(value, Authorizer):
        return str(value.value)
    if isinstance(value, Foreign):
        return value.type_name
    if isinstance(value, Partial):
        raise value.undecided()
    for base in (str, dict, list, float, int):
        if isinstance(value, base):
            return _NAMES[base]
    raise EvalError(f"unsupported value of type {type(value).__name__}")


def go_type(value: Value) -> str:
    """The name of the value's type in the server's own code."""
    name = type_name(value)
    short = name.removesuffix("_type").rpartition(".")[2]
    if name in _POINTERS:
        return _POINTERS[name]
    return f"{'cel' if name in _STRICT else 'types'}.{short[:1].upper()}{short[1:]}".replace("NamedFormat", "Format")


_POINTERS = {
    "optional_type": "*types.Optional", "type": "*types.Type", "list": "*types.baseList", "map": "*types.baseMap",
}  # fmt: skip


def wrong_type(value: Value) -> EvalError:
    """The error of a value that has a type which does not fit. Raises Undecided where the value is not known."""
    type_name(value)
    return no_such_overload()


def equal(left: Value, right: Value) -> bool:
    """Equality across types: numbers by value, everything else only within its own type."""
    kind = type(left)
    if kind is type(right) and kind in _PLAIN:
        return bool(left == right)
    if (left is None or right is None) and (kind is Partial or type(right) is Partial):
        return False
    name, other = type_name(left), type_name(right)
    if name != other:
        if name in _STRICT and right is not None:
            raise no_such_overload()
        return name in NUMBERS and other in NUMBERS and as_doubles(name, other, left) == as_doubles(name, other, right)
    if name == "list":
        return len(left) == len(right) and all(map(equal, left, right))
    if name == "map":
        return len(left) == len(right) and all(key in right and equal(left[key], right[key]) for key in left)
    if name == "optional_type":
        return left.present == right.present and (not left.present or equal(left.value, right.value))
    return bool(left == right)


def as_doubles(name: str, other: str, number: Value) -> Value:
    """A number as it is compared with another: where one of the two is a double, as a double, however long it is."""
    return float(number) if "double" in (name, other) else number


def contains(items: list[Value], wanted: Value) -> bool:
    """Whether a list has an element equal to `wanted`."""
    if type(wanted) is str:
        return wanted in items
    return any(equal(wanted, item) for item in items)


_ABSENT = object()


def find_key(mapping: dict[Value, Value], key: Value) -> Value:
    """The value under a key, or `ABSENT`. Numbers find keys of the other number types; a bool only finds a bool."""
    kind = type(key)
    if kind is str or isinstance(key, str):  # a string that knows its place is of a type of its own
        return mapping.get(key, _ABSENT)
    if isinstance(key, (int, float)) and key in mapping:  # bool is an int
        for candidate, value in mapping.items():
            if candidate == key and (type(candidate) is bool) is (kind is bool) and not isinstance(candidate, str):
                return value
    return _ABSENT


ABSENT = _ABSENT


def utf8(text: str) -> bytes:
    """The text in UTF-8; half a surrogate pair, which only JSON can bring in, becomes U+FFFD."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()


def checked_int(number: int) -> int:
    """The number, if it fits an int64."""
    if INT_MIN <= number <= INT_MAX:
        return number
    raise EvalError("integer overflow")


def checked_uint(number: int) -> UInt:
    """The number as a UInt, if it fits a uint64."""
    if 0 <= number <= UINT_MAX:
        return UInt(number)
    raise EvalError("unsigned integer overflow")
