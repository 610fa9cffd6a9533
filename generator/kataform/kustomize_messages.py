"""Say in one sentence what kustomize's error chains mean, and which file they are about, without quoting a body."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from kubecel.records import dataclass

__all__ = ["Explanation", "explain", "redact", "warnings"]

NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Explanation:
    """`path` is absolute; `mention` is the text as it stands in that file (a path, a field, a pointer), or ''.

    `patch` is what a strategic-merge patch of that kustomization is for, `kind/namespace/name` or `kind/name`, or ''.
    """

    message: str
    path: Path | None
    line: int | None = None
    mention: str = ""
    patch: str = ""


@dataclass(frozen=True, slots=True)
class _Chain:
    """kustomize's error as a whole, the root, the folder of the kustomization it arose in, the entry it read."""

    text: str
    root: Path
    folder: Path
    entry: str

    @property
    def kustomization(self) -> Path:
        """The kustomization file of the folder; the folder itself where it has none."""
        return next((path for name in NAMES if (path := self.folder / name).is_file()), self.folder)

    def file(self, name: str) -> Path:
        return Path(os.path.normpath(self.folder / name))

    def named(self, path: Path) -> str:
        """A path as the kustomization names it: its entry if that leads there, else relative to the folder."""
        if self.entry and self.file(self.entry) == path:
            return self.entry
        return os.path.relpath(path, self.folder).replace(os.sep, "/")


_Meaning = Callable[[_Chain, "re.Match[str]"], Explanation]

_ENTERED = re.compile(r"recursed accumulation of path '([^']*)'")
_FOLDER = re.compile(r"(?:recursed accumulation of path|couldn't make target for path) '([^']*)'")
_ENTRY = re.compile(r"(?:accumulating|merging) resources from '([^']*)': ")
_WARNING = re.compile(r"^(?:# )?Warning: (.*)$", re.MULTILINE)


def explain(stderr: str, root: Path) -> Explanation:
    """What went wrong when `root`, an absolute folder without symbolic links, was built."""
    text = _error(stderr)
    folders = _FOLDER.findall(text)
    folder = Path(folders[-1]) if folders else root
    entries = _ENTRY.findall(text)
    chain = _Chain(text, root, folder, entries[-1] if entries else "")
    for pattern, meaning in _MEANINGS:
        match = re.search(pattern, text, re.DOTALL)
        if match:
            return meaning(chain, match)
    return Explanation(f"kustomize cannot build this: {redact(text)}", chain.kustomization)


def warnings(stderr: str) -> tuple[str, ...]:
    """What kustomize warned of, each once."""
    return tuple(dict.fromkeys(redact(text) for text in _WARNING.findall(stderr)))


def redact(text: str) -> str:
    """A message without the bodies that kustomize likes to print (patches, objects, generator literals), shortened.

    Any of them may be a Secret's.
    """
    for pattern, flags, put in _BODIES:
        text = re.sub(pattern, put, text, flags=flags)
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


_BODIES: tuple[tuple[str, int, str], ...] = (
    (r"^(?:runtime: sp=|runtime stack:|goroutine \d+ ).*", re.DOTALL | re.MULTILINE, "…"),
    (r"^patch: .*", re.DOTALL | re.MULTILINE, "…"),
    (r"with config: `.*?`: ", re.DOTALL, ""),
    (
        r"(?:SM or JSON patch from|target for JSON patch|target for patch|patch:?) ?[\[-].*",
        re.DOTALL,
        "a patch",
    ),
    (r"map\[(?:string|interface \{\})\].*?: (?=yaml:|json:)", re.DOTALL, ""),
    (r"map\[.*", re.DOTALL, "…"),
    (r"\{\{.*", re.DOTALL, "…"),
    (r"\[?\{\s*\".*", re.DOTALL, "…"),
    (r"(literal sources?) .*", re.DOTALL, r"\1 …"),
    (r"`.*", re.DOTALL, "…"),
    (r"\b0x[0-9a-f]{6,}\b", 0, "…"),  # addresses in memory, other ones in each run
)


