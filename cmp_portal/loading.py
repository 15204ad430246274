"""Restores a holder from an archive into a portal that does not know them, row by row as the file says.

Triggers that guard individual transitions are disabled meanwhile, since rows are restored rather than changed.
Constraints hold, history is written, and what was signed is checked against its hashes before anything is committed.
What the portal derives from a record (frozen requirements, statuses, the review queue) is then derived here too.
"""

import json
import zlib
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zipfile import BadZipFile, ZipFile

import pgtrigger
from django.core.exceptions import ValidationError
from django.core.files import File
from django.core.management.color import no_style
from django.db import (
    DEFAULT_DB_ALIAS,
    DatabaseError,
    OperationalError,
    ProgrammingError,
    connection,
    models,
    transaction,
)

from accounts.models import ChangeDocument, Holder, User
from cmp_portal.archive import MISSING, RECORD, Document
from cmp_portal.export import parts_of
from cmp_portal.lib.exports import Part
from cmp_portal.lib.uploads import sha256_of
from credentials.enums import ClaimState
from credentials.models import Claim, Cycle, RequirementSet
from declarations.actions import enter
from declarations.models import Declaration, Terms
from declarations.queries import verification_of
from education.actions import refresh_status
from education.models import Evidence

# Parts that are not restored, and why.
LEFT_OUT = {
    "staff_identity": "the Board says who is staff",
    "second_steps": "their secrets are in no file",
    "sessions": "a login is valid only in the portal it was made in",
    "proofs": "copies already given out point to the portal that vouches for them",
    "prints": "as for the letters and certificates themselves",
    "badges": "as for the letters and certificates themselves",
    "share_links": "links already given out point to the portal that made them",
    "fees": "money is settled where it was paid",
    "payments": "as for fees",
    "refunds": "as for fees",
    "calendar": "its address is a secret, which is in no file",
}
# The archive does not say who decided either: this account, which nobody can use, stands for the Board.
BOARD = "board@loaded.invalid"
# What is wrong with an archive, by the first error that fits.
WRONG: tuple[tuple[tuple[type[Exception], ...], str], ...] = (
    ((json.JSONDecodeError, UnicodeDecodeError, RecursionError), f"{RECORD} is not JSON"),
    ((BadZipFile, EOFError, RuntimeError, zlib.error), "an entry is incomplete, or needs a password"),
    ((KeyError,), f"{RECORD}, or a part or field in it, is missing"),
    ((ValidationError, DatabaseError), f"a value in {RECORD} is not allowed"),
    ((TypeError, ValueError), f"{RECORD} is not laid out as export_holder writes it"),
)
UNSOUND = tuple(error for errors, _words in WRONG for error in errors)
DOCUMENTS = (Evidence, ChangeDocument)
# The columns by which reference data is referred to.
NAMED_BY = (
    "requirement_set__credential_type__code",
    "requirement_set__version",
    "credential_type__code",
    "version",
    "code",
)
# Declarations are numbered by their ids, so the next ids must be beyond the serial numbers of those that were loaded.
COUNT_BEYOND = """
    SELECT setval(ids, GREATEST(%s, COALESCE(pg_sequence_last_value(ids), 1)))
      FROM (SELECT pg_get_serial_sequence(%s, 'id')::regclass AS ids) s
"""


class NotLoaded(Exception):
    """The archive can't be loaded; nothing was changed."""


@transaction.atomic
def load_archive(archive: ZipFile, *, at: datetime) -> Holder:
    """Restore the archive's holder with everything in it except LEFT_OUT; raises NotLoaded with the reason."""
    try:
        record: dict[str, Any] = json.loads(archive.read(RECORD))
        (person,) = record["register"]
        known = Holder.objects.filter(customer_number=person["customer_number"])
        if known.exists():
            raise NotLoaded("a holder with this customer number already exists")
        _refuse_taken(record)
        # The export of an unsaved holder, used only for the columns of each part.
        parts = list(parts_of(Holder(pk=0)))
        # A savepoint, so that an error is rolled back before triggers are enabled again.
        with _guards_at_rest(), transaction.atomic():
            holder = _Loading(archive, at).everything(record, parts)
        _verify(holder, lost=MISSING in archive.namelist())
        _derive(holder, at=at)
    except UNSOUND as problem:
        if _is_ours(problem):
            raise
        raise NotLoaded(_in_words(problem)) from problem
    return holder


