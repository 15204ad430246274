"""The people of the demo: four who can log in, and everybody else the Board knows."""

from cmp_portal.demo.stories import Act, Person, Story
from credentials.enums import Hold
from declarations.enums import Move


def submitted(days_ago: int) -> Act:
    return Act(Move.SUBMIT, days_ago)


def approved(days_ago: int) -> Act:
    return Act(Move.APPROVE, days_ago)


def audited(days_ago: int) -> Act:
    return Act(Move.AUDIT, days_ago)


def returned(days_ago: int, note: str) -> Act:
    return Act(Move.RETURN, days_ago, note)


def denied(days_ago: int, note: str) -> Act:
    return Act(Move.DENY, days_ago, note)


NO_CERTIFICATE = (
    "The presentation was declared without the program that names you as its speaker. Please attach it, or replace "
    "the credit, and submit again."
)
ONE_AREA_TWICE = (
    "Two entries seem to describe the same workshop on the same day. Please keep one of them and allocate another "
    "credit in its place."
)
ROUTINE = (
    "Several of the activities were routine staff meetings, which never count, and the requested documents did not "
    "arrive in time."
)

SIGNED_IN = (
    Person(
        "Hannah",
        "Ellery",
        (Story("MLS(ASCP)", ends_in=0, lacks="ethics", renewed_before=True),),
        email="holder@example.org",
    ),
    Person(
        "Noel",
        "Castellan",
        (Story("MLT(ASCP)", certified_ago=38, filled="0", unallocated=1),),
        email="newcomer@example.org",
    ),
    Person(
        "Edith",
        "Marchetti-Boyd",
        (Story("HTL(ASCP)", ends_in=-70, filled="0.7", unallocated=2),),
        email="expired@example.org",
    ),
    Person(
        "Samuel",
        "Verhoeven",
        (
            Story("MLS(ASCP)", ends_in=290, filled="0.75", unallocated=3, college=True),
            Story("SBB(ASCP)", ends_in=33),
            Story("PA(ASCP)", ends_in=560, filled="0.5", unallocated=1),
            Story("H(ASCP)"),
        ),
        email="several@example.org",
    ),
)

