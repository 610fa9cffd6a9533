"""A request to the API server as a policy meets it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from kubecel import evidence
from kubecel.admission import defaulting
from kubecel.admission.kinds import Kinds, Resource, built_in
from kubecel.admission.selectors import Labels
from kubecel.budget import Steps
from kubecel.once import once
from kubecel.records import dataclass
from kubecel.types import AUTHORIZER, RESOURCE_CHECK
from kubecel.values import Authorizer, Foreign, Partial, Value

Body = Mapping[str, Any]
NAME_LABEL = "kubernetes.io/metadata.name"
AUTHORIZERS = (Authorizer(AUTHORIZER.name), Authorizer(RESOURCE_CHECK.name))
VALUES = 5 + len(AUTHORIZERS)  # slots of a frame for what all policies know
FREE = 32  # slots for what macros bind


@dataclass(frozen=True)
class User:
    """Who makes the request."""

    name: str = ""
    groups: tuple[str, ...] = ()
    uid: str = ""
    extra: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(eq=False)
class Request:
    """One object that is created, updated or deleted.

    `object` is the body as written, None for a DELETE; `old_object` what was there before, None for a CREATE. A policy
    sees both as the server completes them, unless `complete` says that they are so already. `namespace_object` is the
    Namespace's manifest; where it is None, only the namespace's name is known. The same goes for `user`. `namespace`
    is the one that the request is made in, for an object that names none; `subresource` is that part of `pods/exec`.
    `more` are the values of names that only an extension of the environment knows.

    `body` is the object as written, or where it is deleted the one that was there; the core group in `group_version` is
    an empty text; `served` is the resource that the kind is served as, None where that is not known.
    """

    object: Body | None
    old_object: Body | None = None
    operation: str = "CREATE"
    namespace_object: Body | None = None
    namespace: str = "default"
    user: User | None = None
    subresource: str = ""
    kinds: Kinds = built_in
    resource: Resource | None = None
    dry_run: bool = False
    complete: bool = False
    more: Mapping[str, Value] = field(default_factory=dict)
    body: Body = field(init=False)
    group_version: tuple[str, str] = field(init=False)
    kind: str = field(init=False)
    served: Resource | None = field(init=False)
    is_namespace: bool = field(init=False)

    def __post_init__(self) -> None:
        """What every policy asks for."""
        self.body = body = self.object or self.old_object or {}
        group, _, version = str(body.get("apiVersion") or "").rpartition("/")
        self.group_version = group, version
        self.kind = kind = str(body.get("kind") or "")
        self.served = self.resource or self.kinds(group, kind)
        self.is_namespace = kind == "Namespace" and not group

    @once
    def seen(self) -> Value:
        """The object as a policy sees it."""
        return self._completed(self.object)

    @once
    def seen_before(self) -> Value:
        """What was there before, as a policy sees it."""
        return self._completed(self.old_object)

    def _completed(self, body: Body | None) -> Value:
        if body is None or self.complete:
            return body
        completed = defaulting.defaulted(body)
        if self.served is not None and self.served.namespaced and isinstance(completed.get("metadata"), dict):
            completed["metadata"].setdefault("namespace", self.request_namespace)
        return completed

    @once
    def traced(self) -> Value:
        """A copy of what `body` is to a policy, whose parts know their places."""
        return evidence.trace(self.seen if self.object is not None else self.seen_before)

    @once
    def traced_more(self) -> Mapping[str, Value]:
        """What `more` names, giving values that know their places."""
        return {name: value.traced() if isinstance(value, Foreign) else value for name, value in self.more.items()}

    @once
    def matched_by(self) -> str:
        """All of the request that rules without names look at, as a text, whose hash is computed once."""
        group, version = self.group_version
        plural, namespaced = self.served or ("", "")
        text = (
            f"{group}\0{version}\0{self.kind}\0{plural}\0{namespaced}\0{self.subresource}\0{self.operation}\0"
            f"{self.request_namespace != ''}"
        )
        return text if text.count("\0") == 7 else repr((group, version, self.kind, text))

    @once
    def frame(self) -> list[Any]:
        """A frame in which all expressions can run, one after the other, that know no names but those of any policy.

        `request` and `namespaceObject` are for whoever asks for them to put there.
        """
        return [Steps(), self.seen, self.seen_before, None, None, None, *AUTHORIZERS, *[None] * FREE]

    @once
    def frame_with_params(self) -> list[Any]:
        """The same for policies with parameters, which are for them to put there."""
        return [Steps(), self.seen, self.seen_before, *[None] * 4, *AUTHORIZERS, *[None] * FREE]

    @once
    def false(self) -> dict[str, bool]:
        """Which conditions of policies are false of the object, by what they say; many policies have the same ones."""
        return {}

    @once
    def name(self) -> str:
        """The name of the object, an empty text where the server will make one."""
        return str(_map(self.body.get("metadata")).get("name") or "")

    @once
    def request_namespace(self) -> str:
        """The namespace of the request: for a Namespace its own name, for other cluster objects an empty text."""
        if self.is_namespace:
            return self.name
        own = str(_map(self.body.get("metadata")).get("namespace") or "")
        if self.served is None:
            return own
        return (own or self.namespace) if self.served.namespaced else ""

    @once
    def namespace_labels(self) -> Labels:
        """The labels that a namespaceSelector sees."""
        name = self.request_namespace
        if self.is_namespace:
            own = labels_of(self.body)
            return Labels({NAME_LABEL: name, **own.known})
        if self.namespace_object is None:
            return Labels({NAME_LABEL: name}, complete=False, of=f"namespace {name}")
        return Labels({NAME_LABEL: name, **labels_of(self.namespace_object).known})

    @once
    def namespace_value(self) -> Value:
        """What `namespaceObject` stands for: null for a Namespace and for objects of the cluster."""
        name = self.request_namespace
        if not name or self.is_namespace:
            return None
        if self.namespace_object is not None:
            return _namespace(self.namespace_object, name, self.namespace_labels.known)
        what = f"the manifest of namespace {name}"
        labels = Partial(f"a label of namespace {name}", {NAME_LABEL: name})
        return Partial(what, {"metadata": Partial(what, {"name": name, "labels": labels})})

    @once
    def request_value(self) -> dict[str, Value]:
        """What `request` stands for."""
        group, version = self.group_version
        kind = {"group": group, "version": version, "kind": self.kind}
        served: Value = self.served.plural if self.served else None
        resource: Value = {"group": group, "version": version, "resource": served}
        if served is None:
            resource = Partial(f"the resource of {self.kind}", {"group": group, "version": version})
        value: dict[str, Value] = {"uid": "", "kind": kind, "resource": resource}
        if self.subresource:
            value["subResource"] = value["requestSubResource"] = self.subresource
        value.update({"requestKind": kind, "requestResource": resource})
        if self.name:
            value["name"] = self.name
        if self.request_namespace:
            value["namespace"] = self.request_namespace
        options: dict[str, Value] = {}
        value.update({"operation": self.operation, "userInfo": self._user_value, "object": None, "oldObject": None})
        value.update({"dryRun": self.dry_run, "options": options})
        return value

    @once
    def _user_value(self) -> Value:
        if self.user is None:
            return Partial("the user of the request", {})
        value: dict[str, Value] = {}
        if self.user.name:
            value["username"] = self.user.name
        if self.user.uid:
            value["uid"] = self.user.uid
        if self.user.groups:
            value["groups"] = list(self.user.groups)
        if self.user.extra:
            value["extra"] = {key: list(values) for key, values in self.user.extra.items()}
        return value


def _map(value: object) -> Body:
    return value if isinstance(value, dict) else {}


def labels_of(body: Body) -> Labels:
    """The labels of an object."""
    labels = _map(_map(body.get("metadata")).get("labels"))
    return Labels({key: value if isinstance(value, str) else str(value) for key, value in labels.items()})


def _namespace(body: Body, name: str, labels: Mapping[str, object]) -> Value:
    """The fields of a Namespace that a policy sees; what is no string where one belongs is left out."""
    metadata = _map(body.get("metadata"))
    shown: dict[str, Value] = {"name": name, "labels": _strings(labels)}
    if annotations := _strings(_map(metadata.get("annotations"))):
        shown["annotations"] = annotations
    finalizers = _map(body.get("spec")).get("finalizers")
    spec: dict[str, Value] = {"finalizers": finalizers if isinstance(finalizers, list) else ["kubernetes"]}
    return {"metadata": shown, "spec": spec, "status": {"phase": "Active"}}


def _strings(values: Mapping[str, object]) -> dict[str, Value]:
    return {key: value for key, value in values.items() if isinstance(value, str)}
