from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower, Now
from django.utils.translation import gettext_lazy as _

from accounts.enums import (
    ALWAYS_AT_ONCE,
    ALWAYS_MAILED,
    ONCE_SWITCHED_OFF,
    ROLE_PERMISSIONS,
    AlertKind,
    Channel,
    Permission,
    Role,
)
from accounts.rules import is_long
from cmp_portal.lib.history import never_truncated, track_history
from cmp_portal.lib.locales import language_of

# Replaces the name of a holder whose record was erased.
NOBODY = "erased"


@track_history()
class Holder(models.Model):
    """The person the Board keeps a record of, whether or not they have an account."""

    customer_number = models.CharField(max_length=32, unique=True)
    first_name = models.CharField(max_length=100)
    last_name = models.CharField(max_length=100)
    birth_month = models.PositiveSmallIntegerField(null=True, blank=True)
    email = models.EmailField(_("address on file"), blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        indexes = [models.Index(Lower("email"), name="holder_email_lower")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(birth_month__isnull=True) | models.Q(birth_month__range=(1, 12)),
                name="holder_birth_month_is_a_month",
            ),
            models.CheckConstraint(condition=~models.Q(customer_number=""), name="holder_has_customer_number"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.customer_number})"

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def number_of_nobody(self) -> str:
        """The customer number of the record once it is erased."""
        return f"{NOBODY}-{self.pk}"

    @property
    def is_forgotten(self) -> bool:
        return self.customer_number == self.number_of_nobody


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Create an account for an email address; without a password, one must be set to log in."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Create a staff account with every role of the Board."""
        roles = [Role.ADMINISTRATOR, Role.REGISTRAR, Role.REVIEWER]
        return self.create_user(email, password, **{"roles": roles, **fields})


@track_history(exclude=["password", "last_login"])
class User(AbstractBaseUser):
    """An account to log in with, linked to a holder once the record is claimed."""

    email = models.EmailField(_("email address"), unique=True)
    # Stored since it is known only when a password is set: a shorter one needs a second factor.
    has_long_password = models.BooleanField(default=False, db_default=False, editable=False)
    holder = models.OneToOneField(Holder, on_delete=models.PROTECT, null=True, blank=True, related_name="user")
    roles = ArrayField(models.CharField(max_length=16, choices=Role), default=list, blank=True)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(db_default=Now(), editable=False)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = UserManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_email_unique_whatever_case"),
            models.CheckConstraint(condition=models.Q(roles__contained_by=Role.values), name="user_roles_are_known"),
        ]

    def __str__(self) -> str:
        return self.email

    def may(self, permission: str) -> bool:
        """Whether any of the user's roles has the permission; an inactive user has none."""
        return self.is_active and any(permission in ROLE_PERMISSIONS[role] for role in self.all_roles)

    def set_password(self, raw_password: str | None) -> None:
        self.has_long_password = is_long(raw_password)
        super().set_password(raw_password)

    @property
    def all_roles(self) -> set[str]:
        return {*self.roles, *([Role.HOLDER] if self.holder_id else [])}

    @property
    def holder_key(self) -> int:
        """The ID of the user's own record; 0, which no record has, if there is none."""
        return self.holder_id or 0

    @property
    def is_staff(self) -> bool:
        return self.may(Permission.BACK_OFFICE)

    # Django's own per-model permissions are in no role, hence denied to everybody.
    def has_perm(self, perm: str, obj: Any = None) -> bool:
        return self.may(perm)

    def has_module_perms(self, app_label: str) -> bool:
        return False

    def get_full_name(self) -> str:
        return self.holder.name if self.holder else self.email


@track_history()
class StaffIdentity(models.Model):
    """Links a staff account to an identity at the Board's identity provider, the only place where it can log in."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="staff_identity")
    issuer = models.URLField()
    subject = models.CharField(max_length=255)
    linked_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["issuer", "subject"], name="staff_identity_is_of_one_user"),
            models.CheckConstraint(condition=~models.Q(subject=""), name="staff_identity_has_a_subject"),
        ]
        triggers = [never_truncated()]

    def __str__(self) -> str:
        return f"{self.user} at {self.issuer}"


class Correspondence(models.Model):
    """How a holder is addressed, and whether email gets through; without a row, defaults apply."""

    holder = models.OneToOneField(Holder, on_delete=models.CASCADE, primary_key=True, related_name="correspondence")
    # Empty: the Board's. These affect how emails and times are displayed, never which day it is for the Board.
    language = models.CharField(max_length=16, blank=True)
    # The language that their browser asked for at the last login, since emails have no browser to ask.
    browser_language = models.CharField(max_length=16, blank=True, default="", db_default="")
    time_zone = models.CharField(max_length=64, blank=True)
    # The address that a mail server refused permanently; a new address on file is tried again.
    unreachable_email = models.EmailField(blank=True)
    unreachable_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(unreachable_email="", unreachable_at=None)
                | (~models.Q(unreachable_email="") & models.Q(unreachable_at__isnull=False)),
                name="correspondence_unreachable_since",
            )
        ]

    def __str__(self) -> str:
        return f"{self.holder_id}: {self.language} {self.time_zone}"

    @property
    def written_in(self) -> str:
        """The language in which the holder is addressed."""
        return language_of(self.language, self.browser_language)


class Preference(models.Model):
    """A holder's choice of channel for one kind of alert; without a row, the default applies."""

    holder = models.ForeignKey(Holder, on_delete=models.CASCADE, related_name="preferences")
    kind = models.CharField(max_length=32, choices=AlertKind)
    channel = models.CharField(max_length=8, choices=Channel)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["holder", "kind"], name="preference_once_per_kind"),
            models.CheckConstraint(condition=models.Q(kind__in=AlertKind.values), name="preference_kind_is_known"),
            models.CheckConstraint(condition=models.Q(channel__in=Channel.values), name="preference_channel_is_known"),
            models.CheckConstraint(
                condition=~models.Q(kind__in=sorted(ALWAYS_MAILED.keys() - ONCE_SWITCHED_OFF), channel=Channel.NEVER),
                name="preference_some_mail_stays",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind__in=sorted(ALWAYS_AT_ONCE)) | models.Q(channel=Channel.AT_ONCE),
                name="preference_some_mail_is_urgent",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.channel}"


class CalendarFeed(models.Model):
    """The secret URL from which a holder's own calendar fetches their dates; creating a new one revokes the old."""

    holder = models.OneToOneField(Holder, on_delete=models.CASCADE, related_name="calendar_feed")
    uuid = models.UUIDField(unique=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"calendar of {self.holder}"


class JobRun(models.Model):
    """One run of a scheduled job, for operators; without an end it is running or was interrupted."""

    name = models.CharField(max_length=64)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    rows = models.BigIntegerField(null=True, blank=True)
    # When it last reported its progress.
    reported_at = models.DateTimeField(null=True, blank=True)
    # How many later runs found it still running and gave up.
    turned_away = models.PositiveIntegerField(default=0, db_default=0)
    error = models.TextField(blank=True)

    class Meta:
        verbose_name = _("job run")
        verbose_name_plural = _("job runs")
        indexes = [models.Index(fields=["name", "-started_at"], name="job_run_latest")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ended_at__isnull=True) | models.Q(ended_at__gte=models.F("started_at")),
                name="job_run_ends_after_start",
            ),
            models.CheckConstraint(
                condition=models.Q(reported_at__isnull=True) | models.Q(reported_at__gte=models.F("started_at")),
                name="job_run_reports_after_start",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.started_at:%Y-%m-%d %H:%M}"
