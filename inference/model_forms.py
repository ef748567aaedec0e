"""What an administrator uploads as a model: the files of a model folder, or a Detectron2 pair."""

from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inference.engine.card import CARD_FILE, VIEWS
from inference.engine.selftest import EXPECTED_FILE, IMAGE_FILE
from inference.engine.selftest import MAX_BYTES as SELFTEST_BYTES
from inference.model_archive import FILES, card_of_archive, card_of_files
from inference.model_upload import ARCHIVE_FILE, DETECTRON2, FOLDER
from inference.registry import MAX_LABEL, RegistryError

CONFIGS, CHECKPOINTS = (".yaml", ".yml", ".py"), (".pth", ".pt", ".pkl")
LONGEST = 10_000
STORY = ("licence", "source", "training_data", "intended_use")
VIEW_WORDS = {"nadir": gettext_lazy("nadir: straight down"), "oblique": gettext_lazy("oblique: to the side")}


class ManyFilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True
    template_name = "django/forms/widgets/file.html"


class ManyFilesField(forms.FileField):
    widget = ManyFilesInput

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        files = data if isinstance(data, list | tuple) else [data] if data else []
        return [super(ManyFilesField, self).clean(file, initial) for file in files or [None]]


class UploadForm(forms.Form):
    """`files` are those to keep, by the names that the job knows; `facts` what it needs besides."""

    kind: str
    files_to_keep: dict[str, UploadedFile]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.files_to_keep = {}

    @property
    def facts(self) -> dict[str, Any]:
        return {}

    @property
    def typed(self) -> dict[str, list[str]]:
        """What stood in the fields, to be shown again."""
        return {name: self.data.getlist(name) for name in self.fields if name not in self.files and name in self.data}

    @classmethod
    def told(cls, typed: Mapping[str, list[str]], field: str, sentence: str) -> "UploadForm":
        """The form with what was typed, and one complaint at its field."""
        form = cls(MultiValueDict(typed))
        form.errors.clear()
        form.add_error(field if field in form.fields else None, sentence)
        return form


class ModelFolderForm(UploadForm):
    kind = FOLDER
    files = ManyFilesField(  # type: ignore[assignment]
        label=gettext_lazy("Model folder"),
        help_text=gettext_lazy(
            "card.json and model.onnx or model.safetensors, chosen together, or the folder as one .zip; 2 GB at most."
        ),
    )

    def clean_files(self) -> list[UploadedFile]:
        files = self.cleaned_data["files"]
        try:
            self.files_to_keep = _archive(files) or _loose(files)
        except RegistryError as error:
            raise ValidationError(str(error)) from error
        return files


def _archive(files: list[UploadedFile]) -> dict[str, UploadedFile]:
    if len(files) != 1 or PurePath(files[0].name).suffix.lower() != ".zip":
        return {}
    card_of_archive(files[0])
    return {ARCHIVE_FILE: files[0]}


