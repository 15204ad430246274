import hashlib

import pytest

from cmp_portal.lib.breached_passwords import is_in


def line(password, count=1):
    return f"{hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()}:{count}"


def written(path, lines, end="\n"):
    path.write_bytes("".join(f"{one}{end}" for one in sorted(lines)).encode())
    return path


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("size", [0, 1, 2, 3, 100])
def test_each_that_is_there_is_found_and_no_other(tmp_path, size, end):
    known = [f"password {number}" for number in range(size)]
    file = written(tmp_path / "known", [line(one, count=10 ** (len(one) % 7)) for one in known], end)

    assert [one for one in known if not is_in(file, one)] == []
    assert [number for number in range(300) if is_in(file, f"another {number}")] == []


def test_lines_without_a_number_and_a_last_line_without_an_end_will_do(tmp_path):
    lines = sorted(line(f"password {number}")[:40] for number in range(9))
    (tmp_path / "known").write_text("\n".join(lines))

    assert all(is_in(tmp_path / "known", f"password {number}") for number in range(9))


def test_letters_are_those_that_were_typed(tmp_path):
    file = written(tmp_path / "known", [line("Ünïcödé")])

    assert (is_in(file, "Ünïcödé"), is_in(file, "ünïcödé")) == (True, False)
