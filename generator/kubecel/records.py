"""`dataclass` without what a program pays for at each start: the same classes, made in a quarter of the time.

The standard one writes the text of six methods for each class and compiles it; a hundred classes are a fifth of what a
commit hook takes. Here only `__init__` is written. Comparing, hashing and printing are told once for all classes, and
that a class is `frozen` is left to the type checker, which takes this for the standard one: nothing enforces it while
the program runs, and an object is made in a quarter of the time as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    import operator
    from collections.abc import Callable
    from dataclasses import dataclass as standard

    def dataclass(
        cls: type | None = None,
        /,
        *,
        frozen: bool = False,
        eq: bool = True,
        order: bool = False,
        slots: bool = False,
    ) -> type | Callable[[type], type]:
        """As `dataclasses.dataclass`, for the options that are used here."""

        def make(cls: type) -> type:
            made = standard(repr=False, eq=False, slots=slots)(cls)
            own = vars(cls)
            if "__repr__" not in own:
                made.__repr__ = _repr
            if eq and "__eq__" not in own:
                compared = _compared(made)
                made.__eq__ = _equality(compared)
                made.__hash__ = own.get("__hash__") or (_hash(compared) if frozen else None)
                for name in ("__lt__", "__le__", "__gt__", "__ge__") if order else ():
                    setattr(made, name, _order(compared, getattr(operator, name)))
            return made

        return make if cls is None else make(cls)

    def _compared(made: type) -> Callable[[Any], Any]:
        """What takes from an object all that it is compared by."""
        names = [each.name for each in made.__dataclass_fields__.values() if each.compare]
        return operator.attrgetter(*names) if names else lambda _: ()

    def _equality(compared: Callable[[Any], Any]) -> Callable[[Any, object], bool]:
        def __eq__(self: Any, other: object) -> bool:  # noqa: N807
            if self is other:
                return True
            return compared(self) == compared(other) if other.__class__ is self.__class__ else NotImplemented

        return __eq__

    def _order(compared: Callable[[Any], Any], decide: Callable[[Any, Any], bool]) -> Callable[[Any, object], bool]:
        def ordered(self: Any, other: object) -> bool:
            return decide(compared(self), compared(other)) if other.__class__ is self.__class__ else NotImplemented

        return ordered

    def _hash(compared: Callable[[Any], Any]) -> Callable[[Any], int]:
        def __hash__(self: Any) -> int:  # noqa: N807
            return hash(compared(self))

        return __hash__

    def _repr(self: Any) -> str:
        shown = [each.name for each in self.__dataclass_fields__.values() if each.repr]
        return f"{type(self).__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in shown)})"


__all__ = ["dataclass"]
