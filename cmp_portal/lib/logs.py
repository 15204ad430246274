"""JSON log lines, readable by machines and people, without personal data.

Our own lines contain what they are given: numbers, and words that are not personal data. Lines of libraries are logged
without their arguments, and exceptions without their messages: these may hold addresses, forms and rows.
"""

import json
import logging
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from traceback import format_tb
from typing import Any

import structlog

OURS = ("accounts", "credentials", "education", "declarations", "audits", "cmp_portal")
# These log only task and server names.
TRUSTED = (*OURS, "celery.apps.worker", "celery.beat", "celery.worker.consumer.connection")
HARMLESS = {"id", "name", "runtime"}  # keys of a task's arguments that are safe
LEFT_OUT = "…"
ENCODER = json.JSONEncoder(default=repr)
# Not structlog's, which looks through all context variables of the process, some sixty, for each line.
_context: ContextVar[Mapping[str, object]] = ContextVar("context of log lines")


class Formatter(structlog.stdlib.ProcessorFormatter):
    """One JSON object per line, for our own loggers and every library's."""

    def format(self, record: logging.LogRecord) -> str:
        if isinstance(record.msg, dict):  # ours, built by structlog's processors
            return ENCODER.encode(record.msg)
        return super().format(logging.makeLogRecord(record.__dict__ | {"msg": said_by(record), "args": ()}))


def set_context(**context: object) -> None:
    """What every log line carries from here on, instead of what it did."""
    _context.set(context)


@contextmanager
def more_context(**context: object) -> Iterator[None]:
    """What log lines carry in addition."""
    token = _context.set({**_context.get({}), **context})
    try:
        yield
    finally:
        _context.reset(token)


def write(logger: logging.Logger, event: str, **said: object) -> None:
    """Log an event at INFO as structlog would, in half the time; for the line that each request has."""
    if logger.isEnabledFor(logging.INFO):
        moment = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        line = said | {"event": event, **_context.get({}), "level": "info", "logger": logger.name, "timestamp": moment}
        logger.handle(logging.LogRecord(logger.name, logging.INFO, "", 0, line, None, None))


def formatter() -> logging.Formatter:
    """The formatter for the handlers of LOGGING; also configures structlog for our own loggers."""
    # Of no line of ours, but looked up for each.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    shared: list[structlog.typing.Processor] = [
        with_context,
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
    """A record's message without personal data; a preformatted message is unknown, so it is left out."""
    if is_trusted(record):
        return record.getMessage()
    return str(record.msg) % harmless(record.args) if record.args else LEFT_OUT


def is_trusted(record: logging.LogRecord) -> bool:
    """Whether a record may be logged in full; of Gunicorn's, only those below WARNING, as others quote requests."""
    if record.name == "gunicorn.error":
        return record.levelno < logging.WARNING
    return any(record.name == name or record.name.startswith(f"{name}.") for name in TRUSTED)


def harmless(args: Any) -> Any:
    """Log arguments with all but numbers and safe task fields replaced."""
    if isinstance(args, Mapping):
        return {key: value if key in HARMLESS else harmless_one(value) for key, value in args.items()}
    return tuple(harmless_one(one) for one in args)


def harmless_one(value: object) -> object:
    return value if isinstance(value, int | float) else LEFT_OUT


def with_context(_logger: Any, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    return {**_context.get({}), **event}


def with_place(_logger: Any, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Add a library record's module and line, so that the omitted message can be looked up in the source."""
    record: logging.LogRecord = event["_record"]
    return {**event, "at": f"{record.module}:{record.lineno}"}


def told_without_data(_logger: Any, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Replace exception info by classes, lines of code and error codes; neither messages nor variables."""
    exc_info = event.pop("exc_info", None)
    if exc_info is True:
        exc_info = sys.exc_info()
    error = exc_info[1] if isinstance(exc_info, tuple) else exc_info
    if isinstance(error, BaseException):
        event["exception"] = "\n".join(reversed(list(links(error))))
    return event


def links(error: BaseException | None) -> Iterator[str]:
    """The exception and its causes, outermost first."""
    while error is not None:
        yield "".join(format_tb(error.__traceback__)) + in_brief(error)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def in_brief(error: BaseException) -> str:
    """The exception's class, SQLSTATE, constraint and errno; never its message."""
    name = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
    diagnosis = getattr(error, "diag", None)
    known = [getattr(error, "pgcode", None), getattr(diagnosis, "constraint_name", None)]
    if isinstance(error, OSError) and error.errno is not None:
        known.append(f"errno {error.errno}")
    return " ".join([name, *(str(one) for one in known if one)])
