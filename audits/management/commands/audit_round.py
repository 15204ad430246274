import argparse
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from accounts.management.jobs import run_by_hand
from audits import actions, queries, rules
from audits.models import Round
from cmp_portal.lib import clock
from cmp_portal.lib.commands import EXIT_RUNNING, STDIO, moment, pour, raise_if_full, whole, whole_or_gone
from cmp_portal.lib.commands import Command as BaseCommand

EXIT_REFUSED = 2


class Command(BaseCommand):
    help = (
        "Select declarations for audit by a random draw that anyone can reproduce.\n\n"
        "  open     publish a new round: its rates, cut-off and seed digest\n"
        "  draw     after the cut-off, reveal the seed and draw; without --round, every round that is due\n"
        "  report   show the results of a round, as text, CSV or PDF\n"
        "  list     list all rounds\n\n"
        "Each is safe to run again: a round is opened once for a cut-off, and drawn once. docs/audit-rounds.md\n"
        "describes how the draw is made and what is published."
    )
    exit_codes = {EXIT_RUNNING: "a draw is already running"}
    example = 'manage.py audit_round open --rate 5% --type "MLS(ASCP)=10%" --cutoff 2026-12-31T23:59:59'

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_subparsers(dest="what", required=True, metavar="open | draw | report | list")
        rates = '--rate 5% --type "MLS(ASCP)=10%" --late 10% --findings 20%'
        opening = f"audit_round open {rates} --cutoff 2026-12-31T23:59:59"
        self._open_arguments(self.subcommand(what, "open", help="publish a new round", example=opening))
        draw = self.subcommand(what, "draw", help="draw after the cut-off", example="audit_round draw --dry-run")
        draw.add_argument("--round", type=whole, metavar="N", help="draw only this round")
        draw.add_argument(
            "--dry-run", action="store_true", help="show how many would be drawn without writing anything"
        )
        reporting = "audit_round report 1 --csv round-1.csv"
        report = self.subcommand(what, "report", help="show the results of a round", example=reporting)
        report.add_argument("round", type=whole, metavar="N")
        files = report.add_mutually_exclusive_group()
        files.add_argument("--csv", type=Path, metavar="FILE", help="or - for standard output")
        files.add_argument("--pdf", type=Path, metavar="FILE", help="or - for standard output")
        self.subcommand(what, "list", help="list all rounds", example="audit_round list")

    def _open_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--rate", type=_rate, required=True, help="the usual rate, such as 5%%")
        parser.add_argument(
            "--type",
            type=_type_rate,
            action="append",
            default=[],
            metavar="CODE=RATE",
            help="rate for one credential; may be repeated",
        )
        parser.add_argument("--late", type=_rate, metavar="RATE", help="minimum rate for late declarations")
        parser.add_argument("--findings", type=_rate, metavar="RATE", help="minimum rate after earlier findings")
        parser.add_argument(
            "--cutoff", type=moment, required=True, metavar="MOMENT", help="declarations received by then are included"
        )
        parser.add_argument("--rolling", action="store_true", help="select at submission, until the cut-off")
        parser.add_argument(
            "--dry-run", action="store_true", help="show how many would be drawn now without writing anything"
        )

    def handle(self, *, what: str, **options: Any) -> None:
        try:
            for line in getattr(self, f"_{what}")(at=clock.now(), **options):
                self.stdout.write(line)
        except actions.RoundRefused as refusal:
            raise CommandError(str(refusal), returncode=EXIT_REFUSED) from None

    def _open(
        self,
        *,
        rate: Decimal,
        type: list[tuple[str, Decimal]],
        late: Decimal | None,
        findings: Decimal | None,
        cutoff: datetime,
        rolling: bool,
        dry_run: bool,
        at: datetime,
        **options: Any,
    ) -> Iterator[str]:
        rates = rules.Rates(rate, _by_type(type), late, findings)
        if dry_run:
            actions.check(rates=rates, cutoff=cutoff, at=at, is_rolling=rolling)
            yield from _sizes(rates, cutoff)
            return
        round = actions.open_round(rates=rates, cutoff=cutoff, at=at, is_rolling=rolling)
        yield f"round {round.pk} is open until {queries.moment_words(round.cutoff_at)}"
        yield f"SHA-256 of the seed: {round.seed_sha256}"

    def _draw(self, *, round: int | None, dry_run: bool, at: datetime, **options: Any) -> Iterator[str]:
        rounds = [_found(round)] if round is not None else list(queries.rounds_to_draw(at=at))
        if not rounds:
            yield "no round is due"
        if dry_run:
            for one in rounds:
                is_due = one.cutoff_at <= at
                yield f"round {one.pk}{'' if is_due else ', not before ' + queries.moment_words(one.cutoff_at)}:"
                yield from _sizes(queries.rates_of(one), one.cutoff_at) if one.drawn_at is None else ["  already drawn"]
            return
        for one in rounds:
            yield from self._drawn(one)

    def _drawn(self, round: Round) -> Iterator[str]:
        """Report on a round, drawing it first if necessary; only a draw counts as a run of the job."""
        if round.drawn_at is None:
            run_by_hand("audit_round", lambda at: _number_drawn(round, at=at), unit="under audit")
            round.refresh_from_db()
        report = queries.report_of(round)
        yield f"round {round.pk}: {report.drawn:,} of {report.population:,} drawn"
        yield f"seed: {round.seed}"

    def _report(self, *, round: int, csv: Path | None, pdf: Path | None, at: datetime, **options: Any) -> Iterator[str]:
        found = _found(round)
        if not queries.has_report(found):
            cutoff = queries.moment_words(found.cutoff_at)
            words = f"round {round} has not been drawn, so there is nothing to report; its cut-off is {cutoff}"
            raise CommandError(words, returncode=EXIT_REFUSED)
        report = queries.report_of(found)
        if csv == STDIO:
            yield "".join(queries.report_csv(report))
        elif csv is not None:
            _write(csv, "".join(queries.report_csv(report)).encode())
        elif pdf == STDIO:
            pour([queries.report_pdf(report, on=clock.board_day(at))])
        elif pdf is not None:
            _write(pdf, queries.report_pdf(report, on=clock.board_day(at)))
        else:
            yield from (f"{label}: {value}" for label, value in queries.report_text(report))

    def _list(self, **options: Any) -> Iterator[str]:
        lines = [f"{line.title}: {line.state}, cut-off {line.cutoff}" for line in queries.rounds_page()]
        yield from lines or ["no rounds yet"]


