"""Log lines a machine can read and a person too, and in which nobody is named.

Our own lines say what they are given: numbers, and words that are no data of people. Those of libraries are told
without their arguments, since that is where addresses, forms and rows are; so are the messages of exceptions.
"""

import json
import logging
import sys
from collections.abc import Iterator, Mapping
from traceback import format_tb
from typing import Any

import structlog

OURS = ("accounts", "credentials", "education", "declarations", "audits", "cmp_portal")
# These name tasks and servers only.
TRUSTED = (*OURS, "celery.apps.worker", "celery.beat", "celery.worker.consumer.connection")
HARMLESS = {"id", "name", "runtime"}  # of a task
LEFT_OUT = "…"
ENCODER = json.JSONEncoder(default=repr)


class Formatter(structlog.stdlib.ProcessorFormatter):
    """One JSON object per line, from our own loggers and from every library."""

    def format(self, record: logging.LogRecord) -> str:
        if isinstance(record.msg, dict):  # ours, put together by the processors of structlog
            return ENCODER.encode(record.msg)
        return super().format(logging.makeLogRecord(record.__dict__ | {"msg": said_by(record), "args": ()}))


def formatter() -> logging.Formatter:
    """What the handlers of LOGGING write with; our own loggers are tied to it as well."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        told_without_data,
    ]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    return Formatter(
        foreign_pre_chain=[*shared, with_place],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, structlog.processors.JSONRenderer()],
    )


def said_by(record: logging.LogRecord) -> str:
    """What a line says, as far as it can name nobody; of a text made elsewhere nothing is known, so it is left out."""
    if is_trusted(record):
        return record.getMessage()
    return str(record.msg) % harmless(record.args) if record.args else LEFT_OUT


def is_trusted(record: logging.LogRecord) -> bool:
    """Gunicorn tells of itself while all is well; what it complains of is a request."""
    if record.name == "gunicorn.error":
        return record.levelno < logging.WARNING
    return any(record.name == name or record.name.startswith(f"{name}.") for name in TRUSTED)


def harmless(args: Any) -> Any:
    """Numbers stay, and what of a task is no data."""
    if isinstance(args, Mapping):
        return {key: value if key in HARMLESS else harmless_one(value) for key, value in args.items()}
    return tuple(harmless_one(one) for one in args)


def harmless_one(value: object) -> object:
    return value if isinstance(value, int | float) else LEFT_OUT


def with_place(_logger: Any, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Where a library's line comes from, so that one can read there what it would have said."""
    record: logging.LogRecord = event["_record"]
    return {**event, "at": f"{record.module}:{record.lineno}"}


def told_without_data(_logger: Any, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """An exception by its classes and lines of code; neither its message nor what variables held."""
    exc_info = event.pop("exc_info", None)
    if exc_info is True:
        exc_info = sys.exc_info()
    error = exc_info[1] if isinstance(exc_info, tuple) else exc_info
    if isinstance(error, BaseException):
        event["exception"] = "\n".join(reversed(list(links(error))))
    return event


def links(error: BaseException | None) -> Iterator[str]:
    """The exception, and those it came from."""
    while error is not None:
        yield "".join(format_tb(error.__traceback__)) + in_brief(error)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def in_brief(error: BaseException) -> str:
    """The class of an exception, and what the system or the database calls it: never its message."""
    name = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
    diagnosis = getattr(error, "diag", None)
    known = [getattr(error, "pgcode", None), getattr(diagnosis, "constraint_name", None)]
    if isinstance(error, OSError) and error.errno is not None:
        known.append(f"errno {error.errno}")
    return " ".join([name, *(str(one) for one in known if one)])
