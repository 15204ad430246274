"""Reviewers' claims on declarations, which lapse."""

from datetime import timedelta

from django.conf import settings


def lease() -> timedelta:
    """How long a claim lasts; one that was taken exactly so long ago has lapsed."""
    return timedelta(minutes=settings.REVIEW_LEASE_MINUTES)
