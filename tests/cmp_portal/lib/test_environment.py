from io import StringIO

import pytest
from allauth.core.internal.ratelimit import parse_rates

from cmp_portal.lib.environment import Environment, InvalidEnvironment


@pytest.mark.parametrize(("name", "production"), [("production", True), ("development", False), (None, False)])
def test_production_is_said_by_one_variable(name, production):
    env = Environment.read({} if name is None else {"CMP_ENV": name})

    assert env.production is production


@pytest.mark.parametrize("name", ["Production", "prod", "production "])
def test_production_misspelled_does_not_start_as_development(name):
    env = Environment.read({"CMP_ENV": name})

    assert env.problems == [f"CMP_ENV is {name!r}, but must be one of: production, development"]


@pytest.mark.parametrize(("value", "level"), [("", "INFO"), ("DEBUG", "DEBUG")])
def test_choice_is_one_of_those_offered(value, level):
    env = Environment({"LOG_LEVEL": value})

    assert (env.choice("LOG_LEVEL", of=("DEBUG", "INFO"), default="INFO"), env.problems) == (level, [])


@pytest.mark.parametrize(("value", "zone"), [("", "America/Chicago"), ("Europe/Paris", "Europe/Paris")])
def test_zone_is_a_time_zone(value, zone):
    env = Environment({"BOARD_TIME_ZONE": value})

    assert (env.zone("BOARD_TIME_ZONE", default="America/Chicago"), env.problems) == (zone, [])


@pytest.mark.parametrize("value", ["Chicago", "America", "/etc/passwd", "../x"])
def test_zone_refuses_what_is_none(value):
    env = Environment({"BOARD_TIME_ZONE": value})

    assert env.zone("BOARD_TIME_ZONE", default="America/Chicago") == "America/Chicago"
    assert env.problems == [f"BOARD_TIME_ZONE is {value!r}, but must be a time zone such as America/Chicago"]


@pytest.mark.parametrize("value", ["30/m/ip, 500/d/ip", "20/h/key", "0/m/ip", "5/15m/key", "30/m"])
def test_limits_are_numbers_per_period_and_thing(value):
    env = Environment({"VERIFICATION_PER_NUMBER": value})

    assert (env.limits("VERIFICATION_PER_NUMBER", default="20/h/key", per=["key", "ip"]), env.problems) == (value, [])
    assert parse_rates(value)


@pytest.mark.parametrize(
    "value",
    [
        "lots",
        "30",
        "30/m/ip,",
        "30/m/ip;500/d/ip",
        "30/x/ip",
        "30/0m/ip",
        "30/99999d/ip",
        "-1/m/ip",
        "1e3/m/ip",
        "٢٥/m/ip",
        "9" * 5_000 + "/m/ip",
        "30/m/address",
        "30/m/user",
        "30/m/ip/key",
    ],
    ids=lambda value: value[:20],
)
def test_limits_refuse_what_would_fail_in_use(value):
    env = Environment({"VERIFICATION_PER_NUMBER": value})

    assert env.limits("VERIFICATION_PER_NUMBER", default="20/h/key", per=["key", "ip"]) == "20/h/key"
    assert env.problems == [
        f"VERIFICATION_PER_NUMBER is {value!r}, but must be limits such as 20/h/key, each ending in /key or /ip"
    ]


def test_text_has_a_default_also_when_empty():
    env = Environment({"BOARD_NAME": ""})

    assert env.text("BOARD_NAME", default="Board of Certification") == "Board of Certification"


def test_required_has_a_development_value():
    env = Environment({})

    assert (env.required("SECRET_KEY", development="x"), env.problems) == ("x", [])


def test_required_is_missed_in_production():
    env = Environment({}, production=True)

    env.required("SECRET_KEY", development="x")

    assert env.problems == ["SECRET_KEY is not set"]


@pytest.mark.parametrize(
    ("value", "flag"),
    [
        ("1", True),
        ("TRUE", True),
        ("yes", True),
        ("on", True),
        ("0", False),
        ("No", False),
        ("off", False),
        ("", False),
    ],
)
def test_flag_reads_words(value, flag):
    env = Environment({"CMP_DEMO": value})

    assert (env.flag("CMP_DEMO", default=not flag), env.problems) == (flag, [])


