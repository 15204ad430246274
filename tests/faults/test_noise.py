from random import Random

from faults.cases.f6 import a_feed
from faults.cases.f9 import noise, rejected_in
from tests import importing


def test_every_line_of_noise_is_in_one_count(provider, tmp_path):
    file = tmp_path / "noise.csv"
    file.write_bytes(noise(a_feed(300), Random(9)))

    found = importing.run("import_credits", file, provider=provider)

    lines, counts = found.counts.pop("lines"), found.counts
    assert (found.code, sum(counts.values()), counts["rejected"]) == (1, lines, rejected_in(file))
