"""What cases measure with: a mail server that counts, digests of tables, a browser reduced to its forms."""