@pytest.mark.parametrize("default", [True, False])
def test_flag_has_a_default(default):
    assert Environment({}).flag("CMP_DEMO", default=default) is default


def test_flag_refuses_other_words():
    env = Environment({"CMP_DEMO": "perhaps"})

    env.flag("CMP_DEMO", default=False)

    assert env.problems == ["CMP_DEMO is 'perhaps', but must be 1 or 0"]


@pytest.mark.parametrize(("value", "number"), [("25", 25), ("0", 0), ("", 7)])
def test_integer_reads_whole_numbers(value, number):
    assert Environment({"EMAIL_PORT": value}).integer("EMAIL_PORT", default=7) == number


@pytest.mark.parametrize("value", ["25.0", "-1", "twenty", "٢٥", "1e3"])
def test_integer_refuses_anything_else(value):
    env = Environment({"EMAIL_PORT": value})

    assert (env.integer("EMAIL_PORT", default=7), len(env.problems)) == (7, 1)


@pytest.mark.parametrize(
    ("name", "most"),
    [
        ("EVIDENCE_RETENTION_YEARS", 100),
        ("REVIEW_DAYS", 36_525),
        ("API_KEYS_KEPT_HOURS", 876_600),
        ("REVIEW_LEASE_MINUTES", 52_596_000),
        ("SESSION_MAX_SECONDS", 3_155_760_000),
    ],
)
def test_time_is_a_century_at_most(name, most):
    """No calendar has a day so long ago as thousands of years before now would be."""
    env = Environment({name: str(most)})
    longer = Environment({name: str(most + 1)})

    assert (env.optional_integer(name), env.problems) == (most, [])
    assert longer.optional_integer(name) is None
    assert longer.problems == [f"{name} is '{most + 1}', but must be a whole number up to {most}"]


def test_integer_is_no_more_than_its_most():
    env = Environment({"DIGEST_HOUR": "24"})

    assert (env.integer("DIGEST_HOUR", default=7, most=23), env.problems) == (
        7, ["DIGEST_HOUR is '24', but must be a whole number up to 23"],
    )  # fmt: skip


def test_number_of_thousands_of_digits_is_a_problem_too():
    env = Environment({"EMAIL_PORT": "9" * 5_000})

    assert (env.integer("EMAIL_PORT", default=25), len(env.problems)) == (25, 1)


def test_name_that_is_given_twice_is_a_problem():
    env = Environment({"OIDC_ROLES": "cmp=reviewer,cmp=auditor"})

    env.mapping("OIDC_ROLES")

    assert env.problems == ["OIDC_ROLES names 'cmp' twice: keep only one"]


def test_optional_integer_is_none_when_unset():
    assert Environment({}).optional_integer("REEXAMINATION_AFTER_YEARS") is None


@pytest.mark.parametrize(
    ("value", "hosts"), [("a.example, b.example", ["a.example", "b.example"]), (" , ", ["x"]), ("", ["x"])]
)
def test_list_is_separated_by_commas(value, hosts):
    assert Environment({"ALLOWED_HOSTS": value}).list("ALLOWED_HOSTS", default=["x"]) == hosts


@pytest.mark.parametrize(
    ("value", "networks"), [("10.0.0.0/8, fd00::/8", ["10.0.0.0/8", "fd00::/8"]), ("10.1.2.3", ["10.1.2.3"]), ("", [])]
)
def test_networks_are_separated_by_commas(value, networks):
    env = Environment({"METRICS_NETWORKS": value})

    assert (env.networks("METRICS_NETWORKS"), env.problems) == (networks, [])


@pytest.mark.parametrize(
    ("value", "named", "why"),
    [
        ("office", "office", "'office' does not appear to be an IPv4 or IPv6 network"),
        ("10.0.0.0/8, 10.0.0.0/99", "10.0.0.0/99", "'10.0.0.0/99' does not appear to be an IPv4 or IPv6 network"),
        ("10.1.2.3/8", "10.1.2.3/8", "10.1.2.3/8 has host bits set"),
    ],
)
def test_networks_refuse_what_is_none(value, named, why):
    env = Environment({"METRICS_NETWORKS": value})

    env.networks("METRICS_NETWORKS")

    assert env.problems == [f"METRICS_NETWORKS has {named!r}, but must be networks such as 10.0.0.0/8: {why}"]


