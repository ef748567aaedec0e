"""The sentences of the upload page that its script fills in. Names in braces are filled there, and stay as they are."""

from django.utils.translation import gettext as _


def upload_words() -> dict[str, str]:
    return {
        "waiting": _("waiting"),
        "checking": _("being checked"),
        "arrived": _("arrived, being read"),
        "stored": _("stored"),
        "duplicate": _("already in this survey"),
        "open": _("Open"),
        "pause": _("Pause"),
        "resume": _("Go on"),
        "retry": _("Send again"),
        "remove": _("Remove"),
        "more": _("and {n} more"),
        "arrived_of": _("{arrived} of {total} files arrived."),
        "n_duplicate": _("Already in this survey: {n}."),
        "n_refused": _("{n} could not be used."),
        "pace": _("{done} of {total}, {speed} a second, {time} left"),
        "done_of": _("{done} of {total}"),
        "reading": _("All files have arrived and are being read."),
        "all_done": _("Nothing is on its way."),
        "hold_offline": _("Offline: it will go on by itself."),
        "hold_busy": _("The server is busy: it will go on by itself."),
        "hold_signed_out": _(
            "You are logged out, or may not add images here any more. Log in again in another tab: "
            "then it goes on by itself."
        ),
        "hold_disk_full": _("The server's disk is full."),
        "hold_paused": _("Paused."),
        "too_large": _("An image may have at most {limit}. Save larger ones as tiled TIFF, or cut them into parts."),
        "too_large_tiff": _("A TIFF may have at most {limit}: cut it into parts."),
        "unreadable": _(
            "This file cannot be read any more. Was the card taken out, or the file changed? "
            "Put the card back and send it again, or add the file anew."
        ),
        "refused": _("The server refused this file."),
        "scanning": _("Looking through the folder, so far {n} …"),
        "left_out": _("Left out because they are no images: {n} ({kinds})."),
        "twice": _("In the list already: {n}."),
    }
