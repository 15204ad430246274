"""Worked examples of schemes with parts: pooled and nested minima, overlapping topics."""

from tests.rule_library.examples import Example

PMP_EDUCATION = "a ways-of-working 12\nb power-skills 12\nc business-acumen 11\n"
EMT_NATIONAL = "b cardiology 5\nc trauma 3\nd medical 6\ne operations 2\n"
EMT_REST = "l local 10\ni management 10\n"
EMT_SHARES = "a airway 4\nb cardiology 5\nc trauma 3\nd medical 6\ne operations 2\nl local 10\ni individual 10"

EXAMPLES = [
    Example(
        "pmi-pmp", "thirty-five of education and twenty-five given back",
        credits=PMP_EDUCATION + "g giving-back 17 speaking\nw giving-back 8 working",
        shares="a ways-of-working 12\nb power-skills 12\nc business-acumen 11\ng giving-back 17\nw giving-back 8",
        counted="60.00",
    ),
    Example(
        "pmi-pmp", "all sixty may be education",
        credits="a ways-of-working 44\nb power-skills 8\nc business-acumen 8",
        shares="a ways-of-working 44\nb power-skills 8\nc business-acumen 8",
        counted="60.00",
    ),
    Example(
        "pmi-pmp", "three times eight is not yet thirty-five",
        credits="a ways-of-working 8\nb power-skills 8\nc business-acumen 8\ng giving-back 36 speaking",
        shares="a ways-of-working 8\nb power-skills 8\nc business-acumen 8\ng giving-back 36",
        counted="49.00",
        missing={"total": "11.00", "education-at-least-35": "11.00"},
        over={"g": "giving-back"},
        best={"total": "11.00", "education-at-least-35": "11.00"},
    ),
    Example(
        "pmi-pmp", "thirty-five in one part leaves two parts short",
        credits="a ways-of-working 35\ng giving-back 25 speaking",
        shares="a ways-of-working 35\ng giving-back 25",
        counted="60.00",
        missing={"power-skills": "8.00", "business-acumen": "8.00"},
        best={"power-skills": "8.00", "business-acumen": "8.00"},
    ),
    Example(
        "pmi-pmp", "of what is given back, working counts for eight",
        credits=PMP_EDUCATION + "w giving-back 20 working\ng giving-back 10 speaking",
        shares="a ways-of-working 12\nb power-skills 12\nc business-acumen 11\nw giving-back 20\ng giving-back 10",
        counted="53.00",
        missing={"total": "7.00"},
        over={"w": "working-at-most-8"},
        best={"total": "7.00"},
    ),
    Example(
        "pmi-pmp", "a course of two parts is put where it is needed",
        credits="a ways-of-working 30\nb power-skills;ways-of-working 8\nc business-acumen 8\ng giving-back 14 talk",
        shares="a ways-of-working 30\nb ways-of-working 8\nc business-acumen 8\ng giving-back 14",
        counted="60.00",
        missing={"power-skills": "8.00"},
    ),
    Example(
        "nremt-emt", "forty, the airway course being pediatric",
        credits="a airway;pediatric 4\n" + EMT_NATIONAL + EMT_REST,
        shares=EMT_SHARES,
        counted="40.00",
    ),
    Example(
        "nremt-emt", "forty without a pediatric course",
        credits="a airway 4\n" + EMT_NATIONAL + EMT_REST,
        shares=EMT_SHARES,
        counted="40.00",
        missing={"pediatric": "2.00"},
        best={"pediatric": "2.00"},
    ),
    Example(
        "nremt-emt", "pediatric points count wherever they lie",
        credits="a airway 4\n" + EMT_NATIONAL + "l local;pediatric 10\ni management 9\np pediatric 1",
        shares=EMT_SHARES.replace("i individual 10", "i individual 9\np individual 1"),
        counted="40.00",
    ),
    Example(
        "nremt-emt", "too much of one topic does not fill another",
        credits="a airway;pediatric 6\nb cardiology 5\nc trauma 3\nd medical 6\n" + EMT_REST,
        shares="a airway 6\nb cardiology 5\nc trauma 3\nd medical 6\nl local 10\ni individual 10",
        counted="40.00",
        missing={"operations": "2.00"},
        best={"operations": "2.00"},
    ),
    Example(
        "nremt-emt", "what is left of a topic may be individual",
        credits="a airway;pediatric 14\n" + EMT_NATIONAL + "l local 10",
        shares="a airway 14\nb cardiology 5\nc trauma 3\nd medical 6\ne operations 2\nl local 10",
        counted="40.00",
        missing={"individual": "10.00"},
    ),
    Example(
        "arrt", "twenty-four",
        credits="a anything 24", shares="a education 24", counted="24.00",
    ),
    Example(
        "arrt", "a quarter short",
        credits="a anything 23.75", shares="a education 23.75", counted="23.75",
        missing={"total": "0.25"}, best={"total": "0.25"},
    ),
    Example(
        "amt-mt", "forty-five from two activities",
        credits="a anything 30\nb something 15", shares="a education 30\nb education 15", counted="45.00",
    ),
    Example(
        "amt-mt", "an activity before the cycle does not count",
        credits="a anything 30\nb something 15 course 2022-12-31", shares="a education 30\nb education 15",
        counted="30.00", missing={"total": "15.00"}, best={"total": "15.00"},
    ),
]  # fmt: skip
