"""Whether one type can stand where another is wanted, and what type parameters then stand for.

https://github.com/google/cel-go/blob/master/checker/types.go
"""

from __future__ import annotations

from collections.abc import Sequence

from kubecel.types import DYN, NULL, PARAM, STRUCT, WILDCARD, Type

Substitutions = dict[str, Type]
_NULLABLE = frozenset({"google.protobuf.Timestamp", "google.protobuf.Duration", "optional_type"})


def assign(known: Substitutions, found: Sequence[Type], wanted: Sequence[Type]) -> Substitutions | None:
    """The substitutions with which the types fit one by one, or None where they cannot."""
    updated = known.copy()
    return updated if _assign_all(updated, found, wanted) else None


def substitute(known: Substitutions, one: Type, *, free_is_dyn: bool = False) -> Type:
    """The type with what its parameters stand for; a parameter that is still free can become dyn."""

    if one.kind == PARAM:
        bound = known.get(one.name)
        if bound is not None:
            return substitute(known, bound, free_is_dyn=free_is_dyn)
        return DYN if free_is_dyn else one
    if not one.params:
        return one
    params = tuple([substitute(known, inner, free_is_dyn=free_is_dyn) for inner in one.params])
    return one if params == one.params else Type(one.name, params, one.kind, one.fields)


def most_general(left: Type, right: Type) -> Type:
    """The more general of two types that are known to fit."""
    return left if _covers(left, right) else right


def _covers(left: Type, right: Type) -> bool:
    """Whether `left` is the same type or leaves more open."""
    if left.kind == PARAM or left.name == "dyn":
        return True
    if right.kind == PARAM or right.name == "dyn" or left.kind != right.kind or left.name != right.name:
        return False
    if left.name == "type":
        return True
    return len(left.params) == len(right.params) and all(map(_covers, left.params, right.params))


def _assign_all(known: Substitutions, found: Sequence[Type], wanted: Sequence[Type]) -> bool:
    if len(found) != len(wanted):
        return False
    for one, other in zip(found, wanted, strict=True):
        if (one is not other or one.kind == PARAM) and not _assign(known, one, other):
            return False
    return True


def _assign(known: Substitutions, found: Type, wanted: Type) -> bool:
    if wanted.kind == PARAM:
        fits, bound = _bind(known, found, wanted)
        if fits or bound:
            return fits
    if found.kind == PARAM:
        return _bind(known, wanted, found)[0]
    if found.kind == WILDCARD or wanted.kind == WILDCARD:
        return True
    if found.kind == NULL or wanted.kind == NULL:
        other = wanted if found.kind == NULL else found
        return other.kind in (NULL, STRUCT) or other.name in _NULLABLE
    if found.name != wanted.name or found.kind != wanted.kind:
        return False
    return found.name == "type" or _assign_all(known, found.params, wanted.params)


def _bind(known: Substitutions, one: Type, parameter: Type) -> tuple[bool, bool]:
    """Let the parameter stand for a type: whether it can, and whether it already stood for something."""
    if one == parameter:
        return True, True
    bound = known.get(parameter.name)
    if bound is not None:
        if one == bound:
            return True, True
        if not _assign(known, one, bound):
            return False, True
        wider = most_general(one, bound)
        if not _occurs(known, parameter, wider):
            known[parameter.name] = wider
        return True, True
    if _occurs(known, parameter, one):
        return False, False
    known[parameter.name] = one
    return True, False


def _occurs(known: Substitutions, parameter: Type, within: Type) -> bool:
    if within.kind == PARAM:
        if within == parameter:
            return True
        bound = known.get(within.name)
        return bound is not None and _occurs(known, parameter, bound)
    return any(_occurs(known, parameter, inner) for inner in within.params)
