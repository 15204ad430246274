import pytest

from education.rules import PLAIN_ENGLISH, Writing, compile_requirements, evaluate, sentence, sentences
from tests.education.rules.facts import WINDOW, area, credit, requirements, rule, share

COMPILED = compile_requirements(
    requirements(
        area("safety", 'maximum = "1"', accepts="safety")
        + area("rest", accepts="chemistry")
        + rule("papers", 'kinds = ["article"]', 'maximum = "2"')
        + rule("posters", 'kinds = ["poster"]', 'maximum = "2"', 'per = "item"')
        + rule("talks", 'kinds = ["presentation"]', 'maximum = "2"', 'per = "year"'),
        total="3",
    )
)


@pytest.mark.parametrize(
    ("facts", "where", "expected"),
    [
        (credit(1, "2"), "rest", "2.00 counted in Rest."),
        (credit(1, "2", kind="ce-course"), None, "2.00 not allocated yet."),
        (credit(1, "2", "safety"), "safety", "1.00 counted in Safety. 1.00 not counted: Safety takes at most 1.00."),
        (credit(1, "3", kind="article"), "rest",
         "2.00 counted in Rest. 1.00 not counted: Papers (at most 2.00)."),
        (credit(1, "3", kind="poster"), "rest",
         "2.00 counted in Rest. 1.00 not counted: Posters (at most 2.00 for one activity)."),
        (credit(1, "3", kind="presentation"), "rest",
         "2.00 counted in Rest. 1.00 not counted: Talks (at most 2.00 in a year)."),
        (credit(1, "2", on="2015-05-31"), "rest",
         "2.00 not counted: completed on 2015-05-31, before 2015-06-01, the first day that counts."),
        (credit(1, "2", on="2018-07-01"), "rest",
         "2.00 not counted: completed on 2018-07-01, after 2018-06-30, the last day that counts."),
        (credit(1, "2", "ethics"), None, "2.00 not counted: no area accepts its subjects."),
        (credit(1, "2"), "safety", "2.00 not counted: Safety does not accept its subjects."),
        (credit(1, "0.10"), None, "0.10 not counted: points count in steps of 0.25."),
        (credit(1, "2", refused="The certificate names no date."), "rest",
         "2.00 not counted: The certificate names no date."),
        (credit(1, "2", refused=""), "rest", "2.00 not counted: refused."),
    ],
)  # fmt: skip
def test_a_reason_is_a_sentence(facts, where, expected):
    shares = [share(1, where, str(facts.points))] if where else []

    standing = evaluate(COMPILED, [facts], shares, WINDOW)

    assert sentences(standing.credit(1), COMPILED) == expected


def test_a_spare_credit_is_told_not_needed():
    standing = evaluate(COMPILED, [credit(1, "3"), credit(2, "3")], [share(1, "rest", "3")], WINDOW)

    assert sentences(standing.credit(2), COMPILED) == "3.00 not needed: every requirement is met without it."


def test_days_are_written_the_way_the_page_does():
    reason = evaluate(COMPILED, [credit(1, on="2015-05-31")], [], WINDOW).credit(1).main

    text = sentence(reason, COMPILED, Writing(day=lambda day: f"{day:%m/%d/%Y}"))

    assert text == "1.00 not counted: completed on 05/31/2015, before 06/01/2015, the first day that counts."


def test_points_are_written_the_way_the_page_does():
    credits = [credit(1, "3.50", kind="article"), credit(2, "0.10")]
    standing = evaluate(COMPILED, credits, [share(1, "rest", "3.50")], WINDOW)

    texts = [
        sentences(each, COMPILED, Writing(points=lambda points: f"{points.normalize():f}")) for each in standing.credits
    ]

    assert texts == [
        "2 counted in Rest. 1.5 not counted: Papers (at most 2).",
        "0.1 not counted: points count in steps of 0.25.",
    ]


def test_sentences_are_kept_for_each_way_of_writing():
    reason = evaluate(COMPILED, [credit(1, "2")], [], WINDOW).credit(1).main

    texts = [sentence(reason, COMPILED, Writing(points=write)) for write in (str, lambda points: f"{points:.0f}", str)]

    assert texts == ["2.00 not allocated yet.", "2 not allocated yet.", "2.00 not allocated yet."]


def test_sentences_are_in_the_language_of_whoever_reads():
    pirate = Writing({"{points} not allocated yet.": "{points} not buried yet, arr."}.__getitem__)
    reason = evaluate(COMPILED, [credit(1, "2")], [], WINDOW).credit(1).main

    assert [sentence(reason, COMPILED, write) for write in (pirate, PLAIN_ENGLISH, pirate)] == [
        "2.00 not buried yet, arr.",
        "2.00 not allocated yet.",
        "2.00 not buried yet, arr.",
    ]
