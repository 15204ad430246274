"""Number formats of Spanish in the United States: 1,234.5. Date formats are Django's own."""

DECIMAL_SEPARATOR = "."
THOUSAND_SEPARATOR = ","
NUMBER_GROUPING = 3