OTHERS = (
    # In progress.
    Person("Amara", "Lindqvist", (Story("MLS(ASCP)", certified_ago=24, filled="0"),)),
    Person("Tobias", "Renshaw", (Story("PBT(ASCP)", certified_ago=61, filled="0", unallocated=2),)),
    Person("Ingrid", "Falconer", (Story("MLS(ASCP)", ends_in=410, filled="0.6", unallocated=1),)),
    Person("Kwabena", "Thorsby", (Story("MLT(ASCP)", ends_in=720, filled="0.35"),)),
    Person("Lucia", "Abernathy", (Story("HT(ASCP)", ends_in=930, filled="0.1", unallocated=2, renewed_before=True),)),
    Person("Rafael", "Winterbourne", (Story("M(ASCP)", ends_in=250, filled="0.8", unallocated=1),)),
    Person("Mei", "Castlebrook", (Story("MB(ASCP)", ends_in=500, filled="0.55"),)),
    Person("Dorothea", "Quill", (Story("DLM(ASCP)", ends_in=610, filled="0.4", unallocated=1),)),
    Person("Yusuf", "Hartgrove", (Story("PA(ASCP)", ends_in=330, filled="0.7"),)),
    Person("Clementine", "Osei-Ward", (Story("CT(ASCP)", ends_in=200, filled="0.85"),)),
    # Fully allocated, but the declaration is not open yet.
    Person("Gregor", "Ashdown", (Story("MLS(ASCP)", ends_in=150),)),
    Person("Priscilla", "Nakagawa-Hill", (Story("SC(ASCP)", ends_in=125, unallocated=1),)),
    # Open and ready; open and late.
    Person("Beatrix", "Somerville", (Story("MLS(ASCP)", ends_in=34, unallocated=1),)),
    Person("Jerome", "Fairweather", (Story("BB(ASCP)", ends_in=45, renewed_before=True),)),
    Person("Wanda", "Oyelaran-Price", (Story("MLT(ASCP)", ends_in=0),)),
    Person("Silas", "Greenholt", (Story("MLS(ASCP)", ends_in=0, filled="0.8", unallocated=2),)),
    # Expired, some longer ago than others.
    Person("Fiona", "Blackwood-Ruiz", (Story("MLS(ASCP)", ends_in=-45, filled="0.5"),)),
    Person("Marcus", "Ingleby", (Story("PBT(ASCP)", ends_in=-400, filled="0.3"),)),
    # Lifetime certificates, and holders who maintain one voluntarily.
    Person("Theodora", "Pembroke", (Story("MLS(ASCP)"),)),
    Person("Walter", "Szymborski-Lane", (Story("HT(ASCP)"), Story("HTL(ASCP)", ends_in=380, filled="0.5"))),
    Person("Rosalind", "Achterberg", (Story("MLS(ASCP)", ends_in=170, filled="0.65", voluntary=True),)),
    # Under review.
    Person("Nathaniel", "Brightwater", (Story("MLS(ASCP)", ends_in=40, acts=(submitted(2),)),)),
    Person("Esperanza", "Whitlock", (Story("MLT(ASCP)", ends_in=36, acts=(submitted(5),)),)),
    Person("Callum", "Devereaux-Singh", (Story("SBB(ASCP)", ends_in=50, acts=(submitted(9),)),)),
    Person("Juniper", "Halloran", (Story("PA(ASCP)", ends_in=25, acts=(submitted(16),), renewed_before=True),)),
    Person("Odette", "Kirkbride", (Story("H(ASCP)", ends_in=20, acts=(submitted(27),), college=True),)),
    Person("Leopold", "Marlowe-Chen", (Story("MLS(ASCP)", ends_in=-31, acts=(submitted(36),)),)),
    Person("Henrietta", "Stroud", (Story("MLS(ASCP)", ends_in=-150, acts=(submitted(12),)),)),
    # Under audit.
    Person("Bartholomew", "Crane-Adeyemi", (Story("MLS(ASCP)", ends_in=30, acts=(submitted(24), audited(15))),)),
    Person("Philippa", "Lockhart", (Story("SM(ASCP)", ends_in=15, acts=(submitted(41), audited(28))),)),
    # Returned to their holders, or denied.
    Person(
        "Ezra", "Holloway-Nunes", (Story("MLT(ASCP)", ends_in=30, acts=(submitted(21), returned(6, NO_CERTIFICATE))),)
    ),
    Person(
        "Marguerite",
        "Yardley",
        (Story("CG(ASCP)", ends_in=20, acts=(submitted(33), returned(19, ONE_AREA_TWICE), submitted(11))),),
    ),
    Person("Conrad", "Eastmond", (Story("MLS(ASCP)", ends_in=5, acts=(submitted(48), denied(8, ROUTINE))),)),
    # Renewed, reinstated, or waiting for the month in which the cycle ends.
    Person("Delphine", "Waverly", (Story("MLS(ASCP)", ends_in=-20, acts=(submitted(46), approved(2))),)),
    Person("Augustin", "Feathers", (Story("C(ASCP)", ends_in=-55, acts=(submitted(80), approved(62))),)),
    Person("Miriam", "Thackeray-Obi", (Story("MLT(ASCP)", ends_in=-170, acts=(submitted(58), approved(37))),)),
    Person("Percival", "Standish", (Story("MLS(ASCP)", ends_in=33, acts=(submitted(20), approved(6))),)),
    # On hold.
    Person(
        "Vivian",
        "Copperfield-Roy",
        (
            Story(
                "MLT(ASCP)",
                ends_in=460,
                filled="0.4",
                hold=Hold.SUSPENDED,
                hold_reason="Suspended until the licensing board of the state has ended its inquiry.",
            ),
        ),
    ),
    Person(
        "Ignatius",
        "Rookwood",
        (
            Story(
                "PBT(ASCP)",
                ends_in=520,
                filled="0.3",
                hold=Hold.REVOKED,
                hold_reason="Revoked: the certificate had been issued on forged transcripts.",
            ),
        ),
    ),
)

PEOPLE = SIGNED_IN + OTHERS
