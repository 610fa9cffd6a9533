"""Install a pinned program into the user's cache: the release archive, or a build by Go where that cannot be had."""

from __future__ import annotations

import base64
import gzip
import hashlib
import http.client
import io
import os
import shutil
import tarfile
import tempfile
import threading
import urllib.error
import urllib.parse
import urllib.request
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import field
from pathlib import Path, PurePosixPath
from typing import IO, TypeVar, cast

from kataform import __version__, buildinfo, process, tools
from kataform.errors import InputError, ToolError
from kubecel.records import dataclass

__all__ = ["FORGE", "Limits", "Unreachable", "archive_url", "by_go", "from_release", "install", "unpack"]

FORGE = "https://github.com/"
_CHUNK = 1 << 16
_UNREADABLE = (
    tarfile.TarError, zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, EOFError, ValueError, RuntimeError
)  # fmt: skip
_T = TypeVar("_T")


class Unreachable(ToolError):
    """The archive could not be fetched at all, so that building it with Go is worth a try."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes and seconds beyond which an answer is refused instead of waited for."""

    archive: int = 64 << 20
    unpacked: int = 256 << 20
    silence: float = 30.0
    download: float = 600.0
    build: float = 1800.0


@dataclass(frozen=True, slots=True)
class Mirror:
    """Where releases lie instead of the forge; `authorization` is for that host alone and never shown."""

    url: str
    authorization: str = field(default="", repr=False)

    @classmethod
    def parse(cls, text: str) -> Mirror:
        """From an address, which may hold a user and a password. Raises InputError."""
        try:
            parts = urllib.parse.urlsplit(text)
            host, _ = parts.hostname, parts.port
        except ValueError:
            parts, host = urllib.parse.urlsplit(""), None
        if parts.scheme not in ("https", "http") or not host:
            # What is no address may still hold a password.
            shown = text if "@" not in text else "URL"
            raise InputError(f"--mirror {shown}: not an address that begins with https:// or http://")
        userinfo, at, place = parts.netloc.rpartition("@")
        secret = base64.b64encode(urllib.parse.unquote(userinfo).encode()).decode()
        return cls(urllib.parse.urlunsplit(parts._replace(netloc=place)), f"Basic {secret}" if at else "")


@dataclass(frozen=True, slots=True)
class Environment:
    """What an installation needs to know of the machine: its platform, its cache, its variables, its patience."""

    cache: Path
    variables: Mapping[str, str]
    platform: str = field(default_factory=tools.platform)
    limits: Limits = Limits()


def install(
    pin: tools.Pin, environment: Environment, *, mirror: str | None = None, say: Callable[[str], None] = lambda _: None
) -> tuple[tools.Record, str]:
    """Install `pin` and return its record, and why the release archive was not used ('' if it was).

    A mirror that was named is the only place asked. An archive that came but is not the pinned one ends it: a
    wrong digest is an alarm, not a reason to look elsewhere. ToolError says what went wrong; nothing is installed.
    """
    place = Mirror.parse(mirror) if mirror is not None else Mirror(FORGE)
    try:
        say(f"downloading {archive_url(pin, environment.platform, place.url)}")
        return from_release(pin, environment, place), ""
    except Unreachable as unreachable:
        go = next(tools.which("go", environment.variables), None)
        if mirror is not None or go is None:
            raise ToolError(f"{unreachable}; nothing was installed") from None
        say(f"building {pin.package}@v{pin.version} with {go}")
        try:
            return by_go(pin, environment, go), str(unreachable)
        except ToolError as failed:
            raise ToolError(f"{unreachable}; and {failed}") from failed


def archive_url(pin: tools.Pin, platform: str, mirror: str) -> str:
    """Where the release archive is: the same path below a mirror as below the forge."""
    system, _, arch = platform.partition("-")
    suffix = ".zip" if system == "windows" else ".tar.gz"
    path = pin.archive.format(version=pin.version, os=system, arch=arch, suffix=suffix)
    return f"{mirror.rstrip('/')}/{path}"


def from_release(pin: tools.Pin, environment: Environment, mirror: Mirror) -> tools.Record:
    """Fetch the release archive, hold it against its SHA-256, take the program out of it, put it into the cache."""
    digest = pin.digests.get(environment.platform)
    if digest is None:
        raise Unreachable(f"{pin.name} {pin.version}: no release archive is pinned for {environment.platform}")
    url = archive_url(pin, environment.platform, mirror.url)
    with _staging(pin, environment) as staging:
        archive = staging / "archive"
        seen = _within(
            environment.limits.download,
            lambda: _download(url, archive, environment.limits, mirror.authorization),
            f"{url}: not complete",
        )
        if seen != digest:
            raise ToolError(
                f"{url}: this is not the pinned archive: its SHA-256 is {seen}, not {digest}; nothing was installed; "
                "a proxy or mirror may have answered with something else"
            )
        name = tools.binary_name(pin.name, environment.platform)
        unpack(archive, name, staging / "new" / name, limit=environment.limits.unpacked, shown=url)
        archive.unlink()
        return _publish(pin, environment, staging / "new", "release archive", url, f"archive sha256:{digest}")


