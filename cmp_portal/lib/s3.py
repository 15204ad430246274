"""Document storage in an S3-compatible store; imported only when configured, as the client is heavy."""

from typing import Any

from botocore.config import Config
from storages.backends.s3 import S3Storage

# Over HTTPS, boto3 would send checksums in a form that only Amazon's store accepts; TLS protects integrity as well.
CHECKSUMS = {"request_checksum_calculation": "when_required", "response_checksum_validation": "when_required"}
# An unavailable store must not block a page for minutes.
PATIENCE = {"connect_timeout": 3, "read_timeout": 20, "retries": {"total_max_attempts": 2}}


class Documents(S3Storage):
    """A private bucket with path-style addressing and version 4 signatures."""

    def __init__(self, **settings: Any) -> None:
        signed = Config(signature_version="s3v4", s3={"addressing_style": "path"}, **PATIENCE, **CHECKSUMS)  # type: ignore[no-untyped-call]
        super().__init__(  # type: ignore[no-untyped-call]
            client_config=signed, default_acl=None, file_overwrite=False, **settings
        )
