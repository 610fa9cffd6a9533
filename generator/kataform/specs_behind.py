"""Where people write what was built from generated files: in the spec behind them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from kataform import resource
from kataform.finding import Location
from kataform.objects import Object
from kataform.project import shown
from kataform.resource import Path as Pointer
from kataform.resource import Resource
from kataform.subject import Locate

if TYPE_CHECKING:
    from kataform.render import Rendering


def of_rendered(rendering: Rendering, found: Resource) -> Locate:
    """Where the spec says what an object was rendered from."""

    def locate(path: Pointer, key: bool) -> Location:
        return rendering.spec.place(found.derivations, path, key=key)

    return locate


def of_built(rendering: Rendering, built: Object) -> Locate:
    """Where people write what was built from generated files and their own: the spec stands behind the former.

    A field that is not as rendered was changed by what the spec adds to the part.
    """
    part = built.root.rpartition("/")[2]
    rendered = _rendered(rendering, part, resource.key(built.body))
    generated = {shown(rendering.spec.folder / name) for name in rendering.files}
    added = rendering.spec.origin(("kustomize", part))

    def locate(path: Pointer, key: bool) -> Location:
        found = built.locate(path, key)
        if found.path not in generated or rendered is None:
            return found
        as_rendered = resource.same(resource.get(rendered.body, path), resource.get(built.body, path))
        return of_rendered(rendering, rendered)(path, key) if as_rendered else added.key_location

    return locate


def of_taken_in(generated: Mapping[str, Rendering], built: Object) -> Locate:
    """Where people write what a root of their own takes in: behind a generated file stands its spec.

    `generated` are the files of overlays that nobody changed, by their folder.
    """

    def locate(path: Pointer, key: bool) -> Location:
        found = built.locate(path, key)
        folder, part = os.path.split(os.path.dirname(found.path))  # what a spec makes of an object is in its part
        rendering = generated.get(folder)
        if rendering is None or f"{part}/{os.path.basename(found.path)}" not in rendering.files:
            return found
        rendered = _rendered(rendering, part, resource.key(built.body))
        if rendered is None or not resource.same(resource.get(rendered.body, path), resource.get(built.body, path)):
            return found
        return of_rendered(rendering, rendered)(path, key)

    return locate


def _rendered(rendering: Rendering, part: str, key: resource.Key) -> Resource | None:
    """The rendered object that was built: by its name or, where a patch renamed it, as the only one of its kind."""
    made = {resource.key(one.body): one for one in rendering.parts.get(part, ())}
    alike = [one for known, one in made.items() if (known.group, known.kind) == (key.group, key.kind)]
    return made.get(key) or (alike[0] if len(alike) == 1 else None)