def by_go(pin: tools.Pin, environment: Environment, go: Path) -> tools.Record:
    """Build the pinned version with the Go at `go`, and hold the module's sum in the build info against the pin."""
    with _staging(pin, environment) as staging:
        made = staging / "new"
        made.mkdir()
        _run_go(pin, environment, go, made, staging)
        name = tools.binary_name(pin.name, environment.platform)
        info = buildinfo.read(made / name)
        expected = buildinfo.Module(pin.module, f"v{pin.version}", pin.module_sum)
        if info is None or info.main != expected:
            shown = f"{info.main.path} {info.main.version} {info.main.checksum}" if info else "no build info"
            raise ToolError(
                f"go install {pin.package}@v{pin.version}: the program is built from {shown}, "
                f"not from {expected.path} {expected.version} {expected.checksum}; nothing was installed"
            )
        source = f"{pin.package}@v{pin.version} with {info.go}"
        return _publish(pin, environment, made, "go install", source, f"module sum {pin.module_sum}")


def unpack(archive: Path, name: str, target: Path, *, limit: int, shown: str) -> None:
    """Write the one regular file called `name` in the archive's top folder to `target`, and nothing else.

    Nothing is extracted by the archive's own paths. An archive with a path that leads out, a link or a device, or
    that unpacks to more than `limit` bytes, is refused as a whole.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    found = False
    try:
        with archive.open("rb") as file:
            members = _zip_members(file, limit) if file.read(2) == b"PK" else _tar_members(file, limit)
            for path, content in members:
                if path == name and found:
                    raise _hostile(shown, f"it has two files called {name}")
                if path == name:
                    found = True
                    with target.open("xb") as output:
                        shutil.copyfileobj(content, output, _CHUNK)
    except _Refused as refused:
        raise _hostile(shown, str(refused)) from None
    except _UNREADABLE as error:
        raise _hostile(shown, f"it cannot be read ({error})") from None
    if not found:
        raise _hostile(shown, f"it has no file called {name}")
    target.chmod(0o755)


class _Refused(Exception):
    """Why an archive's content is not touched."""


def _hostile(shown: str, why: str) -> ToolError:
    return ToolError(f"{shown}: the archive is refused: {why}; nothing was installed")


def _tar_members(file: IO[bytes], limit: int) -> Iterator[tuple[str, IO[bytes]]]:
    file.seek(0)
    bounded = _Bounded(cast("IO[bytes]", gzip.GzipFile(fileobj=file)), limit)
    with tarfile.open(fileobj=bounded, mode="r|", errorlevel=1) as tar:  # type: ignore[call-overload]
        for member in tar:
            _check_path(member.name)
            if member.isdir():
                continue
            content = tar.extractfile(member) if member.isreg() else None
            if content is None:
                raise _Refused(f"{member.name!r} is a link or a device")
            yield member.name.removeprefix("./"), content


def _zip_members(file: IO[bytes], limit: int) -> Iterator[tuple[str, IO[bytes]]]:
    file.seek(0)
    with zipfile.ZipFile(file) as archive:
        for member in archive.infolist():
            _check_path(member.filename)
            if member.is_dir():
                continue
            if (member.external_attr >> 28) not in (0, 0o10):  # the file type of Unix: anything but a regular file
                raise _Refused(f"{member.filename!r} is a link or a device")
            if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise _Refused(f"{member.filename!r} is compressed in a way that no release uses")
            with archive.open(member) as content:
                bounded = _Bounded(content, limit)
                yield member.filename.removeprefix("./"), bounded  # type: ignore[misc]
                limit = bounded.left


def _check_path(name: str) -> None:
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or ":" in name or "\0" in name:
        raise _Refused(f"the path {name!r} leads out of it")