def _refuse_taken(record: dict[str, Any]) -> None:
    """Raise NotLoaded if a cycle or declaration here has what identifies one in the archive; both are signed."""
    cycles = Cycle.objects.filter(pk__in=[one["id"] for one in record["cycles"]])
    if (taken := cycles.order_by("pk").values_list("pk", flat=True).first()) is not None:
        raise NotLoaded(f"another holder's cycle has the id {taken} in this portal")
    numbers = [one["number"] for one in record["declarations"] if one["number"]]
    declarations = Declaration.objects.filter(number__in=numbers).order_by("number")
    if (number := declarations.values_list("number", flat=True).first()) is not None:
        raise NotLoaded(f"another holder's declaration has the number {number} in this portal")


def _own_claims(record: dict[str, Any]) -> list[dict[str, Any]]:
    """The claims without those to another holder's record, which this portal may not know."""
    own = {one["certificate_number"] for one in record["credentials"]}
    return [one for one in record["claims"] if one["state"] == ClaimState.REFUSED or one["certificate_number"] in own]


def _derive(holder: Holder, *, at: datetime) -> None:
    """Freeze the requirements signed under, count on, and write the statuses and queue entries."""
    signed = holder.declarations.filter(received_at__isnull=False)
    RequirementSet.objects.filter(pk__in=signed.values("requirement_set"), frozen_at=None).update(frozen_at=at)
    serials = [str(number).rpartition("-")[2] for number in signed.values_list("number", flat=True)]
    if known := [int(serial) for serial in serials if serial.isdecimal()]:
        with connection.cursor() as cursor:
            cursor.execute(COUNT_BEYOND, [max(known), Declaration._meta.db_table])
    refresh_status(holder.cycles.values_list("pk", flat=True), at=at)
    enter(signed.values_list("pk", flat=True))


def _verify(holder: Holder, *, lost: bool) -> None:
    """Raise NotLoaded unless every declaration matches its signed hashes, whatever the file says.

    `lost` means that the archive lacks documents.
    """
    perhaps = f"; {MISSING} in the archive lists documents that it lacks" if lost else ""
    for number in holder.declarations.filter(number__isnull=False).values_list("number", flat=True):
        found = verification_of(str(number))
        if found is None or found.differences:
            raise NotLoaded(f"declaration {number} does not match what was signed{perhaps}")


def _is_ours(problem: Exception) -> bool:
    """Whether the database failed, or lacks tables, rather than refused what the archive says."""
    lacks = isinstance(problem, ProgrammingError) and getattr(problem.__cause__, "pgcode", None) is not None
    return lacks or isinstance(problem, OperationalError)


def _in_words(problem: Exception) -> str:
    """An error message that names no rows or values."""
    words = next(words for errors, words in WRONG if isinstance(problem, errors))
    return f"the archive is inconsistent or damaged: {words}; export the holder again"


def _unknown(part: Part, told: list[dict[str, Any]]) -> Iterator[str]:
    """The reference data that rows refer to and this portal lacks, by name, since it is nobody's."""
    referred = defaultdict[str, dict[str, str]](dict)
    for name, path in part.columns.items():
        own, _, beyond = path.partition("__")
        if beyond in NAMED_BY:
            referred[own][beyond] = name
    for own, names in referred.items():
        model: Any = part.rows.model._meta.get_field(own).related_model
        if _is_somebodys(model):
            continue
        for values in {tuple(one[name] for name in names.values()) for one in told}:
            if any(values) and not model.objects.filter(**dict(zip(names, values, strict=True))).exists():
                yield f"{model._meta.verbose_name} {' '.join(map(str, values))}"


def _is_somebodys(model: Any) -> bool:
    return any(field.name == "holder" for field in model._meta.fields)


def _guards_at_rest() -> Any:
    """Disable all triggers except those that write history."""
    history = {"insert_insert", "update_update", "delete_delete"}
    uris = [f"{model._meta.label}:{one.name}" for model, one in pgtrigger.registered() if one.name not in history]
    return pgtrigger.ignore(*uris, databases=[DEFAULT_DB_ALIAS])


