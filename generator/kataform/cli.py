"""The command line: verbs, options, completion, and the one place where an error becomes a message and an exit code."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TextIO, TypeVar

import click

from kataform import __version__
from kataform.errors import KataformError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from kataform.answers import Question

__all__ = ["main"]

_FORMATS = ("text", "json", "sarif", "github", "gitlab", "junit", "markdown")
_TARGETS = ("openshift", "operator", "kubernetes")
_folders = click.Path(file_okay=False).shell_complete
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_F = TypeVar("_F", bound=Callable[..., Any])


class _ReaderGone(Exception):
    """Whoever read our output has closed the pipe (`kataform check | head`)."""


class _Verbs(click.Group):
    """A group that keeps a closed pipe and Ctrl-C apart from click's own exit codes, which mean something else here."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise _ReaderGone from None


def main(arguments: Sequence[str] | None = None, *, question: Question | None = None) -> int:
    """Run the command line and return the exit code. `question` is what it asks, where its answer may be kept.

    0 clean; 1 problems in the files; 2 what was asked could not be done; 3 a bug in kataform; 130 interrupted;
    141 when whoever reads standard output went away, as for any program that a closed pipe ends.
    """
    _speak_utf8()
    code = _run(arguments, question)
    return code if _flush(sys.stderr) else 2


def _run(arguments: Sequence[str] | None, question: Question | None) -> int:
    if "_KATAFORM_COMPLETE" in os.environ:
        from kataform import completion

        completion.prepare()
    try:
        code = _verbs.main(arguments, prog_name="kataform", standalone_mode=False, obj=question)
        sys.stdout.flush()
    except KataformError as error:
        return _fail(str(error))
    except click.Abort:
        return 130
    except click.ClickException as error:
        error.show()
        return 2
    except _ReaderGone:
        return failed(BrokenPipeError())
    except OSError as error:
        return failed(error)
    except Exception:  # noqa: BLE001 — the one boundary: a bug must not exit 1, which means findings
        return _bug()
    return code if isinstance(code, int) else 0


def failed(error: OSError) -> int:
    """The exit code where the system refuses something: a reader that went away, a full disk, a file."""
    if isinstance(error, BrokenPipeError):
        _discard(sys.stdout)
        return 141
    where = _shown(error.filename) if error.filename is not None else _full_output(error)
    return _fail(f"{where}: {error.strerror}") if where else _bug()


def _bug() -> int:
    import traceback

    traceback.print_exc()
    print(f"kataform: this is a bug in kataform {__version__}, not in your files", file=sys.stderr)
    return 3


def _shown(path: object) -> str:
    from pathlib import Path

    from kataform.project import shown

    return shown(Path(os.fsdecode(path))) if isinstance(path, str | bytes | os.PathLike) else str(path)


def _full_output(error: OSError) -> str:
    """What can be full where the system names no file; empty where the error is another one."""
    if not _flush(sys.stdout):
        return "standard output"
    return "standard output or the folder of temporary files" if error.errno in _FULL else ""


def _flush(stream: TextIO) -> bool:
    """Whether a stream takes what is left for it; if not, that is given up."""
    try:
        stream.flush()
    except OSError:
        _discard(stream)
        return False
    return True


def _fail(message: str) -> int:
    _flush(sys.stdout)
    with contextlib.suppress(OSError):  # standard error may be on a full disk, too
        print(f"kataform: error: {message}", file=sys.stderr)
    return 2


def _speak_utf8() -> None:
    """The same bytes on every machine: UTF-8 and LF, and never a traceback for a character a terminal lacks.

    A stream that was closed before we began takes everything and keeps nothing.
    """
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 — open to the end
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")


def _discard(stream: TextIO) -> None:
    """Let the interpreter flush into nothing on its way out, instead of complaining a second time."""
    try:
        descriptor = os.open(os.devnull, os.O_WRONLY)
        os.dup2(descriptor, stream.fileno())
    except (OSError, ValueError):  # no real stream
        return