class _Bounded:
    """A file to read from that refuses to give more than so many bytes."""

    def __init__(self, file: IO[bytes], left: int) -> None:
        self._file, self.left = file, left

    def read(self, size: int = -1) -> bytes:
        chunk = self._file.read(min(size, _CHUNK) if size >= 0 else _CHUNK)
        self.left -= len(chunk)
        if self.left < 0:
            raise _Refused("it unpacks to more than any release of this program")
        return chunk


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follow a redirect only to HTTPS."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        if urllib.parse.urlsplit(newurl).scheme != "https":
            raise ToolError(f"{req.full_url}: redirected to {newurl}, which is not HTTPS; nothing was installed")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _download(url: str, target: Path, limits: Limits, authorization: str) -> str:
    """Write what is at `url` to `target`; the SHA-256 of it."""
    request = urllib.request.Request(url, headers={"User-Agent": f"kataform/{__version__}"})  # noqa: S310 — http(s) only
    if authorization:
        request.add_unredirected_header("Authorization", authorization)
    opener = urllib.request.build_opener(_Redirects())
    digest, size = hashlib.sha256(), 0
    try:
        with opener.open(request, timeout=limits.silence) as answer, target.open("xb", buffering=0) as output:
            announced = answer.headers.get("Content-Length")
            while chunk := answer.read(_CHUNK):
                size += len(chunk)
                if size > limits.archive:
                    raise ToolError(f"{url}: larger than {limits.archive} bytes; nothing was installed")
                digest.update(chunk)
                _write(output, chunk)
    except _Unwritable as error:
        raise _no_room(target.parent, error.cause) from None
    except urllib.error.HTTPError as error:
        raise Unreachable(f"{url}: the server answered {error.code} {_reason(error.reason)}") from None
    except urllib.error.URLError as error:
        raise Unreachable(f"{url}: {_reason(error.reason)}") from None
    except (OSError, http.client.HTTPException) as error:
        raise Unreachable(f"{url}: {_reason(error)}") from None
    if announced and announced.isdigit() and size < int(announced):
        raise Unreachable(f"{url}: the connection ended after {size} of {announced} bytes")
    return digest.hexdigest()


@dataclass
class _Unwritable(Exception):
    """The disk, not the network, failed."""

    cause: OSError


def _write(output: io.FileIO, chunk: bytes) -> None:
    try:
        while chunk:
            chunk = chunk[output.write(chunk) :]
    except OSError as error:
        raise _Unwritable(error) from None


def _reason(error: object) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    said = str(getattr(error, "strerror", None) or error or type(error).__name__)
    return "".join(c if c.isprintable() else " " for c in said).strip()[:200]  # a server may have written it


def _no_room(folder: Path, error: OSError) -> ToolError:
    return ToolError(
        f"cannot write to {folder}: {_reason(error)}; nothing was installed; "
        "make room there, or set XDG_CACHE_HOME to a folder that has it"
    )


def _run_go(pin: tools.Pin, environment: Environment, go: Path, made: Path, staging: Path) -> None:
    """`go install` in an empty folder, so that no go.mod or go.work of the present one has a say."""
    variables = {key: value for key, value in environment.variables.items() if key not in ("GOOS", "GOARCH", "GOBIN")}
    variables |= {"GOBIN": str(made), "GOWORK": "off", "GO111MODULE": "on", "CGO_ENABLED": "0"}
    command = [str(go), "install", f"{pin.package}@v{pin.version}"]
    empty = staging / "empty"
    empty.mkdir()
    limit = environment.limits.build
    outcome = process.run(command, environment=variables, timeout=limit, folder=empty)
    if outcome.ended_by:
        raise ToolError(f"`{' '.join(command)}` was not done in {limit:g} seconds; nothing was installed")
    if outcome.code:
        lines = outcome.stderr.strip().splitlines()[-3:] or [f"exit {outcome.code}"]
        raise ToolError(f"`{' '.join(command)}` failed: {'; '.join(lines)}; nothing was installed")


@contextmanager
def _staging(pin: tools.Pin, environment: Environment) -> Iterator[Path]:
    """A private folder beside the place of the installation, gone afterwards whatever happens."""
    parent = tools.tool_directory(pin, environment.cache).parent
    try:
        parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        staging = Path(tempfile.mkdtemp(prefix=".installing-", dir=parent))
    except OSError as error:
        raise _no_room(parent, error) from None
    try:
        yield staging
    except _Unwritable as error:
        raise _no_room(staging, error.cause) from None
    except OSError as error:
        raise _no_room(parent, error) from None
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _publish(
    pin: tools.Pin, environment: Environment, made: Path, method: str, source: str, checked: str
) -> tools.Record:
    """Make the folder with the program and its record the installation, in one step, also beside another install."""
    program = made / tools.binary_name(pin.name, environment.platform)
    with program.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        os.fsync(file.fileno())
    record = tools.Record(pin.name, pin.version, method, source, checked, digest, program.stat().st_size)
    (made / tools.RECORD).write_text(record.dump(), "utf-8")
    final = tools.tool_directory(pin, environment.cache)
    try:
        os.rename(made, final)
    except OSError:  # something is there: another run's installation, or one that is damaged
        other = tools.read_record(final)
        if other and tools.verify(final / program.name, other):
            return other
        if final.exists():
            os.rename(final, made.parent / "replaced")
        os.rename(made, final)
    return record


def _within(seconds: float, work: Callable[[], _T], what: str) -> _T:
    """The result of `work`, or Unreachable after so many seconds, however slowly its answer drips in."""
    results: list[_T] = []
    errors: list[BaseException] = []

    def body() -> None:
        try:
            results.append(work())
        except BaseException as error:  # noqa: BLE001 — raised again by the caller's thread
            errors.append(error)

    thread = threading.Thread(target=body, daemon=True)
    thread.start()
    thread.join(seconds)
    if errors:
        raise errors[0]
    if not results:
        raise Unreachable(f"{what} after {seconds:g} seconds")
    return results[0]
