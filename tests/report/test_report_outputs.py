"""Where reports go, and that files are written whole."""

from __future__ import annotations

import io
import os
import stat
import threading
from pathlib import Path

import pytest

from kataform.errors import InputError
from kataform.finding import Finding, Location, Severity
from kataform.report import outputs
from kataform.report.outputs import Output, parse_outputs, save, write_all
from kataform.report.result import Result, View


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((), [Output("text", None)]),
        (("json",), [Output("json", None)]),
        (("json=-",), [Output("json", None)]),
        (("json=a=b.json",), [Output("json", "a=b.json"), Output("text", None)]),
        (("json=a", "text"), [Output("json", "a"), Output("text", None)]),
    ],
)
def test_outputs_are_read(values: tuple[str, ...], expected: list[Output]) -> None:
    assert parse_outputs(values) == expected


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (("jsn",), "-o jsn: unknown format 'jsn'; did you mean 'json'?"),
        (("JSON=x",), "-o JSON=x: unknown format 'JSON'; did you mean 'json'?"),
        (("json=",), "-o json=: the file's name is missing; write -o json=FILE"),
        (
            ("text", "json"),
            "-o json: standard output already takes another report; name a file: -o json=FILE",
        ),
        (
            ("text=a", "json=a"),
            "-o json=a: the file a already takes another report; name a file: -o json=FILE",
        ),
    ],
)
def test_a_wrong_output_says_what_to_write(values: tuple[str, ...], message: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_outputs(values)

    assert str(caught.value) == message


def test_a_hopeless_name_lists_the_formats() -> None:
    with pytest.raises(InputError) as caught:
        parse_outputs(("zzzz",))

    assert str(caught.value) == f"-o zzzz: unknown format 'zzzz'; there are: {', '.join(outputs.REPORTS)}"


def test_a_file_has_neither_colour_nor_excerpts(tmp_path: Path) -> None:
    result = Result((Finding("r", Severity.ERROR, "m", Location("a", 1, 1, 1, 2)),), 1, 1, 1, 1)
    file, stdout = tmp_path / "report.txt", io.StringIO()

    write_all(result, [Output("text", str(file)), Output("text", None)], stdout, View("full", color=True))

    assert file.read_text() == "a:1:1: error[r] m\n\n1 error; checked 1 of 1 object in 1 overlay and 1 file\n"
    assert "\x1b[" in stdout.getvalue()


class TestSave:
    def test_a_new_file_has_the_usual_mode_and_leaves_nothing_beside_it(self, tmp_path: Path) -> None:
        usual = tmp_path / "usual"
        usual.touch()

        save(str(tmp_path / "new"), "text\n")

        assert (tmp_path / "new").read_bytes() == b"text\n"
        assert (tmp_path / "new").stat().st_mode == usual.stat().st_mode
        assert sorted(path.name for path in tmp_path.iterdir()) == ["new", "usual"]

    def test_an_old_file_is_replaced_and_keeps_its_mode(self, tmp_path: Path) -> None:
        file = tmp_path / "old"
        file.write_text("a much longer text")
        file.chmod(0o640)
        before = file.stat().st_ino

        save(str(file), "new\n")

        assert file.read_text() == "new\n"
        assert stat.S_IMODE(file.stat().st_mode) == 0o640
        assert file.stat().st_ino != before

    def test_the_same_content_is_not_written(self, tmp_path: Path) -> None:
        file = tmp_path / "same"
        file.write_text("same\n")
        before = file.stat()

        save(str(file), "same\n")

        assert file.stat() == before

    def test_a_failure_leaves_the_old_file(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        file = tmp_path / "old"
        file.write_text("old\n")

        def fail(*_: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(os, "replace", fail)
        with pytest.raises(KeyboardInterrupt):
            save(str(file), "new\n")

        assert file.read_text() == "old\n"
        assert [path.name for path in tmp_path.iterdir()] == ["old"]

    def test_a_link_stays_a_link(self, tmp_path: Path) -> None:
        (tmp_path / "link").symlink_to("target")

        save(str(tmp_path / "link"), "text\n")

        assert (tmp_path / "link").is_symlink()
        assert (tmp_path / "target").read_text() == "text\n"

    def test_a_pipe_is_written_to_and_stays_a_pipe(self, tmp_path: Path) -> None:
        pipe = tmp_path / "pipe"
        os.mkfifo(pipe)
        read: list[bytes] = []
        reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()), daemon=True)
        reader.start()

        save(str(pipe), "text\n")
        reader.join(10)

        assert read == [b"text\n"]
        assert pipe.is_fifo()

    def test_a_folder_that_is_missing_is_the_users_to_make(self, tmp_path: Path) -> None:
        file = str(tmp_path / "none" / "report.json")

        with pytest.raises(InputError) as caught:
            save(file, "text\n")

        assert str(caught.value) == f"{file}: the report cannot be written: No such file or directory"