def _loose(files: list[UploadedFile]) -> dict[str, UploadedFile]:
    """Those that belong to a model folder; what else lay in it stays behind."""
    kept = {file.name: file for file in files if file.name in FILES}
    card_of_files(kept)
    for name, file in kept.items():
        if file.size > FILES[name]:
            sentence = _("%(file)s is larger than the %(most)d MB that it may be.")
            raise RegistryError(sentence % {"file": name, "most": FILES[name] // 10**6})
    kept[CARD_FILE].seek(0)
    return kept


class Detectron2Form(UploadForm):
    kind = DETECTRON2
    config = forms.FileField(
        label=gettext_lazy("Configuration"),
        help_text=gettext_lazy("A .yaml file, best the merged one that Detectron2 writes with cfg.dump()."),
    )
    weights = forms.FileField(
        label=gettext_lazy("Checkpoint"),
        help_text=gettext_lazy(
            "A .pth or .pkl file. Nothing in it is run; what is kept are its numbers. 2 GB at most."
        ),
    )
    name = forms.RegexField(
        r"^[a-z0-9][a-z0-9._-]{0,99}\Z",
        label=gettext_lazy("Name"),
        help_text=gettext_lazy("Small letters, digits, dots, dashes."),
        error_messages={
            "invalid": gettext_lazy("Use small letters, digits, dots and dashes, a letter or digit first.")
        },
    )
    version = forms.RegexField(
        r"^[A-Za-z0-9][A-Za-z0-9._-]{0,49}\Z",
        label=gettext_lazy("Version"),
        initial="1",
        error_messages={"invalid": gettext_lazy("Use letters, digits, dots and dashes, a letter or digit first.")},
    )
    labels = forms.CharField(
        label=gettext_lazy("Labels"),
        help_text=gettext_lazy(
            "A label a line, in the order in which the model was trained: a checkpoint does not know their names."
        ),
        max_length=200_000,
        widget=forms.Textarea,
    )
    patch = forms.RegexField(
        r"^\d{2,5}\s*[x×*]\s*\d{2,5}\Z",
        label=gettext_lazy("Patch, in px"),
        required=False,
        help_text=gettext_lazy(
            "Width x height of what is cut from an image, as 800x800. Empty: what the network sees without resizing."
        ),
        error_messages={"invalid": gettext_lazy("Write it as 800x800.")},
    )
    overlap = forms.IntegerField(
        label=gettext_lazy("Overlap of patches, in px"),
        required=False,
        min_value=0,
        max_value=10_000,
        help_text=gettext_lazy("At least as long as the largest animal. Empty: a quarter of the patch."),
    )
    licence = forms.CharField(label=gettext_lazy("Licence"), required=False, max_length=LONGEST)
    source = forms.CharField(label=gettext_lazy("Source"), required=False, max_length=LONGEST)
    training_data = forms.CharField(
        label=gettext_lazy("Training data"), required=False, max_length=LONGEST, widget=forms.Textarea
    )
    intended_use = forms.CharField(
        label=gettext_lazy("Intended use"), required=False, max_length=LONGEST, widget=forms.Textarea
    )
    gsd_least = forms.FloatField(
        label=gettext_lazy("Ground sampling distance trained for, smallest, in cm a pixel"),
        required=False,
        min_value=0.01,
    )
    gsd_most = forms.FloatField(label=gettext_lazy("and largest, in cm a pixel"), required=False, min_value=0.01)
    view = forms.MultipleChoiceField(
        label=gettext_lazy("View trained for"),
        required=False,
        choices=[(view, VIEW_WORDS[view]) for view in VIEWS],
        widget=forms.CheckboxSelectMultiple,
    )
    selftest_image = forms.FileField(
        label=gettext_lazy("Patch of the self-test"),
        required=False,
        help_text=gettext_lazy("A .png file of one patch of which you know what Detectron2 finds on it."),
    )
    selftest_boxes = forms.FileField(
        label=gettext_lazy("Boxes of the self-test"),
        required=False,
        help_text=gettext_lazy("A .json file with those boxes, as docs/models.md describes it."),
    )

    @property
    def facts(self) -> dict[str, Any]:
        """The arguments of the conversion's Facts, as JSON can hold them."""
        told = self.cleaned_data
        story = {key: told[key] for key in STORY if told[key]} | ({"view": told["view"]} if told["view"] else {})
        if told["gsd_least"]:
            story["trained_gsd_cm"] = [told["gsd_least"], told["gsd_most"]]
        identity = {"name": told["name"], "version": told["version"], "labels": told["labels"]}
        return identity | {"patch": told["patch"], "overlap": told["overlap"], "story": story}

    def clean_labels(self) -> list[str]:
        labels = [line.strip() for line in self.cleaned_data["labels"].splitlines() if line.strip()]
        if too_long := [label for label in labels if len(label) > MAX_LABEL]:
            sentence = _("The label “%(label)s” is too long: use at most %(most)d characters.")
            raise ValidationError(sentence % {"label": too_long[0], "most": MAX_LABEL})
        if doubled := [label for label in labels if labels.count(label) > 1]:
            raise ValidationError(_("The label “%(label)s” stands there more than once.") % {"label": doubled[0]})
        return labels

    def clean_patch(self) -> list[int]:
        text = self.cleaned_data["patch"].lower().replace("×", "x").replace("*", "x")
        return [int(side) for side in text.split("x")] if text else [0, 0]

    def clean_config(self) -> UploadedFile:
        return self._kept("config", CONFIGS, most=200_000)

    def clean_weights(self) -> UploadedFile:
        return self._kept("weights", CHECKPOINTS)

    def clean_selftest_image(self) -> UploadedFile | None:
        return self._kept("selftest_image", (".png",), IMAGE_FILE, most=SELFTEST_BYTES[IMAGE_FILE])

    def clean_selftest_boxes(self) -> UploadedFile | None:
        return self._kept("selftest_boxes", (".json",), EXPECTED_FILE, most=SELFTEST_BYTES[EXPECTED_FILE])

    def clean(self) -> dict[str, Any]:
        told = self.cleaned_data
        for one, other in (("gsd_least", "gsd_most"), ("selftest_image", "selftest_boxes")):
            for given, lacking in ((one, other), (other, one)):
                if told.get(given) and not told.get(lacking) and lacking not in self.errors:
                    self.add_error(lacking, _("Give both, or neither."))
        if (told.get("gsd_least") or 0) > (told.get("gsd_most") or 0) > 0:
            self.add_error("gsd_most", _("This must be the larger of the two."))
        overlap, patch = told.get("overlap"), told.get("patch") or [0, 0]
        if overlap is not None and all(patch) and overlap >= min(patch):
            self.add_error("overlap", _("The overlap must be smaller than the patch."))
        return told

    def _kept(self, field: str, endings: tuple[str, ...], name: str = "", *, most: int = 2 * 2**30) -> Any:
        file = self.cleaned_data[field]
        if file is None:
            return None
        ending = PurePath(file.name).suffix.lower()
        if ending not in endings:
            raise ValidationError(_("Choose a file that ends in %(endings)s.") % {"endings": ", ".join(endings)})
        if file.size > most:
            raise ValidationError(_("This file is larger than any of its kind may be."))
        self.files_to_keep[name or f"{field}{ending}"] = file
        return file


FORMS: dict[str, type[UploadForm]] = {FOLDER: ModelFolderForm, DETECTRON2: Detectron2Form}
