"""What reading a feed writes: the file of rejected lines, and progress on a terminal."""

import io
import os

import pytest

from cmp_portal.lib.feeds.progress import Progress
from cmp_portal.lib.feeds.rejects import rejects_file


def test_rejects_file_escapes_formulas(tmp_path):
    path = tmp_path / "out.csv"

    with rejects_file(path, ["number", "title"]) as write:
        write([(3, "points: “-1” is not greater than 0", ["=1+1", "-1"]), (4, "why", ["@a", "fine"])])

    assert path.read_text().splitlines() == [
        "line,reason,number,title",
        "3,points: “-1” is not greater than 0,'=1+1,'-1",
        "4,why,'@a,fine",
    ]


def test_rejects_file_appears_whole_or_not_at_all(tmp_path):
    with pytest.raises(RuntimeError), rejects_file(tmp_path / "out.csv", ["number"]) as write:
        write([(3, "why", ["1"])])
        raise RuntimeError

    assert list(tmp_path.iterdir()) == []


def test_rejects_into_a_pipe_come_out_of_it_and_leave_it_there(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)

    with rejects_file(pipe, ["number"]) as write:
        write([(2, "why", ["1"])])

    assert os.read(reader, 100) == b"line,reason,number\r\n2,why,1\r\n"
    assert pipe.is_fifo()
    os.close(reader)


def test_rejects_by_a_link_are_written_where_it_leads(tmp_path):
    file, link = tmp_path / "file.csv", tmp_path / "link.csv"
    file.touch()
    link.symlink_to(file)

    with rejects_file(link, ["number"]) as write:
        write([(2, "why", ["1"])])

    assert link.is_symlink()
    assert file.read_text().splitlines() == ["line,reason,number", "2,why,1"]


def test_rejects_that_nobody_wants_leave_the_device(tmp_path):
    link = tmp_path / "null"
    link.symlink_to(os.devnull)

    with rejects_file(link, ["number"]):
        pass

    assert link.is_symlink()


def test_rejects_file_of_an_earlier_run_goes(tmp_path):
    path = tmp_path / "out.csv"
    path.write_text("line,reason\n")

    with rejects_file(path, ["number"]) as write:
        write([])

    assert list(tmp_path.iterdir()) == []


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_is_drawn_on_a_terminal():
    out = Terminal()

    Progress(total=200, out=out).show(100, 1234)

    assert out.getvalue() == f"\r{'█' * 15}{'·' * 15}  50%  1,234 lines"


def test_progress_towards_what_nobody_knows_is_a_count():
    """As that of standard input, which has no size."""
    terminal, log = Terminal(), io.StringIO()

    Progress(total=0, out=terminal).show(100, 1234)
    Progress(total=0, out=log, _next=1.0).show(100, 1234)

    assert (terminal.getvalue(), log.getvalue()) == ("\r1,234 lines", "1,234 lines\n")


def test_progress_is_silent_elsewhere():
    out = io.StringIO()

    Progress(total=200, out=out).show(100, 1234)

    assert out.getvalue() == ""


@pytest.mark.parametrize(("done", "said"), [(58, " 29%"), (199, " 99%"), (200, "100%"), (201, "100%")])
def test_progress_is_complete_only_at_the_end(done, said):
    out = Terminal()

    Progress(total=200, out=out).show(done, 1234)

    assert out.getvalue().endswith(f" {said}  1,234 lines")
