"""What can go wrong with a job, by name."""


class JobFailedError(Exception):
    """The work can never succeed: no further attempt. Its text is a sentence for people that says what to do."""

    def __init__(self, sentence: str, code: str = "") -> None:
        super().__init__(sentence)
        self.code = code


class LeaseLostError(Exception):
    """Somebody else holds the job by now, or it was cancelled: nothing of this attempt may be kept."""


class UnknownKindError(LookupError):
    """No handler is registered for this kind of job."""