def _error(stderr: str) -> str:
    """The error itself: without warnings, `Error: `, or the log line in which kubectl wraps it."""
    text = "\n".join(line for line in stderr.splitlines() if not _WARNING.match(line)).strip()
    wrapped = re.search(r'"command failed" err=(?:<\n(.*?)\n? ?>|("(?:[^"\\]|\\.)*"))', text, re.DOTALL)
    if wrapped and wrapped.group(1) is not None:
        return wrapped.group(1).strip()
    if wrapped:
        try:
            return str(json.loads(wrapped.group(2)))
        except ValueError:
            return wrapped.group(2)
    return text.removeprefix("Error: ").removeprefix("error: ").strip()


def _missing(chain: _Chain, match: re.Match[str]) -> Explanation:
    entry = chain.named(Path(match["path"]))
    return Explanation(f"'{entry}' does not exist", chain.kustomization, mention=entry)


def _no_kustomization(chain: _Chain, match: re.Match[str]) -> Explanation:
    folder = Path(match["path"])
    if folder == chain.root:
        return Explanation("this folder has no kustomization.yaml", folder)
    # The folder is an entry of the kustomization one step up: the last that was entered, else the root's own.
    entered = _ENTERED.findall(chain.text[: match.start()])
    outer = replace(chain, folder=Path(entered[-1]) if entered else chain.root)
    entry = outer.named(folder)
    return Explanation(f"'{entry}' is a folder without a kustomization.yaml", outer.kustomization, mention=entry)


def _not_a_component(chain: _Chain, match: re.Match[str]) -> Explanation:
    entry = chain.named(Path(match["path"]))
    return Explanation(
        f"'{entry}' is a plain kustomization, not a Component; list it under `resources`",
        chain.kustomization,
        mention=entry,
    )


def _cycle(chain: _Chain, _match: re.Match[str]) -> Explanation:
    return Explanation("kustomizations include each other in a circle", chain.kustomization, mention=chain.entry)


def _yaml_in_file(chain: _Chain, match: re.Match[str]) -> Explanation:
    path = chain.file(match["file"])
    return Explanation(f"not valid YAML: {match['what']}", path, _line(path, match["line"]))


def _yaml_in_kustomization(chain: _Chain, match: re.Match[str]) -> Explanation:
    path = chain.kustomization
    return Explanation(f"not valid YAML: {match['what']}", path, _line(path, match["line"]))


def _line(path: Path, number: str | None) -> int | None:
    """kustomize counts lines from the start of the document; they are lines of the file where it has only one."""
    if number is None:
        return None
    try:
        marked = re.search(rb"^---", path.read_bytes(), re.MULTILINE)
    except OSError:
        return None
    return None if marked else int(number)


def _duplicate_key(chain: _Chain, match: re.Match[str]) -> Explanation:
    path = chain.file(chain.entry) if chain.entry else None
    return Explanation(f"the key '{match['key']}' is there twice in one mapping", path, mention=match["key"])


def _wrong_type(chain: _Chain, match: re.Match[str]) -> Explanation:
    field = re.sub(r"^[A-Z]\w*\.", "", match["field"])  # the Go type in front
    wants, has = _GO_TYPES.get(match["wants"], "a mapping"), _JSON_TYPES.get(match["has"], match["has"])
    return Explanation(f"'{field}' needs {wants}, not {has}", chain.kustomization, mention=field.rpartition(".")[2])


_GO_TYPES = {"string": "a string", "[]string": "a list of strings", "bool": "true or false", "int": "a number"}
_JSON_TYPES = {
    "string": "a string", "bool": "a boolean", "number": "a number", "array": "a list", "object": "a mapping"
}  # fmt: skip


def _in_entry(message: str) -> _Meaning:
    """The file that the kustomization named is at fault."""

    def meaning(chain: _Chain, match: re.Match[str]) -> Explanation:
        path = chain.file(chain.entry) if chain.entry else chain.kustomization
        return Explanation(message.format(**match.groupdict()), path)

    return meaning


def _in_kustomization(message: str, mention: str = "") -> _Meaning:
    """The kustomization is at fault, or a patch it names; `{entry}` is the entry it was reading."""

    def meaning(chain: _Chain, match: re.Match[str]) -> Explanation:
        groups = {key: value or "" for key, value in match.groupdict().items()} | {"entry": chain.entry}
        return Explanation(message.format(**groups), chain.kustomization, mention=mention.format(**groups))

    return meaning


def _clash(chain: _Chain, match: re.Match[str]) -> Explanation:
    message = f"{_identity(match['id'])} is there twice"
    path = chain.file(chain.entry)
    if path.is_file():
        return Explanation(message, path)
    return Explanation(message, chain.kustomization, mention=chain.entry)


