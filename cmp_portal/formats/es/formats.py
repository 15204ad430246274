"""Numbers as Spanish is written in the United States: 1,234.5. Days are Django's own."""

DECIMAL_SEPARATOR = "."
THOUSAND_SEPARATOR = ","
NUMBER_GROUPING = 3
