"""The visitors: a typical holder, the one with the most credits, one with few; each with a session."""

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


def sign_in(site: Web, *, url: str | None = None) -> tuple[int, int, int]:
    """Create sessions for the typical holder, the heaviest and one with few credits; returns their IDs."""
    if url:
        connections.databases["small"] = {**connections.databases["default"], **parse_database_url(url)}
    alias = "small" if url else "default"
    usual = rows(HOLDERS.format(credentials=2), alias)
    heavy = rows(HOLDERS.format(credentials=12), alias)
    few = next(holder for holder, credits in usual if credits)
    chosen = usual[len(usual) // 2][0], heavy[-1][0], few
    site.sessions = {holder: session(holder, alias) for holder in chosen}
    return chosen


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