def _patch_without_resource(chain: _Chain, match: re.Match[str]) -> Explanation:
    name = _identity(match["id"])
    message = f"the patch for {name} matches no resource"
    return Explanation(message, chain.kustomization, mention=name.rpartition("/")[2], patch=name)


def _identity(text: str) -> str:
    """`ConfigMap.v1.[noGrp]/a.[noNs]` as `ConfigMap/a`, `Pod.v1.[noGrp]/a.b` as `Pod/b/a`."""
    kind, _, name = text.partition("/")
    name, _, namespace = name.rpartition(".")
    shown = [kind.split(".")[0], *([] if namespace == "[noNs]" else [namespace]), name]
    return "/".join(shown)


def _unbuildable_patch(chain: _Chain, _match: re.Match[str]) -> Explanation:
    named = re.search(r'\[path: "([^"]*)"\]|path: (\S+)\n`:', chain.text)
    path = (named.group(1) or named.group(2)) if named else ""
    if path:
        return Explanation("neither a strategic-merge patch nor a JSON patch", chain.file(path))
    return Explanation("a patch is neither a strategic-merge patch nor a JSON patch", chain.kustomization)


_OUT_OF_MEMORY = "kustomize ran out of memory; does a YAML alias multiply or contain itself?"
# Compiled when there is a failure to explain: most runs have none.
_MEANINGS: tuple[tuple[str, _Meaning], ...] = (
    # the build as a whole
    (
        r"stack overflow|goroutine stack exceeds|out of memory|cannot allocate memory",
        _in_kustomization(_OUT_OF_MEMORY),
    ),
    (
        r"failed to run '[^']*git [^']*'|transport '\w+' not allowed|git fetch|no 'git' program|proxyconnect",
        _in_kustomization("'{entry}' is remote, and kataform builds without the network", "{entry}"),
    ),
    (r"cycle detected: ", _cycle),
    # YAML, and what a kustomization may say
    (r"MalformedYAMLError: yaml: (?:line (?P<line>\d+): )?(?P<what>.*?) in File: (?P<file>\S+)", _yaml_in_file),
    (r"invalid Kustomization: yaml: (?:line (?P<line>\d+): )?(?P<what>[^\n]*)", _yaml_in_kustomization),
    (
        r"invalid Kustomization: json: unknown field \"(?P<field>[^\"]*)\"",
        _in_kustomization("kustomize knows no field '{field}'", "{field}"),
    ),
    (
        r"json: cannot unmarshal (?P<has>\w+)[^\n]*? into Go struct field (?P<field>\S+) of type (?P<wants>\S+)",
        _wrong_type,
    ),
    (r"mapping key \"(?P<key>[^\"]*)\" already defined", _duplicate_key),
    (r"kustomization\.yaml is empty", _in_kustomization("this kustomization is empty")),
    (
        r"Failed to read kustomization file under (?P<path>[^\n]*):\s*(?P<what>[^\n]*)",
        _in_kustomization("not a kustomization: {what}", "kind"),
    ),
    (
        r"Found multiple kustomization files",
        _in_kustomization(f"this folder has more than one of {', '.join(NAMES)}"),
    ),
    # what a kustomization refers to
    (r"unable to find one of 'kustomization.yaml'.*? in directory '(?P<path>[^']*)'", _no_kustomization),
    (
        r"security; file '[^']*' is not in or below",
        _in_kustomization("'{entry}' is outside of this folder, which kustomize refuses", "{entry}"),
    ),
    (r"failed to get the patch file from path\([^)]*\): evalsymlink failure on '(?P<path>[^']*)'", _missing),
    (r"evalsymlink failure on '(?P<path>[^']*)' : [^:]*: no such file or directory", _missing),
    (r"(?:lstat|stat|open) (?P<path>[^\s:]+): no such file or directory", _missing),
    (r"new root cannot be empty", _in_kustomization("an entry is empty", "resources")),
    (r"expected kind 'Component' for path '(?P<path>[^']*)'", _not_a_component),
    (
        r"expected kind != 'Component'",
        _in_kustomization("'{entry}' is a Component; list it under `components`", "{entry}"),
    ),
    # resources
    (r"may not add resource with an already registered id: (?P<id>[^'\s]+)", _clash),
    (r"missing kind in object", _in_entry("an object has no kind")),
    (r"missing metadata\.name in object", _in_entry("an object has no metadata.name")),
    (r"missing Resource metadata", _in_entry("not a Kubernetes object: apiVersion, kind or metadata is missing")),
    (
        r"unsupported value: (?P<what>[+-]?\w+)",
        _in_kustomization("a resource has the number {what}, which JSON lacks"),
    ),
    (r"unsupported type: map\[interface", _in_kustomization("a resource has a key that is not a string: quote it")),
    # patches
    (
        r"add operation does not apply: doc is missing path: \"?(?P<pointer>/[^\s\":]*)",
        _in_kustomization("a JSON patch adds {pointer}, whose parent does not exist", "{pointer}"),
    ),
    (
        r"replace operation does not apply: doc is missing (?:path|key): \"?(?P<pointer>/[^\s\":]*)",
        _in_kustomization("a JSON patch replaces {pointer}, which does not exist", "{pointer}"),
    ),
    (
        r"error in remove for path: '(?P<pointer>[^']*)'",
        _in_kustomization("a JSON patch removes {pointer}, which does not exist", "{pointer}"),
    ),
    (
        r"remove operation does not apply: doc is missing path: \"?(?P<pointer>/[^\s\":]*)",
        _in_kustomization("a JSON patch removes {pointer}, which does not exist", "{pointer}"),
    ),
    (
        r"testing (?:value|path) (?P<pointer>\S+) failed",
        _in_kustomization("the test of a JSON patch at {pointer} fails", "{pointer}"),
    ),
    (
        r"error in (?P<op>\w+) for path: '(?P<pointer>[^']*)'",
        _in_kustomization("a JSON patch cannot {op} {pointer}: there is no such place", "{pointer}"),
    ),
    (r"Unexpected kind: (?P<op>\S+)", _in_kustomization("a JSON patch has the unknown operation '{op}'", "{op}")),
    (r"no resource matches strategic merge patch \"(?P<id>[^\"]*)\"", _patch_without_resource),
    (r"failed to find unique target for patch (?P<id>\S+)", _patch_without_resource),
    (r"must specify a target for (?:JSON )?patch", _in_kustomization("a JSON patch has no `target`")),
    (
        r"patch and path can't be set at the same time",
        _in_kustomization("a patch has both `patch` and `path`; keep one of them"),
    ),
    (
        r"must specify one of patch and path",
        _in_kustomization("a patch has neither `patch` nor `path`", "target"),
    ),
    (
        r"error parsing regexp: (?P<what>[^:]*): ",
        _in_kustomization("a target has no valid regular expression: {what}", "target"),
    ),
    (
        r"unable to parse requirement: ",
        _in_kustomization("a target has a label or annotation selector that cannot be read", "target"),
    ),
    (r"unable to parse SM or JSON patch", _unbuildable_patch),
    # generators, replacements, transformers
    (r"invalid literal source", _in_kustomization("a literal of a generator is not KEY=VALUE", "literals")),
    (
        r"merging from generator .*?Kind:\"(?P<kind>\w+)\".*?Name:\"(?P<name>[^\"]*)\".*does not exist; cannot",
        _in_kustomization("the generator changes {kind}/{name}, which does not exist", "{name}"),
    ),
    (
        r"var '\{(?P<name>\S+) .*? cannot be mapped to a field",
        _in_kustomization("the variable {name} refers to a field of an object that is not there", "{name}"),
    ),
    (
        r"nothing selected by [^:\s]+:(?P<field>\S+)",
        _in_kustomization("the source of a replacement selects nothing: field {field}", "{field}"),
    ),
    (
        r"unable to find field \"(?P<field>[^\"]*)\" in replacement target",
        _in_kustomization("the target of a replacement has no field {field}", "{field}"),
    ),
    (
        r"namespace transformation produces ID conflict",
        _in_kustomization("`namespace` makes two resources the same", "namespace"),
    ),
    (
        r"must specify --enable-helm",
        _in_kustomization("helmCharts need Helm and the network; render the chart to files instead", "helmCharts"),
    ),
    (
        r"external plugins disabled; unable to load external plugin '(?P<name>[^']*)'",
        _in_kustomization("the plugin '{name}' is not run: kataform builds without plugins"),
    ),
)
