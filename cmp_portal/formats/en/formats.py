"""Dates in English as the columns of all pages write them; numbers are as in Django's own formats."""

DATE_FORMAT = "j M Y"
DATETIME_FORMAT = "j M Y, H:i"
