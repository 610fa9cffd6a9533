"""The outside programs kataform uses: their pinned versions, and which of them this machine has."""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path

from kataform import buildinfo, cache, process
from kataform.errors import InputError, ToolError
from kubecel.records import dataclass

__all__ = [
    "PINS",
    "Pin",
    "Record",
    "Tool",
    "binary_name",
    "find",
    "pin",
    "platform",
    "programs",
    "read_record",
    "require",
    "tool_directory",
    "verify",
    "version_key",
]

RECORD = "installed.json"
_ASK_TIMEOUT = 20.0
_ANSWER = 1 << 20


@dataclass(frozen=True, slots=True)
class Pin:
    """One program in the version we install, with the digests that make the installation trustworthy.

    `archive` is the path of the release archive below the forge, `digests` its SHA-256 per platform; `package` is
    what `go install` builds, `module_sum` the h1 sum that Go's build info must then show for `module`.
    """

    name: str
    version: str
    minimum: str
    module: str
    package: str
    module_sum: str
    archive: str
    digests: Mapping[str, str]


PINS: Mapping[str, Pin] = {
    "kustomize": Pin(
        name="kustomize",
        version="5.8.1",
        minimum="5.4.0",
        module="sigs.k8s.io/kustomize/kustomize/v5",
        package="sigs.k8s.io/kustomize/kustomize/v5",
        module_sum="h1:Pgsg5psubpVEy7Nf6S89PARg5VmmWUC1l9dC6Dl4PG0=",
        archive="kubernetes-sigs/kustomize/releases/download/kustomize/v{version}/kustomize_v{version}_{os}_{arch}{suffix}",
        digests={
            "linux-amd64": "029a7f0f4e1932c52a0476cf02a0fd855c0bb85694b82c338fc648dcb53a819d",
            "linux-arm64": "0953ea3e476f66d6ddfcd911d750f5167b9365aa9491b2326398e289fef2c142",
            "darwin-amd64": "ee7cf0c1e3592aa7bb66ba82b359933a95e7f2e0b36e5f53ed0a4535b017f2f8",
            "darwin-arm64": "8886f8a78474e608cc81234f729fda188a9767da23e28925802f00ece2bab288",
            "windows-amd64": "8ec7f5e815e526d4622c06df0a7793d8cfb6eb1c74f816b46166097fef8b26c6",
        },
    ),
    "kubeconform": Pin(
        name="kubeconform",
        version="0.8.0",
        minimum="0.6.4",
        module="github.com/yannh/kubeconform",
        package="github.com/yannh/kubeconform/cmd/kubeconform",
        module_sum="h1:loDYd3a3spjIFrauqW67CDKF55Oo9R6uvC8AvpVd4ug=",
        archive="yannh/kubeconform/releases/download/v{version}/kubeconform-{os}-{arch}{suffix}",
        digests={
            "linux-amd64": "9bc2bffbf71f261128533edaf912153948b7ff238f9a531ae6d34466ec287883",
            "linux-arm64": "1f53fc8e81258197a35e8603054162a5af1de8c5af13746c71ab680d9534ed87",
            "darwin-amd64": "71dbc87ac9f24099a62b93570e65aa06312ba6ac8aea63b7f86e9d999edf5a92",
            "darwin-arm64": "f84f4dfbebf4a6b0b230385fa065a39ea35e02608c2b50d025dcf64775a69d67",
            "windows-amd64": "e3f56102bcf4f50b034a567e2482a1c5330799983ddd655952310211aef73d93",
        },
    ),
}


@dataclass(frozen=True, slots=True)
class Tool:
    """A program on this machine.

    `version` is '' where it could not be told; `inside` is kubectl or oc where the program is the kustomize embedded
    in it; `record` is there for what kataform installed itself; `unusable` says why this one is passed over, or ''.
    """

    name: str
    path: Path
    version: str
    inside: str = ""
    record: Record | None = None
    unusable: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """The small file beside an installed program: what it is, where it came from, what was checked, its digest."""

    name: str
    version: str
    method: str  # "release archive" or "go install"
    source: str
    checked: str
    sha256: str
    size: int

    def dump(self) -> str:
        return json.dumps(asdict(self), indent=2) + "\n"


def pin(name: str) -> Pin:
    """The pin of the program called `name`; InputError for one kataform does not use."""
    if name not in PINS:
        raise InputError(f"unknown tool '{name}'; kataform uses {' and '.join(PINS)}")
    return PINS[name]


def platform(system: str = sys.platform, arch: str | None = None) -> str:
    """This machine in the words of Go's releases, as `linux-amd64`."""
    import platform as machine  # which takes a while to import, and most runs ask for no other machine's files

    arch = (machine.machine() if arch is None else arch).lower()
    names = {"x86_64": "amd64", "aarch64": "arm64"}
    return f"{'windows' if system == 'win32' else system}-{names.get(arch, arch)}"


def binary_name(name: str, on: str) -> str:
    """The file name of a program on a platform as `platform` names it."""
    return f"{name}.exe" if on.startswith("windows") else name


def version_key(text: str) -> tuple[int, int, int, int] | None:
    """A version as something that compares; a pre-release or an untagged commit comes before its release."""
    match = re.search(r"(?:^|/|v)(\d+)\.(\d+)\.(\d+)([-+][0-9A-Za-z.+-]+)?$", text.strip())
    if match is None:
        return None
    major, minor, patch, rest = match.groups()
    return int(major), int(minor), int(patch), 0 if rest and rest.startswith("-") else 1


