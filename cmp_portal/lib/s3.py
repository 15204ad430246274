"""Documents in an S3-compatible store; imported only where one is configured, since its client is heavy."""

from typing import Any

from botocore.config import Config
from storages.backends.s3 import S3Storage

# By https the client would send checksums in a way that only Amazon's own store takes; TLS says as much as they do.
CHECKSUMS = {"request_checksum_calculation": "when_required", "response_checksum_validation": "when_required"}
# A store that is away must not hold a page for minutes.
PATIENCE = {"connect_timeout": 3, "read_timeout": 20, "retries": {"total_max_attempts": 2}}


class Documents(S3Storage):
    """A private bucket, addressed by path, with links signed by version 4."""

    def __init__(self, **settings: Any) -> None:
        signed = Config(signature_version="s3v4", s3={"addressing_style": "path"}, **PATIENCE, **CHECKSUMS)  # type: ignore[no-untyped-call]
        super().__init__(  # type: ignore[no-untyped-call]
            client_config=signed, default_acl=None, file_overwrite=False, **settings
        )
