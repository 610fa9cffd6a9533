"""The walk from a labelled node to proven isolation, as Markdown for one overlay: every step with what to expect."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kataform import resource
from kataform.catalogue import Catalogue
from kataform.render import Rendering
from kataform.resources.example import NAMESPACE, RUNTIME_CLASS
from kubecel.records import dataclass


@dataclass(frozen=True, slots=True)
class Comparison:
    """One thing that differs between the twins.

    `where` is api (asked of both Pods), pod (run in both) or node (run on the Kata Pod's).
    """

    title: str
    where: str
    command: str
    expect: str
    otherwise: str


COMPARISONS = (
    Comparison(
        "runtimeClassName",
        "api",
        "-o jsonpath='{.spec.runtimeClassName}{\"\\n\"}'",
        "An empty line for the regular Pod, `kata` for its twin.",
        "`kata` missing: the manifest lost the field, or an admission webhook took it away; everything below is then "
        "equal.",
    ),
    Comparison(
        "Uptime",
        "pod",
        "cat /proc/uptime",
        "The regular Pod shows the node's uptime in seconds; the Kata Pod's begins when the Pod was started.",
        "Equal figures: the Pod shares the node's kernel, so it does not run in a virtual machine.",
    ),
    Comparison(
        "Kernel command line",
        "pod",
        "cat /proc/cmdline",
        "The regular Pod shows the node's boot line; the Kata Pod's is the guest's and names the agent "
        "(`agent.…`, `systemd.unit=kata-containers.target`).",
        "Equal lines: same kernel, no virtual machine.",
    ),
    Comparison(
        "Processors",
        "pod",
        "grep -c ^processor /proc/cpuinfo",
        "The regular Pod counts the node's processors; the Kata Pod has one, plus what its CPU limits ask for, rounded "
        "up.",
        "As many as the node: no virtual machine. More than asked for: look at the limits and at the "
        "`io.katacontainers.config.hypervisor.default_vcpus` annotation.",
    ),
    Comparison(
        "Kernel version",
        "pod",
        "uname -r",
        "Both may print the same release, because the guest's kernel comes with the node's image: compare it, do not "
        "conclude from it alone.",
        "A difference proves two kernels; equality proves nothing.",
    ),
    Comparison(
        "QEMU",
        "node",
        "ps -C qemu-kvm,qemu-system-x86_64 -o pid,etime,args | cut -c1-120",
        "One process for each Kata Pod on the node, as old as the Pod.",
        "None: the Pod runs elsewhere (`oc get pod -o wide`), or it is not a Kata Pod.",
    ),
    Comparison(
        "The shim",
        "node",
        "ps -C containerd-shim-kata-v2 -o pid,etime,args | cut -c1-120",
        "One `containerd-shim-kata-v2` for each Kata Pod; its `-id` is the sandbox of `crictl pods`.",
        "None while QEMU runs: the runtime has died; `journalctl -u crio` on the node says why.",
    ),
    Comparison(
        "virtiofsd",
        "node",
        "ps -C virtiofsd -o pid,etime,args | cut -c1-120",
        "Two for each Kata Pod (the daemon and its child): the way in which the container's files get into the "
        "machine.",
        "None: the root file system cannot be shared, and the Pod stays in ContainerCreating.",
    ),
)


def markdown(rendering: Rendering, catalogue: Catalogue, folder: str) -> str:
    """The whole runbook. `folder` is the overlay's, as `oc apply -k` takes it."""
    sections = (
        _head(rendering, folder),
        _label(rendering),
        _operator(rendering, catalogue, folder),
        _instance(rendering, folder),
        _node(rendering, folder),
        _twins(rendering, folder),
        _removal(rendering, catalogue, folder),
    )
    return "\n".join(line for section in sections for line in section).rstrip("\n") + "\n"


def _code(*lines: str) -> Iterator[str]:
    yield "```console"
    yield from (f"$ {line}" for line in lines)
    yield "```"
    yield ""


def _expect(expectation: str, otherwise: str) -> Iterator[str]:
    yield f"- **Expect:** {expectation}"
    yield f"- **Otherwise:** {otherwise}"
    yield ""


def _head(rendering: Rendering, folder: str) -> Iterator[str]:
    spec = rendering.spec
    version, channel = spec.get("operator", "version"), spec.get("operator", "subscription", "channel")
    yield f"# Runbook: {folder}"
    yield ""
    yield (
        f"OpenShift sandboxed containers {version} from channel `{channel}`, "
        f"install plans approved {'by a person' if _is_manual(rendering) else 'automatically'}."
    )
    yield (
        "Selected nodes drain and reboot in step 3. Run everything from the top of the repository, "
        "as a cluster administrator."
    )
    yield ""


def _is_manual(rendering: Rendering) -> bool:
    return bool(rendering.spec.get("operator", "subscription", "installPlanApproval") == "Manual")


def _selector(rendering: Rendering) -> dict[str, Any]:
    return dict(rendering.spec.get("kataConfig", "spec", "kataConfigPoolSelector") or {})


def selector_text(selector: dict[str, Any]) -> str:
    """A label selector as `oc get -l` takes it."""
    parts = [f"{name}={value}" for name, value in (selector.get("matchLabels") or {}).items()]
    for entry in selector.get("matchExpressions") or []:
        values = ",".join(entry.get("values") or [])
        parts.append(
            {
                "In": f"{entry['key']} in ({values})",
                "NotIn": f"{entry['key']} notin ({values})",
                "Exists": entry["key"],
                "DoesNotExist": f"!{entry['key']}",
            }[entry["operator"]]
        )
    return ",".join(parts)


def _labels(selector: dict[str, Any]) -> list[str]:
    """The labels that make a node fit, as `oc label` takes them: a trailing dash takes one away."""
    labels = [f"{name}={value}" for name, value in (selector.get("matchLabels") or {}).items()]
    for entry in selector.get("matchExpressions") or []:
        if entry["operator"] == "In":
            labels.append(f"{entry['key']}={(entry.get('values') or [''])[0]}")
        elif entry["operator"] == "Exists":
            labels.append(f"{entry['key']}=")
        else:
            labels.append(f"{entry['key']}-")
    return labels


def _label(rendering: Rendering) -> Iterator[str]:
    selector = _selector(rendering)
    yield "## 1. Label the nodes"
    yield ""
    if not selector_text(selector):
        yield "The KataConfig has no selector: **every** worker gets Kata Containers, and every worker reboots."
        yield ""
        yield from _code("oc get nodes -l node-role.kubernetes.io/worker")
        return
    yield from _code(
        f"oc label node NODE {' '.join(_labels(selector))}",
        f"oc get nodes -l 'node-role.kubernetes.io/worker,{selector_text(selector)}'",
    )
    yield from _expect(
        "the nodes that are to run Kata Containers, and no other.",
        "an empty list means that nothing is installed anywhere; only nodes with the worker role are considered.",
    )


def _operator(rendering: Rendering, catalogue: Catalogue, folder: str) -> Iterator[str]:
    namespace, package = catalogue.namespace, catalogue.package
    version = rendering.spec.get("operator", "version")
    manual = _is_manual(rendering)
    yield "## 2. The operator"
    yield ""
    yield from _code(f"oc apply -k {folder}/operator")
    if manual:
        yield (
            "Approval is manual, so the Subscription waits at `UpgradePending` until a person approves its install "
            "plan:"
        )
        yield ""
        yield from _code(
            f"oc -n {namespace} get installplan",
            f'oc -n {namespace} patch installplan NAME --type merge -p \'{{"spec":{{"approved":true}}}}\'',
        )
        yield f"Approve it only if it names `{catalogue.csv(version)}`: a plan may propose a later version at once."
        yield ""
    csv = (
        catalogue.csv(version)
        if manual
        else f"$(oc -n {namespace} get subscription {package} -o jsonpath='{{.status.installedCSV}}')"
    )
    deployment = catalogue.deployment(version)
    yield from _code(
        f"oc -n {namespace} get subscription {package} -o jsonpath='{{.status.state}}{{\"\\n\"}}'",
        f"oc -n {namespace} wait csv/{csv} --for=jsonpath='{{.status.phase}}'=Succeeded --timeout=10m",
        f"oc -n {namespace} rollout status deployment/{deployment} --timeout=5m",
    )
    state = (
        "`AtLatestKnown`, or `UpgradePending` where the channel has a later version" if manual else "`AtLatestKnown`"
    )
    yield from _expect(
        f"the Subscription {state}, the ClusterServiceVersion `Succeeded`, the Deployment `{deployment}` available.",
        f"`oc -n {namespace} describe subscription {package}`; `ResolutionFailed` means that the channel or the "
        "catalogue does not have what is asked for, `MultipleOperatorGroupsFound` that the namespace has a second "
        "OperatorGroup.",
    )


def _instance(rendering: Rendering, folder: str) -> Iterator[str]:
    name = rendering.spec.get("kataConfig", "name")
    yield "## 3. The KataConfig"
    yield ""
    yield "**The selected nodes drain and reboot now**, one after another: 10 to 60 minutes."
    yield ""
    yield from _code(
        f"oc apply -k {folder}/instance",
        f"oc get kataconfig {name} -o yaml",
        "oc get machineconfigpool kata-oc -w",
        "oc wait machineconfigpool/kata-oc --for=condition=Updated --timeout=60m",
    )
    yield from _expect(
        "`kata-oc` with as many machines as nodes were selected, `UPDATED True`; in the KataConfig's status no node "
        "waiting, installing or failed.",
        "no pool `kata-oc`: on a compact or single-node cluster the pool is `master`, and the selector is not looked "
        "at. `DEGRADED True`: `oc describe machineconfigpool kata-oc` names the node and the reason. A paused pool "
        "waits for ever.",
    )


def _node(rendering: Rendering, folder: str) -> Iterator[str]:
    yield "## 4. What is on the nodes now"
    yield ""
    yield from _code(
        "oc debug node/NODE -- chroot /host cat /etc/crio/crio.conf.d/50-kata",
        "oc get runtimeclass",
    )
    yield from _expect(
        "a CRI-O runtime `kata` whose `runtime_path` is `/usr/bin/containerd-shim-kata-v2`, and at least these "
        "RuntimeClasses:",
        "no drop-in: the node has not rebooted into the new configuration yet. No RuntimeClass: the operator creates "
        "it when the installation is done; look at its log.",
    )
    for found in rendering.parts.get("runtimeclass", ()):
        yield f"  - {_class_text(found.body)}"
    yield ""
    if rendering.spec.get("runtimeClass", "owner") == "git":
        yield "Git owns the RuntimeClass here:"
        yield ""
        yield from _code(f"oc apply -k {folder}/runtimeclass")
    else:
        yield "The operator creates them. To see whether they are what this overlay expects:"
        yield ""
        yield from _code(f"oc diff -k {folder}/runtimeclass")


def _class_text(body: dict[str, Any]) -> str:
    fixed = resource.get(body, ("overhead", "podFixed")) or {}
    overhead = ", ".join(f"{name} {value}" for name, value in fixed.items())
    nodes = resource.get(body, ("scheduling", "nodeSelector")) or {}
    where = ", ".join(f"`{name}: '{value}'`" for name, value in nodes.items())
    text = f"`{body['metadata']['name']}` with handler `{body['handler']}`, overhead {overhead}"
    return f"{text}, on nodes with {where}" if where else text


def _pods(rendering: Rendering) -> list[tuple[str, str]]:
    names = rendering.spec.get("examples") or []
    return [(f"example-{name}-regular", f"example-{name}-kata") for name in names]


def _twins(rendering: Rendering, folder: str) -> Iterator[str]:
    pods = _pods(rendering)
    yield "## 5. Prove the isolation"
    yield ""
    if not pods:
        yield (
            f"This overlay has no examples. Run any image twice, once with `runtimeClassName: {RUNTIME_CLASS}`, "
            "and compare."
        )
        yield ""
        return
    yield from _code(
        f"oc apply -k {folder}/examples",
        f"oc -n {NAMESPACE} wait pod --all --for=condition=Ready --timeout=5m",
        f"oc -n {NAMESPACE} get pods "
        "-o custom-columns=NAME:.metadata.name,CLASS:.spec.runtimeClassName,NODE:.spec.nodeName",
    )
    yield from _expect(
        f"the `-kata` Pods with class `{RUNTIME_CLASS}`, their regular twins with `<none>`, all on selected nodes.",
        '`RuntimeClass "kata" not found`: step 4 is not done. '
        "`Insufficient memory`: a Kata Pod also needs the class's overhead.",
    )
    regular, kata = pods[0]
    for comparison in COMPARISONS:
        yield f"### {comparison.title}"
        yield ""
        if comparison.where == "api":
            yield from _code(*(f"oc -n {NAMESPACE} get pod {pod} {comparison.command}" for pod in (regular, kata)))
        elif comparison.where == "pod":
            yield from _code(*(f"oc -n {NAMESPACE} exec {pod} -- {comparison.command}" for pod in (regular, kata)))
        else:
            node = f"$(oc -n {NAMESPACE} get pod {kata} -o jsonpath='{{.spec.nodeName}}')"
            yield from _code(f"oc debug node/{node} -- chroot /host {_on_node(comparison.command)}")
        yield from _expect(comparison.expect, comparison.otherwise)


def _on_node(command: str) -> str:
    return f"sh -c '{command}'" if "|" in command else command


def _removal(rendering: Rendering, catalogue: Catalogue, folder: str) -> Iterator[str]:
    yield "## 6. Taking it away again"
    yield ""
    yield "In this order: any Pod of a Kata class, even a completed one, blocks the KataConfig's deletion, and an"
    yield "operator that goes first leaves it stuck. The nodes reboot once more."
    yield ""
    steps = [f"oc delete -k {folder}/examples"] if _pods(rendering) else []
    steps += [
        f"oc delete -k {folder}/instance",
        "oc wait machineconfigpool/worker --for=condition=Updated --timeout=60m",
        f"oc -n {catalogue.namespace} delete subscription,csv --all",
        f"oc delete -k {folder}/operator --ignore-not-found",
    ]
    yield from _code(*steps)
