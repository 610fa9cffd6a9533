"""Installing the release archive: only the pinned bytes, only the one program in it, whole or not at all."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import signal
import tarfile
import threading
import zipfile
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
import trustme
from tool_machine import KUSTOMIZE, NOBODY, Machine, Page, tar

from kataform import install, tools
from kataform.errors import ToolError

GOOD = tar(("kustomize", KUSTOMIZE))
DONE = ["kustomize/5.8.1/installed.json", "kustomize/5.8.1/kustomize"]


@pytest.fixture
def offered(machine: Machine, page: Page) -> Machine:
    """A machine for which the pinned kustomize lies ready on the release page."""
    machine.forge = page.url
    machine.digests["kustomize"] = page.offer("kustomize", GOOD)
    return machine


def special(name: str, kind: bytes, target: str = "") -> tuple[str, tarfile.TarInfo]:
    info = tarfile.TarInfo(name)
    info.type = kind
    info.linkname = target
    return name, info


def test_the_pinned_archive_is_installed_and_remembered(offered: Machine, page: Page) -> None:
    code, out, err = offered.run("tools", "install", "kustomize")

    digest = hashlib.sha256(GOOD).hexdigest()
    place = "~/cache/kataform/tools/kustomize/5.8.1/kustomize"
    assert (code, out, err) == (0, f"kustomize 5.8.1: installed by release archive as {place}\n", "")
    assert offered.installed() == DONE
    assert (offered.cache / "tools" / DONE[1]).read_bytes() == KUSTOMIZE
    assert (offered.cache / "tools" / DONE[1]).stat().st_mode & 0o777 == 0o755
    assert json.loads((offered.cache / "tools" / DONE[0]).read_text()) == {
        "name": "kustomize",
        "version": "5.8.1",
        "method": "release archive",
        "source": page.url.rstrip("/") + page.path("kustomize"),
        "checked": f"archive sha256:{digest}",
        "sha256": hashlib.sha256(KUSTOMIZE).hexdigest(),
        "size": len(KUSTOMIZE),
    }
    assert offered.run("tools", "path", "kustomize") == (0, place + "\n", "")
    assert offered.run("tools", "list")[1].splitlines()[0] == (
        f"kustomize 5.8.1  {place}  release archive, verified (archive sha256:{digest})"
    )


def test_the_release_page_is_asked_for_exactly_the_pinned_archive(offered: Machine, page: Page) -> None:
    offered.run("tools", "install", "kustomize")

    system, _, arch = tools.platform().partition("-")
    assert page.asked == [
        (
            "/kubernetes-sigs/kustomize/releases/download/kustomize/v5.8.1/"
            f"kustomize_v5.8.1_{system}_{arch}{'.zip' if system == 'windows' else '.tar.gz'}"
        )
    ]


def test_what_is_installed_already_is_not_asked_for_again(offered: Machine, page: Page) -> None:
    offered.run("tools", "install", "kustomize")

    code, out, _ = offered.run("tools", "install", "kustomize")

    assert (code, out) == (0, "kustomize 5.8.1: already at ~/cache/kataform/tools/kustomize/5.8.1/kustomize\n")
    assert len(page.asked) == 1


def test_one_on_path_that_is_new_enough_will_do_unless_the_pinned_one_is_asked_for(offered: Machine) -> None:
    offered.program("kustomize", "echo v5.6.0")

    will_do = offered.run("tools", "install", "kustomize")
    before = offered.installed()
    pinned = offered.run("tools", "install", "--pinned", "kustomize")

    assert will_do == (0, "kustomize 5.6.0: already at ~/bin/kustomize\n", "")
    assert before == []
    assert pinned[:2] == (
        0,
        "kustomize 5.8.1: installed by release archive as ~/cache/kataform/tools/kustomize/5.8.1/kustomize\n",
    )
    assert offered.installed() == DONE


def test_a_kustomize_inside_kubectl_does_not_stand_in_for_an_installation(offered: Machine) -> None:
    offered.program("kubectl", """echo '{"kustomizeVersion": "v5.6.0"}'""")

    assert offered.run("tools", "install", "kustomize")[0] == 0
    assert offered.installed() == DONE


def test_a_program_that_was_changed_is_reported_and_replaced(offered: Machine) -> None:
    offered.run("tools", "install", "kustomize")
    program = offered.cache / "tools" / DONE[1]
    program.write_bytes(KUSTOMIZE.replace(b"5.8.1", b"6.6.6"))

    listed = offered.run("tools", "list")[1].splitlines()[0]
    code, out, _ = offered.run("tools", "install", "kustomize")

    assert listed.endswith("release archive, NOT VERIFIED: changed since then; run `kataform tools install kustomize`")
    assert (code, out.split(":")[1]) == (
        0,
        " installed by release archive as ~/cache/kataform/tools/kustomize/5.8.1/kustomize\n",
    )
    assert program.read_bytes() == KUSTOMIZE
    assert offered.installed() == DONE


def test_a_program_of_another_size_is_not_even_used(offered: Machine) -> None:
    offered.run("tools", "install", "kustomize")
    program = offered.cache / "tools" / DONE[1]
    program.write_bytes(KUSTOMIZE[:-1])

    code, _, err = offered.run("tools", "path", "kustomize")

    assert code == 2
    assert "kustomize: changed since it was installed); run `kataform tools install kustomize`" in err


def test_both_programs_are_installed_by_default_and_one_failure_does_not_hide_the_other(
    offered: Machine, page: Page
) -> None:
    code, out, err = offered.run("tools", "install", "--mirror", page.url)

    assert code == 2
    assert out.startswith("kustomize 5.8.1: installed by release archive")
    said = "the server answered 404 Not Found; nothing was installed"
    assert err == f"kataform: error: FORGE{page.path('kubeconform')}: {said}\n"
    assert offered.installed() == DONE


def test_the_readme_and_the_licence_beside_kubeconform_stay_in_the_archive(machine: Machine, page: Page) -> None:
    machine.forge = page.url
    machine.digests["kubeconform"] = page.offer(
        "kubeconform", tar(("LICENSE", b"l"), ("kubeconform", b"#!/bin/sh\n"), ("README.md", b"r"))
    )

    assert machine.run("tools", "install", "kubeconform")[0] == 0
    assert machine.installed() == ["kubeconform/0.8.0/installed.json", "kubeconform/0.8.0/kubeconform"]


def test_a_wrong_digest_is_an_alarm_and_go_is_not_asked(offered: Machine, page: Page) -> None:
    """Something answered with other bytes: looking elsewhere would hide that."""
    pinned = offered.digests["kustomize"]
    other = page.offer("kustomize", tar(("kustomize", b"#!/bin/sh\necho evil\n")))
    marker = offered.folder / "go-was-asked"
    offered.program("go", f": > '{marker}'")

    answer = offered.run("tools", "install", "kustomize")

    assert answer == (
        2,
        "",
        (
            f"kataform: error: FORGE{page.path('kustomize')}: this is not the pinned archive: its SHA-256 is {other}, "
            f"not {pinned}; nothing was installed; a proxy or mirror may have answered with something else\n"
        ),
    )
    assert offered.installed() == []
    assert not marker.exists()


def truncated(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.send_header("Content-Length", str(len(GOOD)))
    request.end_headers()
    request.wfile.write(GOOD[:-20])
    request.close_connection = True


def server_error(request: BaseHTTPRequestHandler) -> None:
    request.send_error(503)


def no_http(request: BaseHTTPRequestHandler) -> None:
    request.wfile.write(b"what?\r\n\r\n")
    request.close_connection = True


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (truncated, f"the connection ended after {len(GOOD) - 20} of {len(GOOD)} bytes"),
        (server_error, "the server answered 503 Service Unavailable"),
        (no_http, "what?"),
    ],
)
def test_an_answer_that_is_not_the_archive_installs_nothing(
    offered: Machine, page: Page, answer: Callable[[BaseHTTPRequestHandler], None], why: str
) -> None:
    page.answers[page.path("kustomize")] = answer

    code, out, err = offered.run("tools", "install", "--mirror", page.url, "kustomize")

    assert (code, out) == (2, "")
    assert err.strip() == f"kataform: error: FORGE{page.path('kustomize')}: {why}; nothing was installed"
    assert offered.installed() == []


def test_an_endless_answer_is_cut_off(offered: Machine, page: Page) -> None:
    def endless(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.end_headers()
        for _ in range(70):
            request.wfile.write(bytes(1 << 20))

    page.answers[page.path("kustomize")] = endless

    code, _, err = offered.run("tools", "install", "kustomize")

    assert (code, err) == (
        2,
        f"kataform: error: FORGE{page.path('kustomize')}: larger than {64 << 20} bytes; nothing was installed\n",
    )
    assert offered.installed() == []


HOSTILE = {
    "a path that leads out": (
        tar(("../../../../evil", b"x"), ("kustomize", KUSTOMIZE)),
        "the path '../../../../evil' leads out of it",
    ),
    "an absolute path": (tar(("/etc/evil", b"x")), "the path '/etc/evil' leads out of it"),
    "a path of Windows": (tar(("..\\evil", b"x")), "the path '..\\\\evil' leads out of it"),
    "a drive of Windows": (tar(("C:evil", b"x")), "the path 'C:evil' leads out of it"),
    "a symbolic link": (
        tar(special("kustomize", tarfile.SYMTYPE, "/bin/sh")),
        "'kustomize' is a link or a device",
    ),
    "a link beside the program": (
        tar(("kustomize", KUSTOMIZE), special("x", tarfile.SYMTYPE, "/etc")),
        "'x' is a link or a device",
    ),
    "a hard link": (tar(special("kustomize", tarfile.LNKTYPE, "/etc/passwd")), "'kustomize' is a link or a device"),
    "a device": (tar(special("kustomize", tarfile.CHRTYPE)), "'kustomize' is a link or a device"),
    "a pipe": (tar(special("kustomize", tarfile.FIFOTYPE)), "'kustomize' is a link or a device"),
    "the program twice": (tar(("kustomize", b"a"), ("./kustomize", b"b")), "it has two files called kustomize"),
    "no program": (tar(("README.md", b"x")), "it has no file called kustomize"),
    "the program in a folder": (tar(("bin/kustomize", b"x")), "it has no file called kustomize"),
    "a folder of that name": (tar(special("kustomize", tarfile.DIRTYPE)), "it has no file called kustomize"),
}


def refused(machine: Machine, page: Page, content: bytes) -> str:
    """Why the archive with this content, and the right digest, is refused; nothing may be left of it."""
    machine.digests["kustomize"] = page.offer("kustomize", content)

    code, out, err = machine.run("tools", "install", "kustomize")

    begin, end = (
        f"kataform: error: FORGE{page.path('kustomize')}: the archive is refused: ",
        "; nothing was installed\n",
    )
    assert (code, out) == (2, "")
    assert err.startswith(begin)
    assert err.endswith(end)
    assert machine.installed() == []
    assert sorted(path.name for path in machine.folder.iterdir()) == ["bin", "cache"]
    return err.removeprefix(begin).removesuffix(end)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_archive_is_refused_as_a_whole_even_with_the_right_digest(
    offered: Machine, page: Page, name: str
) -> None:
    content, why = HOSTILE[name]

    assert refused(offered, page, content) == why


def test_an_archive_that_unpacks_to_more_than_a_release_is_refused(offered: Machine, page: Page) -> None:
    content = tar(("kustomize", bytes((256 << 20) + 1)))

    assert refused(offered, page, content) == "it unpacks to more than any release of this program"


@pytest.mark.parametrize(
    "content",
    [b"", b"<html>sign in</html>", GOOD[:100], GOOD[:-30], b"\x1f\x8b" + bytes(50)],
    ids=["nothing", "a page", "its beginning", "all but its end", "a header only"],
)
def test_what_is_no_archive_is_refused_without_a_traceback(offered: Machine, page: Page, content: bytes) -> None:
    assert refused(offered, page, content).startswith("it cannot be read (")


def zipped(name: str, content: bytes, mode: int = 0o100755, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w", compression) as archive:
        info = zipfile.ZipInfo(name)
        info.external_attr = mode << 16
        info.compress_type = compression
        archive.writestr(info, content)
    return output.getvalue()


def test_the_zip_archive_of_windows_is_unpacked_too(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(zipped("kustomize.exe", b"MZ"))

    install.unpack(tmp_path / "a.zip", "kustomize.exe", tmp_path / "new" / "kustomize.exe", limit=1000, shown="URL")

    assert (tmp_path / "new" / "kustomize.exe").read_bytes() == b"MZ"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (zipped("../evil", b"x"), "the path '../evil' leads out of it"),
        (zipped("C:/evil", b"x"), "the path 'C:/evil' leads out of it"),
        (zipped("kustomize.exe", b"/bin/sh", mode=0o120777), "'kustomize.exe' is a link or a device"),
        (zipped("kustomize.exe", bytes(1001)), "it unpacks to more than any release of this program"),
        (
            zipped("kustomize.exe", b"x", compression=zipfile.ZIP_BZIP2),
            "'kustomize.exe' is compressed in a way that no release uses",
        ),
        (b"PK\x03\x04rubbish", "it cannot be read (File is not a zip file)"),
    ],
    ids=["leads out", "a drive", "a link", "too much", "bzip2", "no zip"],
)
def test_a_hostile_zip_is_refused_too(tmp_path: Path, content: bytes, why: str) -> None:
    (tmp_path / "a.zip").write_bytes(content)

    with pytest.raises(ToolError) as refused:
        install.unpack(tmp_path / "a.zip", "kustomize.exe", tmp_path / "new" / "kustomize.exe", limit=1000, shown="URL")

    assert str(refused.value) == f"URL: the archive is refused: {why}; nothing was installed"


def test_https_is_verified_and_a_mirror_is_the_only_place_asked(
    machine: Machine, secure_page: Page, authority: trustme.CA
) -> None:
    machine.digests["kustomize"] = secure_page.offer("kustomize", GOOD)
    authority.cert_pem.write_to_path(str(machine.folder / "ca.pem"))

    stranger = machine.run("tools", "install", "--mirror", secure_page.url, "kustomize")
    machine.variables["SSL_CERT_FILE"] = str(machine.folder / "ca.pem")
    known = machine.run("tools", "install", "--mirror", secure_page.url, "kustomize")

    assert stranger[0] == 2
    assert "certificate verify failed" in stranger[2].lower()
    assert known[0] == 0
    assert machine.installed() == DONE


def redirect(to: str) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(302)
        request.send_header("Location", to)
        request.end_headers()

    return answer


def test_a_redirect_is_followed_to_https(machine: Machine, secure_page: Page, authority: trustme.CA) -> None:
    machine.digests["kustomize"] = secure_page.offer("kustomize", GOOD)
    path = secure_page.path("kustomize")
    secure_page.answers["/blob"] = secure_page.answers[path]
    secure_page.answers[path] = redirect(f"{secure_page.url}blob")
    authority.cert_pem.write_to_path(str(machine.folder / "ca.pem"))
    machine.variables["SSL_CERT_FILE"] = str(machine.folder / "ca.pem")

    assert machine.run("tools", "install", "--mirror", secure_page.url, "kustomize")[0] == 0
    assert secure_page.asked == [path, "/blob"]


@pytest.mark.parametrize("to", ["http://127.0.0.1:9/x", "ftp://127.0.0.1/x"])
def test_a_redirect_to_anything_but_https_is_refused(offered: Machine, page: Page, to: str) -> None:
    page.answers[page.path("kustomize")] = redirect(to)

    code, _, err = offered.run("tools", "install", "kustomize")

    assert code == 2
    assert f"redirected to {to}, which is not HTTPS; nothing was installed" in err
    assert offered.installed() == []


@pytest.mark.parametrize(
    "mirror",
    ["file:///tmp", "ftp://example.com", "/srv/mirror", "", "https://", "https://[::1/x", "https://mirror:port/"],
)
def test_a_mirror_is_an_address_of_the_web(machine: Machine, mirror: str) -> None:
    answer = machine.run("tools", "install", "--mirror", mirror, "kustomize")

    message = f"kataform: error: --mirror {mirror}: not an address that begins with https:// or http://\n"
    assert answer == (2, "", message)


def test_a_mirror_may_ask_who_is_there_and_no_message_tells(machine: Machine, page: Page) -> None:
    machine.digests["kustomize"] = page.offer("kustomize", GOOD)
    archive, told = page.answers[page.path("kustomize")], []

    def guarded(request: BaseHTTPRequestHandler) -> None:
        told.append(request.headers["Authorization"])
        archive(request)

    page.answers[page.path("kustomize")] = guarded
    address = page.url.replace("://", "://team:s%40cret@")

    code, out, err = machine.run("tools", "install", "--mirror", address, "kustomize")
    refused = machine.run("tools", "install", "--mirror", "https://team:s%40cret@[::1/", "kubeconform")

    assert (code, err) == (0, "")
    assert told == ["Basic " + base64.b64encode(b"team:s@cret").decode()]
    written = (machine.cache / "tools" / DONE[0]).read_text()
    assert not [text for text in (out, written, refused[2]) if "cret" in text]


def test_who_asks_a_mirror_is_not_told_to_the_place_it_redirects_to(
    machine: Machine, page: Page, secure_page: Page, authority: trustme.CA
) -> None:
    machine.digests["kustomize"] = secure_page.offer("kustomize", GOOD)
    archive, told = secure_page.answers[secure_page.path("kustomize")], []

    def elsewhere(request: BaseHTTPRequestHandler) -> None:
        told.append(request.headers["Authorization"])
        archive(request)

    secure_page.answers["/blob"] = elsewhere
    page.answers[page.path("kustomize")] = redirect(f"{secure_page.url}blob")
    authority.cert_pem.write_to_path(str(machine.folder / "ca.pem"))
    machine.variables["SSL_CERT_FILE"] = str(machine.folder / "ca.pem")

    code, _, err = machine.run("tools", "install", "--mirror", page.url.replace("://", "://a:b@"), "kustomize")

    assert (code, err) == (0, "")
    assert told == [None]


def test_a_proxy_is_asked_where_the_environment_names_one(machine: Machine, page: Page) -> None:
    machine.digests["kustomize"] = page.offer("kustomize", GOOD)
    wanted = f"http://mirror.example{page.path('kustomize')}"
    page.answers[wanted] = page.answers[page.path("kustomize")]
    machine.variables["http_proxy"] = page.url

    code, _, err = machine.run("tools", "install", "--mirror", "http://mirror.example", "kustomize")

    assert (code, err, page.asked) == (0, "", [wanted])


def test_https_goes_through_the_tunnel_of_a_proxy_and_is_still_verified(
    machine: Machine, page: Page, secure_page: Page, authority: trustme.CA
) -> None:
    machine.digests["kustomize"] = secure_page.offer("kustomize", GOOD)
    machine.variables["https_proxy"] = page.url

    stranger = machine.run("tools", "install", "--mirror", secure_page.url, "kustomize")
    authority.cert_pem.write_to_path(str(machine.folder / "ca.pem"))
    machine.variables["SSL_CERT_FILE"] = str(machine.folder / "ca.pem")
    known = machine.run("tools", "install", "--mirror", secure_page.url, "kustomize")

    assert stranger[0] == 2
    assert "certificate verify failed" in stranger[2].lower()
    assert known[0] == 0
    assert page.asked == [secure_page.url.removeprefix("https://").rstrip("/")] * 2


def test_a_proxy_that_refuses_is_told_and_nothing_is_installed(machine: Machine, page: Page) -> None:
    machine.variables["https_proxy"] = page.url.replace("://", "://user:hidden@")

    code, out, err = machine.run("tools", "install", "--mirror", "https://mirror.example", "kustomize")

    assert (code, out) == (2, "")
    assert err.endswith(": Tunnel connection failed: 403 Forbidden; nothing was installed\n")
    assert "hidden" not in err
    assert machine.installed() == []


def test_an_unreachable_mirror_is_named_and_go_is_not_asked(machine: Machine) -> None:
    marker = machine.folder / "go-was-asked"
    machine.program("go", f": > '{marker}'")

    code, _, err = machine.run("tools", "install", "--mirror", NOBODY, "kustomize")

    assert code == 2
    assert err.startswith("kataform: error: FORGE/kubernetes-sigs/kustomize/releases/download/")
    assert err.endswith(": Connection refused; nothing was installed\n")
    assert not marker.exists()


def test_a_cache_that_cannot_be_written_is_said_with_a_remedy(offered: Machine) -> None:
    (offered.folder / "cache").mkdir()
    offered.cache.write_text("a file is in the way")

    code, _, err = offered.run("tools", "install", "kustomize")

    assert code == 2
    assert err == (
        "kataform: error: cannot write to ~/cache/kataform/tools/kustomize: Not a directory; nothing was installed; "
        "make room there, or set XDG_CACHE_HOME to a folder that has it\n"
    )


class Stall:
    """An answer that begins and then waits until it is told to go on."""

    def __init__(self) -> None:
        self.begun, self.go_on = threading.Event(), threading.Event()

    def __call__(self, request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Length", str(len(GOOD)))
        request.end_headers()
        request.wfile.write(GOOD[:100])
        request.wfile.flush()
        self.begun.set()
        self.go_on.wait(60)
        request.wfile.write(GOOD[100:])


def test_an_interrupted_installation_leaves_nothing(offered: Machine, page: Page) -> None:
    stall = page.answers[page.path("kustomize")] = Stall()
    process = offered.start("tools", "install", "kustomize")
    assert stall.begun.wait(60)

    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    stall.go_on.set()

    assert process.returncode == 130
    assert "Traceback" not in err
    assert offered.installed() == []
    assert list((offered.cache / "tools" / "kustomize").iterdir()) == []


def test_after_a_kill_there_is_no_installation_and_the_next_one_succeeds(offered: Machine, page: Page) -> None:
    whole = page.answers[page.path("kustomize")]
    stall = page.answers[page.path("kustomize")] = Stall()
    process = offered.start("tools", "install", "kustomize")
    assert stall.begun.wait(60)

    process.kill()
    process.communicate(timeout=60)
    stall.go_on.set()
    page.answers[page.path("kustomize")] = whole

    assert offered.run("tools", "path", "kustomize")[0] == 2
    assert offered.run("tools", "install", "kustomize")[0] == 0
    assert offered.run("tools", "path", "kustomize")[0] == 0


def test_installations_at_the_same_time_end_in_one_that_is_whole(offered: Machine, page: Page) -> None:
    gate = threading.Barrier(4, timeout=60)
    whole = page.answers[page.path("kustomize")]

    def together(request: BaseHTTPRequestHandler) -> None:
        gate.wait()
        whole(request)

    page.answers[page.path("kustomize")] = together
    processes = [offered.start("tools", "install", "kustomize") for _ in range(4)]
    answers = [process.communicate(timeout=60) for process in processes]

    assert [process.returncode for process in processes] == [0, 0, 0, 0], answers
    assert len(page.asked) == 4
    assert offered.installed() == DONE
    assert offered.run("tools", "list")[1].splitlines()[0].count(" verified (") == 1
