"""Helpers that write input files for `check_credits`."""

from pathlib import Path

from education.checking import Inputs, Paths, read_inputs

REQUIREMENTS = """\
credential = "X"
title = "Example"
version = "1"
total = "6"
step = "0.25"

[[area]]
code = "safety"
title = "Safety"
minimum = "2"
accepts = ["safety"]

[[area]]
code = "rest"
title = "Anything"
accepts = ["*"]

[[rule]]
code = "college"
title = "College courses"
kinds = ["college"]
maximum = "50%"

[[rule]]
code = "yearly"
title = "Each year"
minimum = "1"
per = "year"

[[rule]]
code = "each"
title = "One article"
kinds = ["article"]
maximum = "1.5"
per = "item"
"""
CREDITS = """\
id,title,kind,subjects,provider,completed_on,points
c1,Safe pipetting,course,safety;chemistry,P1,2023-05-01,2.5
c2,"Physics, part 1",college,physics,,2024-05-01,4
c3,On glass,article,,,2025-05-01,2
"""
SHARES = """\
credit,area,points
c1,safety,1.5
c1,safety,1
c2,rest,4
c3,rest,2
c3,safety,0
"""
DAYS = {"starts": "2023-01-01", "ends": "2025-12-31"}


def written(folder: Path, *, requirements=REQUIREMENTS, credits=CREDITS, shares=None) -> Paths:
    """Write the input files to a folder, with the given texts."""
    texts = {"requirements.toml": requirements, "credits.csv": credits, "shares.csv": shares}
    for name, text in texts.items():
        if text is not None:
            (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return Paths(
        folder / "requirements.toml", folder / "credits.csv", folder / "shares.csv" if shares is not None else None
    )


def inputs(folder: Path, *, starts=DAYS["starts"], ends=DAYS["ends"], on=None, **texts) -> Inputs:
    return read_inputs(written(folder, **texts), starts=starts, ends=ends, on=on)