def tool_directory(tool: Pin, cached: Path) -> Path:
    """Where kataform installs this version of the program, below its cache."""
    return cached / "tools" / tool.name / tool.version


def find(name: str, environment: Mapping[str, str] | None = None) -> Tool | None:
    """The program that kataform would use, or None: on PATH, from the cache, inside kubectl or oc."""
    return next((tool for tool in programs(name, environment) if not tool.unusable), None)


def require(name: str, environment: Mapping[str, str] | None = None) -> Tool:
    """The program that kataform would use; ToolError, with the remedy, where there is none."""
    seen = []
    for tool in programs(name, environment):
        if not tool.unusable:
            return tool
        seen.append(f"{tool.path}: {tool.unusable}")
    passed_over = f" ({'; '.join(seen)})" if seen else ""
    raise ToolError(f"{name} is not on this machine{passed_over}; run `kataform tools install {name}`")


def programs(name: str, environment: Mapping[str, str] | None = None) -> Iterator[Tool]:
    """Every candidate in the order in which kataform would take it, also those it passes over."""
    environment = os.environ if environment is None else environment
    wanted = pin(name)
    for path in which(name, environment):
        yield _judged(wanted, Tool(name, path, _own_version(wanted, path)))
    cached = _cached(wanted, environment)
    if cached:
        yield cached
    if name == "kustomize":
        for host in ("kubectl", "oc"):
            for path in which(host, environment):
                yield _judged(wanted, Tool(name, path, _embedded_kustomize(path), inside=host))


def which(name: str, environment: Mapping[str, str]) -> Iterator[Path]:
    """Every executable of that name on PATH, each file once.

    Relative entries of PATH are passed over: they would run what a repository that nobody trusts brings along.
    """
    seen: set[Path] = set()
    for entry in environment.get("PATH", "").split(os.pathsep):
        path = Path(entry) / binary_name(name, platform())
        if not Path(entry).is_absolute() or not path.is_file() or not os.access(path, os.X_OK):
            continue
        real = path.resolve()
        if real not in seen:
            seen.add(real)
            yield path


def read_record(folder: Path) -> Record | None:
    """The record of an installation; None where there is none that can be read."""
    try:
        fields = json.loads((folder / RECORD).read_text("utf-8"))
        return Record(**fields)
    except (OSError, ValueError, TypeError):
        return None


def verify(path: Path, record: Record) -> bool:
    """Whether the program is still, byte for byte, what was installed."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == record.sha256
    except OSError:
        return False


def _cached(wanted: Pin, environment: Mapping[str, str]) -> Tool | None:
    try:
        folder = tool_directory(wanted, cache.directory(environment))
    except InputError:  # no home, no cache
        return None
    path = folder / binary_name(wanted.name, platform())
    record = read_record(folder)
    if record is None or not path.is_file():
        return None
    unusable = "" if path.stat().st_size == record.size else "changed since it was installed"
    return Tool(wanted.name, path, record.version, record=record, unusable=unusable)


def _judged(wanted: Pin, tool: Tool) -> Tool:
    key, least = version_key(tool.version), version_key(wanted.minimum)
    where = f"the kustomize inside {tool.inside}" if tool.inside else wanted.name
    if key is None:
        reason = f"{where} does not tell its version"
    elif least and key < least:
        reason = f"{where} {tool.version} is older than {wanted.minimum}"
    else:
        return tool
    return Tool(tool.name, tool.path, tool.version, inside=tool.inside, unusable=reason)


def _own_version(wanted: Pin, path: Path) -> str:
    """The version from the build info, which is right also where a build with Go says `(devel)`; else ask it."""
    info = buildinfo.read(path)
    if info:
        for text in (info.main.version if info.main.path == wanted.module else "", info.linked):
            if version_key(text):
                return _plain(text)
    if wanted.name == "kustomize":
        answer = _ask(path, "version")
        old_style = re.search(r"Version:(\S+)", answer)
        return _plain(old_style.group(1) if old_style else answer)
    return _plain(_ask(path, "-v"))


def _embedded_kustomize(path: Path) -> str:
    """The version of the kustomize inside kubectl or oc: from the build info, else from what the program says."""
    info = buildinfo.read(path)
    for module in info.dependencies if info else ():
        if module.path == PINS["kustomize"].module and version_key(module.version):
            return _plain(module.version)
    try:
        return _plain(str(json.loads(_ask(path, "version", "--client", "-o", "json")).get("kustomizeVersion", "")))
    except (ValueError, AttributeError):
        return ""


def _plain(text: str) -> str:
    """`kustomize/v5.8.1`, `v5.8.1` and `5.8.1` as `5.8.1`; '' for what is no version."""
    text = text.strip().rpartition("/")[2].removeprefix("v")
    return text if version_key(text) else ""


def _ask(path: Path, *arguments: str) -> str:
    try:
        outcome = process.run([str(path), *arguments], environment=os.environ, timeout=_ASK_TIMEOUT, output=_ANSWER)
    except ToolError:
        return ""
    return outcome.stdout.decode("utf-8", "replace") if outcome.code == 0 and not outcome.ended_by else ""
