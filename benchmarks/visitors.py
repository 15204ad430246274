"""The visitors: median holders, the one with the most credits, one with few; each with a session."""

from importlib import import_module

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import connection, connections

from accounts.models import User
from benchmarks.site import Web
from cmp_portal.lib.endpoints import parse_database_url

BARE_BACKEND = "django.contrib.auth.backends.ModelBackend"
# Holders with an account and that many credentials, ordered by their number of credits.
HOLDERS = """
    SELECT u.holder_id, (SELECT COUNT(*) FROM education_credit k WHERE k.holder_id = u.holder_id) AS credits
      FROM accounts_user u
      JOIN credentials_credential c ON c.holder_id = u.holder_id
     GROUP BY u.holder_id HAVING COUNT(*) = {credentials} ORDER BY 2, 1
"""
# Holders with an account and a credential, whatever they have besides, spread evenly over all.
SPREAD = """
    SELECT holder_id, 0 FROM (
        SELECT holder_id, row_number() OVER (ORDER BY holder_id) - 1 AS place, COUNT(*) OVER () AS many
          FROM accounts_user u WHERE EXISTS (SELECT FROM credentials_credential c WHERE c.holder_id = u.holder_id)
    ) every WHERE place % greatest(1, many / {most}) = 0 ORDER BY holder_id LIMIT {most}
"""
SAMPLE, ALIKE = 101, 11
PAGES = ("/account/", "/education/progress/")

Sizes = tuple[int, ...]


def sign_in(site: Web) -> tuple[list[int], int, int]:
    """Create sessions for the median holders, the heaviest and one with few credits; returns their IDs."""
    sizes = _sizes(site, "default")
    median = tuple(sorted(each)[len(each) // 2] for each in zip(*sizes.values(), strict=True))
    heavy = rows(HOLDERS.format(credentials=12))[-1][0]
    few = next(holder for holder, credits in rows(HOLDERS.format(credentials=2)) if credits)
    chosen = _nearest(sizes, median)
    site.sessions = {holder: session(holder, "default") for holder in (*chosen, heavy, few)}
    return chosen, heavy, few


def sign_in_alike(site: Web, wanted: Sizes, *, url: str) -> list[int]:
    """Create sessions for holders of another database whose pages are about as large; returns their IDs."""
    connections.databases["small"] = {**connections.databases["default"], **parse_database_url(url)}
    return _nearest(_sizes(site, "small"), wanted)


def sizes_of(site: Web, holder: int) -> Sizes:
    return tuple(len(site.get(page, holder)) for page in PAGES)


def _sizes(site: Web, alias: str) -> dict[int, Sizes]:
    """The sizes of the pages of a sample of holders, who get sessions."""
    sample = [holder for holder, _none in rows(SPREAD.format(most=SAMPLE), alias)]
    site.sessions |= {holder: session(holder, alias) for holder in sample}
    return {holder: sizes_of(site, holder) for holder in sample}


def _nearest(sizes: dict[int, Sizes], wanted: Sizes) -> list[int]:
    """The holders whose pages are most nearly of these sizes, the nearest first."""
    off = {holder: sum(abs(a - b) for a, b in zip(each, wanted, strict=True)) for holder, each in sizes.items()}
    return sorted(off, key=lambda holder: off[holder])[:ALIKE]


def session(holder: int, alias: str, *, backend: str = "") -> str:
    return session_of(User.objects.using(alias).get(holder=holder), alias, backend=backend)


def session_of(user: User, alias: str, *, backend: str = "") -> str:
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    store.update({SESSION_KEY: str(user.pk), BACKEND_SESSION_KEY: backend or settings.AUTHENTICATION_BACKENDS[0]})
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    key = store._get_new_session_key()
    row = store.create_model_instance(dict(store.items()))
    row.session_key = key
    row.save(using=alias, force_insert=True)
    # Each login creates this row beside the session.
    UserSession.objects.using(alias).create(user=user, session_key=key, ip="127.0.0.1", user_agent="")
    return key


def rows(statement: str, alias: str = "default") -> list[tuple[int, int]]:
    with connections[alias].cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())


def credits() -> int:
    return rows("SELECT COUNT(*), 0 FROM education_credit")[0][0]


def server() -> str:
    return "PostgreSQL {}.{}".format(*divmod(connection.pg_version, 10000))
