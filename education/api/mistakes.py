"""What is wrong with a request that does not match the schema: where, and what to send instead."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

# By the validator's own types of errors; it fills in the limits.
TOLD = {
    "extra_forbidden": "There is no such field. Check its spelling.",
    "greater_than_equal": "Send {ge} or more.",
    "less_than_equal": "Send {le} or less.",
    "list_type": "Send a list.",
    "literal_error": "Send {expected}.",
    "missing": "This is missing.",
    "string_pattern_mismatch": "Use only letters, digits and signs of ASCII, without spaces.",
    "string_too_long": "Send at most {max_length} characters.",
    "string_too_short": "Send at least {min_length} characters.",
    "string_type": "Send text, in quotes.",
    "too_long": "Send at most {max_length} at once.",
    "too_short": "Send at least {min_length}.",
}
WHOLE_NUMBER = ("int_from_float", "int_parsing", "int_parsing_size", "int_type")
OBJECT = ("dict_type", "model_attributes_type", "model_type")
TOLD |= dict.fromkeys(WHOLE_NUMBER, "Send a whole number.") | dict.fromkeys(OBJECT, "Send a JSON object.")
# A field that may be text or a number has an error for each, one step below the field.
EITHER = {"str", "float"}
Mistake = dict[str, str]


def told(errors: Iterable[Mapping[str, Any]], *, most: int) -> list[Mistake]:
    """The first mistakes, each once; never what was sent, since that may be personal data."""
    found: dict[str, str] = {}
    for error in errors:
        *field, last = error["loc"]
        if last in EITHER and error["type"] != "extra_forbidden":
            found.setdefault(_pointer(field), "Send a number, or text in quotes.")
        else:
            found.setdefault(_pointer(error["loc"]), _words(error))
    return [{"pointer": where, "detail": words} for where, words in list(found.items())[:most]]


def _words(error: Mapping[str, Any]) -> str:
    return TOLD[error["type"]].format(**error.get("ctx", {})) if error["type"] in TOLD else str(error["msg"])


def _pointer(place: Sequence[str | int]) -> str:
    """A JSON pointer such as #/completions/3/title for the body; the name of anything else."""
    if place[0] == "body":
        return "#" + "".join(f"/{part}" for part in place[2:])
    return " ".join(str(part) for part in place)
