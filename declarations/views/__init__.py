from declarations.views.declaration import appeal, detail, withdraw
from declarations.views.declaring import attest, confirm, declare, start, submit
from declarations.views.transcripts import transcript, transcript_file, transcripts

__all__ = [
    "appeal",
    "attest",
    "confirm",
    "declare",
    "detail",
    "start",
    "submit",
    "transcript",
    "transcript_file",
    "transcripts",
    "withdraw",
]