class _Loading:
    """The restoration of one archive."""

    def __init__(self, archive: ZipFile, at: datetime) -> None:
        self.archive, self.at = archive, at
        self.holder, self.login = Holder(), User()
        self._board: User | None = None

    def everything(self, record: dict[str, Any], parts: list[Part]) -> Holder:
        record = {**record, "claims": _own_claims(record)}
        loaded = [part for part in parts if part.name not in LEFT_OUT]
        if missing := sorted({words for part in loaded for words in _unknown(part, record[part.name])}):
            raise NotLoaded(f"the archive names what is not in this portal: {', '.join(missing)}; add it first")
        for part in loaded:
            self._part(part, record[part.name])
        self._count_on(Cycle)
        return self.holder

    def _part(self, part: Part, told: list[dict[str, Any]]) -> None:
        model: type[Any] = part.rows.model
        if model is User:
            told = [{**one, "roles": []} for one in told]
        rows: list[Any] = [self._row(model, part.columns, one) for one in told]
        if model in DOCUMENTS:
            for row in rows:
                self._with_file(row)
        else:
            # Others may have signed under the same terms.
            model.objects.bulk_create(rows, ignore_conflicts=model is Terms)
        if rows and model is Holder:
            self.holder = rows[0]
        if rows and model is User:
            self.login = rows[0]
            self.login.set_unusable_password()
            self.login.save(update_fields=["password"])

    def _row(self, model: type[models.Model], columns: dict[str, str], told: dict[str, Any]) -> models.Model:
        row, found = model(), dict[str, dict[str, Any]]()
        for name, path in columns.items():
            own, _, beyond = path.partition("__")
            if beyond:
                found.setdefault(own, {})[beyond] = told[name]
            else:
                field: Any = model._meta.get_field(own)
                setattr(row, field.attname, field.to_python(told[name]))
        for own, values in found.items():
            setattr(row, own, self._looked_up(model._meta.get_field(own).related_model, values))
        self._sign(row)
        return row

    def _looked_up(self, model: Any, values: dict[str, Any]) -> models.Model | None:
        if all(value is None for value in values.values()):
            return None
        if values.keys() == {"code", "title"}:
            del values["title"]  # it may be worded differently here
        mine = {"holder": self.holder} if _is_somebodys(model) else {}
        try:
            found: models.Model = model.objects.get(**values, **mine)
        except model.DoesNotExist:
            raise NotLoaded(f"{model._meta.verbose_name} named in the archive is not in this portal") from None
        return found

    def _sign(self, row: Any) -> None:
        """Set the row's owner and actors, which the file lacks: the holder for requests, the Board for all else."""
        for field in row._meta.fields:
            if field.name == "holder":
                is_refused = isinstance(row, Claim) and row.state == ClaimState.REFUSED
                row.holder = None if is_refused else self.holder
            elif field.name == "user":
                row.user = self.login
            elif field.related_model is User and getattr(row, f"{field.name.removesuffix('by')}at", None):
                asked = field.name in {"requested_by", "raised_by"} and self.login.pk
                setattr(row, field.name, self.login if asked else self.board)

    @property
    def board(self) -> User:
        if self._board is None:
            self._board = User.objects.filter(email=BOARD).first() or User.objects.create_user(BOARD, is_active=False)
        return self._board

    def _with_file(self, row: Document) -> None:
        """Save a document with its file, if the archive has it; raises NotLoaded if that is not the file uploaded."""
        inside = [one for one in self.archive.namelist() if one.startswith(f"documents/{row.uuid}/")]
        if inside:
            with self.archive.open(inside[0]) as inner:
                file: Any = File(inner, name=row.name)
                if sha256_of(file) != row.sha256:
                    raise NotLoaded(f"document {row.uuid} is not the file that was uploaded")
                row.file.save(row.name, file, save=False)
        else:
            # The other portal had lost it too: here it is also missing, rather than never uploaded.
            row.file.name = row.file.field.generate_filename(row, row.name)
        row.save(force_insert=True)

    def _count_on(self, model: type[models.Model]) -> None:
        """Advance the table's sequence past rows that kept their ids."""
        for statement in connection.ops.sequence_reset_sql(no_style(), [model]):
            with connection.cursor() as cursor:
                cursor.execute(statement)