def _number_drawn(round: Round, *, at: datetime) -> int:
    return queries.report_of(actions.draw(round=round, at=at)).drawn


def _sizes(rates: rules.Rates, cutoff: datetime) -> Iterator[str]:
    sizes = queries.sizes(rates=rates, cutoff=cutoff)
    for one in sizes:
        yield f"  {queries.stratum_words(one.stratum)}: {one.length:,} of {one.population:,}"
    yield f"  {sum(one.length for one in sizes):,} of {sum(one.population for one in sizes):,} would be drawn now"


def _found(pk: int) -> Round:
    round = Round.objects.filter(pk=pk).first()
    if round is None:
        raise CommandError(f"there is no round {pk}", returncode=EXIT_REFUSED)
    return round


def _write(file: Path, content: bytes) -> None:
    try:
        with file.open("wb") as written, whole_or_gone(file):
            written.write(content)
            written.flush()
    except OSError as problem:
        raise_if_full(problem, file)
        raise CommandError(f"{file} can't be written: {problem.strerror}", returncode=EXIT_REFUSED) from None


def _by_type(given: list[tuple[str, Decimal]]) -> dict[str, Decimal]:
    codes = [code for code, _rate in given]
    if twice := next((code for code in codes if codes.count(code) > 1), None):
        raise CommandError(f"--type has two rates for {twice}; keep only one", returncode=EXIT_REFUSED)
    return dict(given)


def _rate(text: str) -> Decimal:
    try:
        return rules.rate_of(text)
    except ValueError as refusal:
        raise argparse.ArgumentTypeError(str(refusal)) from None


def _type_rate(text: str) -> tuple[str, Decimal]:
    code, is_there, rate = text.rpartition("=")
    if not is_there:
        raise argparse.ArgumentTypeError(f"{text!r} does not name a credential; write it as MLS(ASCP)=10%")
    return code.strip(), _rate(rate)
