"""What must not stand in a log."""

import logging
import re

SECRET = re.compile(r"(/invitations/|/first-administrator/|/account/reset/[^/\s]+/)[^/\s]{8,}")


class HideSecrets(logging.Filter):
    """Addresses that open something for whoever holds them are told without what opens it."""

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        if SECRET.search(text):
            record.msg, record.args = SECRET.sub(r"\1…", text), None
        return True