def _overlays(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from kataform import completion

    return completion.overlays(context.params.get("directory") or ".", incomplete)


def _targets(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from pathlib import Path

    from kataform import completion
    from kataform.overlays import catalogue_at

    return completion.targets(_TARGETS, incomplete, lambda: catalogue_at(Path()))


def _formats(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from kataform import completion

    return completion.outputs(_FORMATS, incomplete)


def _tools(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from kataform import completion

    return completion.choices(("kustomize", "kubeconform"), incomplete)


def _rule_names(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from kataform import completion
    from kataform.commands import explain

    return completion.choices(explain.rule_names(), incomplete)


def _topics(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from kataform import completion
    from kataform.commands import explain

    return completion.choices(explain.topics(tuple(context.params.get("topic") or ())), incomplete)


def _directory(function: _F) -> _F:
    return click.option(
        "--directory",
        metavar="DIR",
        default=".",
        shell_complete=_folders,
        help="The repository to work in.  [default: the current folder]",
    )(function)


def _chosen(function: _F) -> _F:
    for option, what in (
        ("--ignore", "Leave these rules out, by name or pattern, as `ignore` in .kataform.yaml does. Repeatable."),
        ("--select", "Ask only these rules, by name or pattern, instead of `select` in .kataform.yaml. Repeatable."),
    ):
        function = click.option(option, metavar="RULE[,RULE...]", multiple=True, shell_complete=_rule_names, help=what)(
            function
        )
    return function


def _reported(function: _F) -> _F:
    return click.option(
        "-o",
        "--output",
        "outputs",
        metavar="FORMAT[=FILE]",
        multiple=True,
        shell_complete=_formats,
        help=f"{', '.join(_FORMATS)}; to standard output or to a file. Repeatable.",
    )(function)


@click.group(
    cls=_Verbs,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 clean; 1 problems in the files; 2 what was asked could not be done; 3 a bug in kataform.",
)
@click.version_option(__version__, message="%(prog)s %(version)s")
def _verbs() -> None:
    """The GitOps tree of OpenShift sandboxed containers: generated, checked at the source line."""


@_verbs.command(short_help="Begin a repository.")
@click.argument("directory", metavar="[DIR]", default=".", shell_complete=_folders)
def init(directory: str) -> int:
    """Begin a repository: a base, a first overlay, the pre-commit hooks and a CI workflow.

    Files that are there already are left as they are.
    """
    from kataform.commands.init import run

    return run(directory)


@_verbs.command("import", short_help="Bring an existing tree under specs.")
@click.argument("path", metavar="PATH", shell_complete=click.Path().shell_complete)
@click.option(
    "--into",
    metavar="DIR",
    default=".",
    shell_complete=_folders,
    help="Where base/ and overlays/ are written.  [default: here]",
)
def adopt(path: str, into: str) -> int:
    """Bring the tree at PATH under specs: kustomizations and manifests that install the operator.

    Both trees are built and compared object by object. What a spec cannot say is kept as your own patches and files,
    under `kustomize:`. Nothing is overwritten.
    """
    from kataform.commands.adopt import run

    return run(path, into=into)


@_verbs.command(short_help="Render the specs into the kustomize tree.")
@click.argument("overlays", metavar="[OVERLAY]...", nargs=-1, shell_complete=_overlays)
@click.option("--check", is_flag=True, help="Write nothing; show what would change and exit 1 if anything would.")
@click.option("--stdout", is_flag=True, help="Write the rendered objects to standard output, as one YAML stream.")
@click.option("--hook", is_flag=True, help="As a git hook: exit 1 when anything was written; nothing to do is 0.")
@_directory
def generate(overlays: tuple[str, ...], check: bool, stdout: bool, hook: bool, directory: str) -> int:
    """Render the specs into the kustomize tree: the base and each OVERLAY (all of them by default).

    A file that a person wrote or changed is never overwritten or removed, only reported.
    """
    from kataform.commands.generate import run

    return run(overlays, check=check, stdout=stdout, hook=hook, directory=directory)


@_verbs.command(short_help="Print a merged spec, with the origin of every value.")
@click.argument("overlay", metavar="OVERLAY", shell_complete=_overlays)
@_directory
def show(overlay: str, directory: str) -> int:
    """Print the merged spec of OVERLAY, with the file and line that each value comes from."""
    from kataform.commands.show import run

    return run(overlay, directory=directory)


@_verbs.command(short_help="Print the steps that install an overlay and prove the isolation.")
@click.argument("overlay", metavar="OVERLAY", shell_complete=_overlays)
@_directory
def runbook(overlay: str, directory: str) -> int:
    """Print the steps that install OVERLAY and prove the isolation, as Markdown."""
    from kataform.commands.runbook import run

    return run(overlay, directory=directory)


@_verbs.command(short_help="Check overlays, kustomizations and manifests.")
@click.argument("paths", metavar="[PATH]...", nargs=-1, shell_complete=click.Path().shell_complete)
@click.option("--build", is_flag=True, help="Build every root with kustomize, also those generated by kataform.")
@click.option("--kubeconform", is_flag=True, help="Ask kubeconform for a second opinion on every object.")
@click.option(
    "--target",
    "targets",
    metavar="KEY=VALUE",
    multiple=True,
    shell_complete=_targets,
    help="What to check against: openshift=4.18, operator=1.9.0, kubernetes=1.32. Repeatable.",
)
@_reported
@_chosen
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning", "info", "never"]),
    default="error",
    show_default=True,
    help="The least severity that exits 1.",
)
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True)
@click.option(
    "--policies",
    "own_policies",
    metavar="PATH",
    multiple=True,
    type=click.Path(),
    help="Decide the policies in PATH, too: a file, or a folder and what is below it. Repeatable.",
)
@click.option(
    "--crd",
    "crds",
    metavar="PATH",
    multiple=True,
    type=click.Path(),
    help="Check custom resources by the CRDs in PATH, too: a file, or a folder and what is below it. Repeatable.",
)
@click.option(
    "--base",
    metavar="REV",
    help="Let policies decide what has changed since this branch left REV: updates with what was there, deletions.",
)
@click.option("--stdin-filename", metavar="NAME", help="What `-` is called in the findings.")
@click.option(
    "--baseline",
    metavar="FILE",
    shell_complete=click.Path().shell_complete,
    help="Show only what is new since an earlier report, written with `-o json=FILE`.",
)
@click.option(
    "--changed",
    metavar="[=REV]",
    is_flag=False,
    flag_value="HEAD",
    help="Check only what git says changed since this branch left REV, and what builds on it.  [default: HEAD]",
)
@click.option(
    "--no-cache", is_flag=True, help="Do everything anew, also what has been done before with the same files."
)
@click.option("--hook", is_flag=True, help="As a git hook: check only what the given files touch; nothing to do is 0.")
def check(
    paths: tuple[str, ...],
    build: bool,
    kubeconform: bool,
    targets: tuple[str, ...],
    outputs: tuple[str, ...],
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    fail_on: str,
    color: str,
    own_policies: tuple[str, ...],
    crds: tuple[str, ...],
    base: str | None,
    stdin_filename: str | None,
    baseline: str | None,
    changed: str | None,
    no_cache: bool,
    hook: bool,
) -> int:
    """Check overlays, kustomizations and manifests: files or folders, `-` for standard input.

    Without PATH the current folder is checked. Findings stand at the line that a person can mend.
    """
    from kataform.commands.check import run

    return run(
        paths=paths,
        build=build,
        kubeconform=kubeconform,
        targets=targets,
        outputs=outputs,
        select=select,
        ignore=ignore,
        fail_on=fail_on,
        color=color,
        stdin_filename=stdin_filename,
        baseline=baseline,
        changed=changed,
        base=base,
        policies=own_policies,
        crds=crds,
        cache=not no_cache,
        hook=hook,
        question=click.get_current_context().obj,
    )


@_verbs.command(short_help="Mend what can be mended safely.")
@click.argument("paths", metavar="[PATH]...", nargs=-1, shell_complete=click.Path().shell_complete)
@click.option("--unsafe", is_flag=True, help="Also apply fixes that may change what was meant: a field renamed.")
@click.option("--diff", is_flag=True, help="Write nothing; show what the first pass would change.")
@click.option(
    "--target",
    "targets",
    metavar="KEY=VALUE",
    multiple=True,
    shell_complete=_targets,
    help="What to check against: openshift=4.18, operator=1.9.0, kubernetes=1.32. Repeatable.",
)
def fix(paths: tuple[str, ...], unsafe: bool, diff: bool, targets: tuple[str, ...]) -> int:
    """Mend what `check` finds, where it knows how: in the files and folders named, or here.

    Only the characters that are wrong change. Generated files are mended through their specs. Everything is checked
    again afterwards, and a fix that did not help is taken back.
    """
    from kataform.commands.fix import run

    return run(paths, unsafe=unsafe, diff=diff, targets=targets)


@_verbs.group(short_help="Try, lint and export policies.")
def policy() -> None:
    """Try policies on their cases, lint them, export them for a cluster."""


@policy.command("test")
@click.argument("paths", metavar="[PATH]...", nargs=-1, shell_complete=click.Path().shell_complete)
@_reported
def policy_test(paths: tuple[str, ...], outputs: tuple[str, ...]) -> int:
    """Decide the cases that stand beside the policies in PATH, by default the project's and those that specs name.

    A case that comes out otherwise is an error at its line; a validation that no case makes false, or true, is a
    warning.
    """
    from kataform.commands.policy import run_test

    return run_test(paths, outputs=outputs)


@policy.command("lint")
@click.argument("paths", metavar="[PATH]...", nargs=-1, shell_complete=click.Path().shell_complete)
@click.option(
    "--target",
    "targets",
    metavar="KEY=VALUE",
    multiple=True,
    shell_complete=_targets,
    help="What they must work on: openshift=4.18, operator=1.9.0, kubernetes=1.32.  [default: what the specs are for,"
    " else kubernetes=1.30]",
)
@_reported
def policy_lint(paths: tuple[str, ...], targets: tuple[str, ...], outputs: tuple[str, ...]) -> int:
    """Say what is wrong or doubtful in the policies in PATH, by default the project's and those that specs name.

    What a target would refuse is an error. Fields that a kind lacks, fields that are read although an object may lack
    them, and what only a cluster can decide are warnings.
    """
    from kataform.commands.policy import run_lint

    return run_lint(paths, targets=targets, outputs=outputs)


@policy.command("export")
@click.argument("folder", metavar="DIR", shell_complete=_folders)
@click.argument("paths", metavar="[PATH]...", nargs=-1, shell_complete=click.Path().shell_complete)
@click.option(
    "--target",
    "targets",
    metavar="KEY=VALUE",
    multiple=True,
    shell_complete=_targets,
    help="The cluster: openshift=4.18, kubernetes=1.32.  [default: kubernetes=1.30]",
)
def policy_export(folder: str, paths: tuple[str, ...], targets: tuple[str, ...]) -> int:
    """Write the policies in PATH, by default the project's, into DIR as a kustomize root for a cluster.

    Policies, bindings and the objects that parametrize them; OverlayPolicies are left out, and that is said.
    """
    from kataform.commands.policy import run_export

    return run_export(folder, paths, targets=targets)


@_verbs.command(short_help="Print which kustomization takes in which.")
@click.argument("paths", metavar="[PATH]...", nargs=-1, shell_complete=click.Path().shell_complete)
@click.option("-o", "--output", type=click.Choice(["text", "mermaid", "json"]), default="text", show_default=True)
@click.option("--reverse", is_flag=True, help="The other way round: what a change to each of them reaches.")
def graph(paths: tuple[str, ...], output: str, reverse: bool) -> int:
    """Print which kustomization takes in which, with the files that each reads."""
    from kataform.commands.graph import run

    return run(paths, output=output, reverse=reverse)


@_verbs.command(short_help="Say what a rule, policy, field, channel or version is.")
@click.argument("topic", metavar="[TOPIC]...", nargs=-1, shell_complete=_topics)
def explain(topic: tuple[str, ...]) -> int:
    """Say what TOPIC is, why it matters and what to do; without TOPIC, list them.

    A rule (unquoted-boolean), a policy (channel-deprecated), a field (KataConfig.spec.logLevel), a channel (channel
    stable-1.2) or a version of the operator (version 1.9.0).
    """
    from kataform.commands.explain import run

    return run(topic)


@_verbs.command(short_help="List the rules and policies.")
@click.option("-o", "--output", type=click.Choice(["text", "json"]), default="text", show_default=True)
def rules(output: str) -> int:
    """List every rule and policy with the severity that it has here, and what it finds."""
    from kataform.commands.explain import run_rules

    return run_rules(output=output)


@_verbs.group(short_help="Install or find kustomize and kubeconform.")
def tools() -> None:
    """Install or find the outside programs: kustomize and kubeconform.

    Only `tools install` uses the network.
    """


@tools.command("install")
@click.argument("names", metavar="[NAME]...", nargs=-1, shell_complete=_tools)
@click.option(
    "--mirror",
    metavar="URL",
    help="Fetch the release archives below URL instead of https://github.com, with the same paths, and nothing else.",
)
@click.option("--pinned", is_flag=True, help="Install the pinned version even where PATH has another that would do.")
def tools_install(names: tuple[str, ...], mirror: str | None, pinned: bool) -> int:
    """Make sure that NAME (kustomize, kubeconform; both by default) is there.

    One on PATH that is new enough will do. Else the release archive is fetched, held against its pinned SHA-256 and
    installed into the user's cache; where it cannot be fetched and Go is present, Go builds the pinned version.
    """
    from kataform.commands.tools import run_install

    return run_install(names=names, mirror=mirror, pinned=pinned)


@tools.command("list")
def tools_list() -> int:
    """Show which programs are used, their version, from where, and whether they are verified."""
    from kataform.commands.tools import run_list

    return run_list()


@tools.command("path")
@click.argument("name", shell_complete=_tools)
def tools_path(name: str) -> int:
    """Print where the program NAME is."""
    from kataform.commands.tools import run_path

    return run_path(name=name)
