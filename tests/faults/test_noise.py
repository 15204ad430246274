from random import Random

import pytest

from faults.cases.f6 import a_feed
from faults.cases.f9 import noise, noise_in_json, rejected_in
from tests import importing


@pytest.mark.parametrize(("name", "make"), [("noise.csv", noise), ("noise.jsonl", noise_in_json)])
def test_every_line_of_noise_is_in_one_count(provider, tmp_path, name, make):
    file = tmp_path / name
    file.write_bytes(make(a_feed(300), Random(9)))

    found = importing.run("import_credits", file, provider=provider)

    lines, counts = found.counts.pop("lines"), found.counts
    assert (found.code, sum(counts.values()), counts["rejected"]) == (1, lines, rejected_in(file))