def test_integer_is_no_less_than_its_least():
    env = Environment({"EMAIL_TIMEOUT": "0"})

    assert (env.integer("EMAIL_TIMEOUT", default=20, least=1), env.problems) == (
        20,
        ["EMAIL_TIMEOUT is '0', but must be a whole number of at least 1"],
    )


def test_every_missing_variable_is_named_at_once():
    env, said = Environment({"EMAIL_PORT": "many"}, production=True), StringIO()
    env.required("SECRET_KEY", development="x")
    env.required("SITE_URL", development="x")
    env.integer("EMAIL_PORT", default=25)

    with pytest.raises(InvalidEnvironment) as end:
        env.complain_about_missing(stream=said)

    assert (end.value.code, said.getvalue().splitlines()) == (
        2,
        [
            "settings: SECRET_KEY is not set",
            "settings: SITE_URL is not set",
            "settings: EMAIL_PORT is 'many', but must be a whole number",
        ],
    )


def test_a_whole_environment_says_nothing():
    said = StringIO()

    Environment({}).complain_about_missing(stream=said)

    assert said.getvalue() == ""


@pytest.mark.parametrize(
    ("value", "pairs"),
    [("a=reviewer, b c = auditor", {"a": "reviewer", "b c": "auditor"}), ("", {}), ("a=b=c", {"a": "b=c"})],
)
def test_mapping_is_pairs_separated_by_commas(value, pairs):
    assert Environment({"OIDC_ROLES": value}).mapping("OIDC_ROLES") == pairs


@pytest.mark.parametrize("value", ["reviewer", "=reviewer", "a=", "a=b,c"])
def test_mapping_refuses_what_is_no_pair(value):
    env = Environment({"OIDC_ROLES": value})

    env.mapping("OIDC_ROLES")

    assert len(env.problems) == 1


def test_a_value_may_stand_in_a_file(tmp_path):
    file = tmp_path / "secret_key"
    file.write_text("long and by chance\n")
    env = Environment({"SECRET_KEY": "", "SECRET_KEY_FILE": str(file)}, production=True)

    assert (env.required("SECRET_KEY", development="x"), env.problems) == ("long and by chance", [])


@pytest.mark.parametrize(
    ("read", "default", "text", "value"),
    [("integer", 7, "25", 25), ("list", [], "old, older\n", ["old", "older"]), ("flag", False, "yes\n", True)],
)
def test_a_value_of_any_kind_may_stand_in_a_file(tmp_path, read, default, text, value):
    (tmp_path / "file").write_text(text)
    env = Environment({"NAME_FILE": str(tmp_path / "file")})

    assert getattr(env, read)("NAME", default=default) == value


def test_an_empty_file_is_no_value(tmp_path):
    (tmp_path / "secret_key").write_text("\n")
    env = Environment({"SECRET_KEY_FILE": str(tmp_path / "secret_key")}, production=True)

    env.required("SECRET_KEY", development="x")

    assert env.problems == ["SECRET_KEY is not set"]


def test_a_file_that_cannot_be_read_is_named_once():
    env = Environment({"SECRET_KEY_FILE": "/nowhere/secret_key"}, production=True)

    env.required("SECRET_KEY", development="x")

    assert env.problems == ["SECRET_KEY_FILE is '/nowhere/secret_key', which cannot be read: No such file or directory"]


def test_a_file_of_bytes_is_no_value(tmp_path):
    (tmp_path / "secret_key").write_bytes(b"\xff\xfe")
    env = Environment({"SECRET_KEY_FILE": str(tmp_path / "secret_key")})

    env.text("SECRET_KEY", default="")

    assert env.problems == [f"SECRET_KEY_FILE is '{tmp_path}/secret_key', which cannot be read: not a text file"]


def test_a_value_stands_in_one_place(tmp_path):
    (tmp_path / "secret_key").write_text("one")
    env = Environment({"SECRET_KEY": "other", "SECRET_KEY_FILE": str(tmp_path / "secret_key")})

    env.text("SECRET_KEY", default="")

    assert env.problems == ["SECRET_KEY and SECRET_KEY_FILE are both set: keep only one"]
