"""The one error of this room: a sentence for the person who brought the file, and a code for programs."""

from imaging.wording import gettext
from imaging.wording import gettext_noop as _

SENTENCES = {
    "empty": _("This file is empty: copy it again from the card."),
    "truncated": _(
        "This file was cut short while copying: part of the image is missing. Please copy it again from the card, or "
        "export it again, and upload that."
    ),
    "damaged": _(
        "This file is damaged: part of the image cannot be read. Please copy it again from the card, or export it "
        "again, and upload that."
    ),
    "unsupported_format": _("{name} files are not supported: export the image as JPEG, PNG or TIFF and upload that."),
    "raw_format": _("This is a camera raw file ({name}): develop or export it as JPEG or TIFF and upload that."),
    "video": _("This is a video: export its frames as JPEG images and upload those."),
    "not_an_image": _("This is no image that can be read: upload the JPEG, PNG or TIFF files of the camera."),
    "too_many_pixels": _(
        "This image has {megapixels:,.0f} megapixels; at most {limit:,.0f} can be processed. {remedy}"
    ),
    "too_long": _("This image is {side:,.0f} pixels long; at most {limit:,.0f} can be processed. Cut it into parts."),
    "unsupported_pixels": _(
        "The pixels of this image ({kind}) cannot be shown: export it as 8-bit RGB and upload that."
    ),
    "cannot_strip": _("The position cannot be taken out of this file safely, so it is not given out."),
}


class UnreadableImageError(Exception):
    """A file that cannot be used as an image. `code` is a key of SENTENCES, `facts` fill its sentence."""

    def __init__(self, code: str, **facts: str | float) -> None:
        super().__init__(gettext(SENTENCES[code]).format(**facts))
        self.code = code
        self.facts = facts
