"""Dates in English as all pages write them; numbers are as in Django's own formats."""

DATE_FORMAT = "j F Y"
DATETIME_FORMAT = "j F Y, H:i"
