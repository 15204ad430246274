from declarations.views.declaration import declare, detail, start, submit, withdraw
from declarations.views.transcripts import transcript, transcript_file, transcripts

__all__ = ["declare", "detail", "start", "submit", "transcript", "transcript_file", "transcripts", "withdraw"]
