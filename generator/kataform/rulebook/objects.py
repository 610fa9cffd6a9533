"""The rules on objects and their schemas, in words."""

from __future__ import annotations

from kataform.finding import Severity
from kataform.rule import Rule, by_name

RULES = by_name(
    Rule(
        "unknown-field",
        (
            "A field that the kind does not have in that version. A client without strict validation "
            "has it dropped silently."
        ),
        why=(
            "A client without strict validation, such as Argo CD's default apply, has the field "
            "dropped without a word. A selector that is gone selects every worker."
        ),
        remedy="write the field's right name, or take it out",
        failing=(
            "apiVersion: v1\n"
            "kind: Pod\n"
            "metadata:\n"
            "  name: web\n"
            "spec:\n"
            "  containers:\n"
            "  - name: web\n"
            "    imgae: example.com/web:1.0\n"
        ),
        passing=(
            "apiVersion: v1\n"
            "kind: Pod\n"
            "metadata:\n"
            "  name: web\n"
            "spec:\n"
            "  containers:\n"
            "  - name: web\n"
            "    image: example.com/web:1.0\n"
        ),
        source="https://kubernetes.io/docs/reference/using-api/api-concepts/#field-validation",
    ),
    Rule(
        "missing-field",
        "A field that is required, and absent.",
        why="The API server refuses the object.",
        remedy="add it",
        failing={
            "overlays/prod/kataform.yaml": (
                "apiVersion: kataform.dev/v1alpha1\n"
                "kind: Overlay\n"
                "extends: null\n"
                "operator:\n"
                "  subscription:\n"
                "    channel: stable\n"
                "kataConfig:\n"
                "  spec:\n"
                "    kataConfigPoolSelector:\n"
                "      matchLabels:\n"
                "        kata: 'true'\n"
            )
        },
        passing={
            "overlays/prod/kataform.yaml": (
                "apiVersion: kataform.dev/v1alpha1\n"
                "kind: Overlay\n"
                "extends: null\n"
                "operator:\n"
                "  version: 1.9.0\n"
                "  subscription:\n"
                "    channel: stable\n"
                "kataConfig:\n"
                "  spec:\n"
                "    kataConfigPoolSelector:\n"
                "      matchLabels:\n"
                "        kata: 'true'\n"
            )
        },
    ),
    Rule(
        "wrong-type",
        "A value of another type than the field's.",
        why="The API server refuses the object.",
        remedy="write a value of the field's type",
        failing=(
            "apiVersion: v1\n"
            "kind: Pod\n"
            "metadata:\n"
            "  name: web\n"
            "spec:\n"
            "  containers:\n"
            "  - name: web\n"
            "    image: example.com/web:1.0\n"
            "  hostNetwork: 'true'\n"
        ),
        passing=(
            "apiVersion: v1\n"
            "kind: Pod\n"
            "metadata:\n"
            "  name: web\n"
            "spec:\n"
            "  containers:\n"
            "  - name: web\n"
            "    image: example.com/web:1.0\n"
            "  hostNetwork: true\n"
        ),
    ),
    Rule(
        "unknown-value",
        "A value that is none of those a field allows.",
        why="The API server refuses the object.",
        remedy="choose one of the values that the finding names",
        failing=(
            "apiVersion: v1\n"
            "kind: Pod\n"
            "metadata:\n"
            "  name: web\n"
            "spec:\n"
            "  containers:\n"
            "  - name: web\n"
            "    image: example.com/web:1.0\n"
            "  restartPolicy: always\n"
        ),
        passing=(
            "apiVersion: v1\n"
            "kind: Pod\n"
            "metadata:\n"
            "  name: web\n"
            "spec:\n"
            "  containers:\n"
            "  - name: web\n"
            "    image: example.com/web:1.0\n"
            "  restartPolicy: Always\n"
        ),
    ),
    Rule(
        "invalid-value",
        "A value that the field's own rule refuses: a range, a length, a pattern.",
        why="The API server refuses the object.",
        remedy="write a value that the rule allows",
        failing={
            "overlays/prod/kataform.yaml": (
                "apiVersion: kataform.dev/v1alpha1\n"
                "kind: Overlay\n"
                "extends: null\n"
                "operator:\n"
                "  version: v1.9\n"
                "  subscription:\n"
                "    channel: stable\n"
                "kataConfig:\n"
                "  spec:\n"
                "    kataConfigPoolSelector:\n"
                "      matchLabels:\n"
                "        kata: 'true'\n"
            )
        },
        passing={
            "overlays/prod/kataform.yaml": (
                "apiVersion: kataform.dev/v1alpha1\n"
                "kind: Overlay\n"
                "extends: null\n"
                "operator:\n"
                "  version: 1.9.0\n"
                "  subscription:\n"
                "    channel: stable\n"
                "kataConfig:\n"
                "  spec:\n"
                "    kataConfigPoolSelector:\n"
                "      matchLabels:\n"
                "        kata: 'true'\n"
            )
        },
    ),
    Rule(
        "invalid-quantity",
        "A quantity that Kubernetes cannot read, such as `350mb`.",
        why=("A quantity is a number with one of Kubernetes' suffixes: m, k, M, G, Ki, Mi, Gi and so on."),
        remedy="write it with one of the suffixes, such as `350Mi`",
        failing=(
            "apiVersion: v1\n"
            "kind: Pod\n"
            "metadata:\n"
            "  name: web\n"
            "spec:\n"
            "  containers:\n"
            "  - name: web\n"
            "    image: example.com/web:1.0\n"
            "    resources:\n"
            "      limits:\n"
            "        memory: 350mb\n"
        ),
        passing=(
            "apiVersion: v1\n"
            "kind: Pod\n"
            "metadata:\n"
            "  name: web\n"
            "spec:\n"
            "  containers:\n"
            "  - name: web\n"
            "    image: example.com/web:1.0\n"
            "    resources:\n"
            "      limits:\n"
            "        memory: 350Mi\n"
        ),
        source="https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/",
    ),
    Rule(
        "invalid-label-key",
        "A label's key that Kubernetes refuses.",
        why=("A label's key is a name of at most 63 characters, behind an optional DNS domain and a slash."),
        remedy="write letters, digits, `-`, `_` and `.`, with a letter or digit at both ends",
        failing=("apiVersion: v1\nkind: Namespace\nmetadata:\n  name: web\n  labels:\n    my label: a\n"),
        passing=("apiVersion: v1\nkind: Namespace\nmetadata:\n  name: web\n  labels:\n    my-label: a\n"),
        source="https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set",
    ),
    Rule(
        "invalid-label-value",
        "A label's value that Kubernetes refuses.",
        why=(
            "A label's value is at most 63 characters: letters, digits, `-`, `_` and `.`, with a "
            "letter or digit at both ends."
        ),
        remedy="put other texts into an annotation",
        failing=("apiVersion: v1\nkind: Namespace\nmetadata:\n  name: web\n  labels:\n    team: a/b\n"),
        passing=("apiVersion: v1\nkind: Namespace\nmetadata:\n  name: web\n  labels:\n    team: a-b\n"),
        source="https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set",
    ),
    Rule(
        "invalid-annotation-key",
        "An annotation's key that Kubernetes refuses.",
        why="An annotation's key follows the rules of a label's; its value is free.",
        remedy="write letters, digits, `-`, `_` and `.`",
        failing=("apiVersion: v1\nkind: Namespace\nmetadata:\n  name: web\n  annotations:\n    my note: a\n"),
        passing=("apiVersion: v1\nkind: Namespace\nmetadata:\n  name: web\n  annotations:\n    my-note: a\n"),
        source="https://kubernetes.io/docs/concepts/overview/working-with-objects/annotations/",
    ),
    Rule(
        "invalid-name",
        "A name that is no DNS name, port name or variable name, where it must be one.",
        why="The API server refuses the object.",
        remedy="write lower-case letters, digits and `-`",
        failing=("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: My_Settings\n"),
        passing=("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\n"),
        source="https://kubernetes.io/docs/concepts/overview/working-with-objects/names/",
    ),
    Rule(
        "invalid-resource-name",
        ("The name of a resource such as `cpu` that Kubernetes does not know and that has no domain."),
        why=("A resource that is none of Kubernetes' own has a domain, as those of device plugins have."),
        remedy="write `cpu`, `memory`, `ephemeral-storage`, `hugepages-…`, or the domain of the plugin",
        failing=(
            "apiVersion: v1\n"
            "kind: Pod\n"
            "metadata:\n"
            "  name: web\n"
            "spec:\n"
            "  containers:\n"
            "  - name: web\n"
            "    image: example.com/web:1.0\n"
            "    resources:\n"
            "      limits:\n"
            "        gpu: 1\n"
        ),
        passing=(
            "apiVersion: v1\n"
            "kind: Pod\n"
            "metadata:\n"
            "  name: web\n"
            "spec:\n"
            "  containers:\n"
            "  - name: web\n"
            "    image: example.com/web:1.0\n"
            "    resources:\n"
            "      limits:\n"
            "        example.com/gpu: 1\n"
        ),
    ),
    Rule(
        "invalid-base64",
        "Data of a Secret that is not base64.",
        why="The API server decodes `data`, and refuses what it cannot decode.",
        remedy="write the value under `stringData`, or encode it",
        failing=("apiVersion: v1\nkind: Secret\nmetadata:\n  name: login\ndata:\n  user: admin!\n"),
        passing=("apiVersion: v1\nkind: Secret\nmetadata:\n  name: login\ndata:\n  user: YWRtaW4=\n"),
    ),
    Rule(
        "template-not-selected",
        "A workload whose selector does not match the labels of its own template.",
        why="The workload would make Pods and never find them again, so the API server refuses it.",
        remedy="give the template the labels that the selector asks for",
        failing=(
            "apiVersion: apps/v1\n"
            "kind: Deployment\n"
            "metadata:\n"
            "  name: web\n"
            "spec:\n"
            "  selector:\n"
            "    matchLabels:\n"
            "      app: api\n"
            "  template:\n"
            "    metadata:\n"
            "      labels:\n"
            "        app: web\n"
            "    spec:\n"
            "      containers:\n"
            "      - name: web\n"
            "        image: example.com/web:1.0\n"
        ),
        passing=(
            "apiVersion: apps/v1\n"
            "kind: Deployment\n"
            "metadata:\n"
            "  name: web\n"
            "spec:\n"
            "  selector:\n"
            "    matchLabels:\n"
            "      app: web\n"
            "  template:\n"
            "    metadata:\n"
            "      labels:\n"
            "        app: web\n"
            "    spec:\n"
            "      containers:\n"
            "      - name: web\n"
            "        image: example.com/web:1.0\n"
        ),
        source="https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#selector",
    ),
    Rule(
        "duplicate-name",
        "Two entries of a list that share what must tell them apart: a name, a path, a port, a key.",
        why="The API server refuses the object; a patch would not know which of the two it is for.",
        remedy="give one of them another name, or remove it",
        failing=(
            "apiVersion: v1\n"
            "kind: Pod\n"
            "metadata:\n"
            "  name: web\n"
            "spec:\n"
            "  containers:\n"
            "  - name: web\n"
            "    image: example.com/web:1.0\n"
            "  - name: web\n"
            "    image: example.com/log:1.0\n"
        ),
        passing=(
            "apiVersion: v1\n"
            "kind: Pod\n"
            "metadata:\n"
            "  name: web\n"
            "spec:\n"
            "  containers:\n"
            "  - name: web\n"
            "    image: example.com/web:1.0\n"
            "  - name: log\n"
            "    image: example.com/log:1.0\n"
        ),
    ),
    Rule(
        "undefined-volume",
        "A mount of a volume that the Pod does not have.",
        why="The API server refuses the Pod.",
        remedy="add the volume, or write the name of one that is there",
        failing=(
            "apiVersion: v1\n"
            "kind: Pod\n"
            "metadata:\n"
            "  name: web\n"
            "spec:\n"
            "  containers:\n"
            "  - name: web\n"
            "    image: example.com/web:1.0\n"
            "    volumeMounts:\n"
            "    - name: date\n"
            "      mountPath: /data\n"
            "  volumes:\n"
            "  - name: data\n"
            "    emptyDir: {}\n"
        ),
        passing=(
            "apiVersion: v1\n"
            "kind: Pod\n"
            "metadata:\n"
            "  name: web\n"
            "spec:\n"
            "  containers:\n"
            "  - name: web\n"
            "    image: example.com/web:1.0\n"
            "    volumeMounts:\n"
            "    - name: data\n"
            "      mountPath: /data\n"
            "  volumes:\n"
            "  - name: data\n"
            "    emptyDir: {}\n"
        ),
        source="https://kubernetes.io/docs/concepts/storage/volumes/",
    ),
    Rule(
        "request-above-limit",
        "A container asks for more of a resource than its limit, or for another amount where both must be equal.",
        why="The API server refuses the Pod. What nodes do not share, such as devices, is asked for in full.",
        remedy="lower the request, or raise the limit",
        failing=(
            "apiVersion: v1\n"
            "kind: Pod\n"
            "metadata:\n"
            "  name: web\n"
            "spec:\n"
            "  containers:\n"
            "  - name: web\n"
            "    image: example.com/web:1.0\n"
            "    resources:\n"
            "      requests:\n"
            "        memory: 512Mi\n"
            "      limits:\n"
            "        memory: 256Mi\n"
        ),
        passing=(
            "apiVersion: v1\n"
            "kind: Pod\n"
            "metadata:\n"
            "  name: web\n"
            "spec:\n"
            "  containers:\n"
            "  - name: web\n"
            "    image: example.com/web:1.0\n"
            "    resources:\n"
            "      requests:\n"
            "        memory: 128Mi\n"
            "      limits:\n"
            "        memory: 256Mi\n"
        ),
        source="https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/",
    ),
    Rule(
        "kind-not-served",
        "The Kubernetes version that the object is for, or its CRD, does not serve its kind in that API version.",
        why="A kind that is gone from the API is not found, and nothing is applied.",
        remedy="write the apiVersion that the cluster serves",
        failing=(
            "apiVersion: policy/v1beta1\nkind: PodDisruptionBudget\nmetadata:\n  name: web\nspec:\n  minAvailable: 1\n"
        ),
        passing=(
            "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata:\n  name: web\nspec:\n  minAvailable: 1\n"
        ),
        source="https://kubernetes.io/docs/reference/using-api/deprecation-guide/",
    ),
    Rule(
        "kind-without-schema",
        "Nothing here knows the kind, so its fields were not checked.",
        Severity.INFO,
        why="Said so that a report never looks as if more had been checked than was.",
        remedy=(
            "name its CRD with `--crd FILE`, or under `crds:` in the spec, or have it in the tree; else ask a cluster "
            "that has the kind: `kubectl apply --dry-run=server`"
        ),
        failing=("apiVersion: example.com/v1\nkind: Widget\nmetadata:\n  name: one\n"),
        passing=("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\n"),
    ),
    Rule(
        "kubeconform-disagrees",
        "kubeconform, asked for a second opinion, says otherwise: one of the two is wrong.",
        why="Two judges that differ on one object are a reason to look.",
        remedy="report it, with the object",
    ),
)
