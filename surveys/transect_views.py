"""Setting transects and cameras: by a pattern of file names, by a table. Both show what would happen before it does."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from surveys.access import get_image_for, get_survey_for, has_role
from surveys.corrections import correct_image
from surveys.models import Image, Role, Survey, TransectChange
from surveys.pattern_guesses import guess_patterns
from surveys.pattern_preview import PatternPreview
from surveys.stages import number
from surveys.transect_plan import Plan, image_names_of
from surveys.transect_saving import OtherChangeError, save_plan, stop_pattern, undo
from surveys.transects import BadNameError, alike, clean_camera, clean_transect, transect_images_of

GUESSED_FROM = 2000


@login_required
@require_safe
def transects(request: HttpRequest, slug: str) -> HttpResponse:
    """Which transects there are; for analysts, how to set them."""
    survey = get_survey_for(request.user, slug)
    transects = transect_images_of(survey)
    context = {
        "survey": survey,
        "transects": transects,
        "n_images": sum(transect.n_images for transect in transects),
        "n_without": sum(transect.n_images for transect in transects if not transect.name),
        "alike": alike(transect.name for transect in transects if transect.name),
        "has_any": any(transect.name or camera.name for transect in transects for camera in transect.cameras),
        "is_analyst": has_role(request.user, survey, Role.ANALYST),
    }
    if context["is_analyst"]:
        context |= _setting(request, survey, is_begun=context["n_without"] < context["n_images"])
    return render(request, "surveys/transects.html", context)


def _setting(request: HttpRequest, survey: Survey, *, is_begun: bool) -> dict[str, Any]:
    """Where no transect is set yet, the page begins with what the likeliest pattern would do."""
    names = [(image.path, image.file_name) for image in image_names_of(survey, sample=GUESSED_FROM)]
    guesses = guess_patterns(names)
    text = request.GET.get("pattern") or survey.file_name_pattern or (guesses[0].pattern if guesses else "")
    is_asked = "pattern" in request.GET or not is_begun
    return {
        "guesses": guesses,
        "n_names": len(names),
        "pattern": text,
        "preview": _preview(survey, text, request.GET) if text and names and is_asked else None,
        "last_change": TransectChange.objects.select_related("actor").defer("before").filter(survey=survey).first(),
    }


def _preview(survey: Survey, text: str, wanted: Any) -> PatternPreview:
    return PatternPreview.of(survey, text, is_full="all" in wanted, does_replace="replace" in wanted)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def transect_pattern(request: HttpRequest, slug: str) -> HttpResponse:
    """What a pattern would do, as a part of the page; POST does it."""
    survey = get_survey_for(request.user, slug, at_least=Role.ANALYST)
    if request.method == "POST":
        return _save_pattern(request, survey)
    preview = _preview(survey, request.GET.get("pattern", ""), request.GET)
    return render(request, "surveys/_pattern_preview.html", {"survey": survey, "preview": preview})


def _save_pattern(request: HttpRequest, survey: Survey) -> HttpResponse:
    text, does_replace = request.POST.get("pattern", ""), "replace" in request.POST
    preview = PatternPreview.of(survey, text, is_full=True, does_replace=does_replace)
    mark = request.POST.get("mark", "")
    if preview.trouble or not _is_agreed(preview.plan, mark):
        _say_changed(request, preview.trouble)
        again = urlencode({"pattern": text, "all": "1", **({"replace": "1"} if does_replace else {})})
        return redirect(f"{reverse('transects', args=[survey.slug])}?{again}")
    follow = preview.text if "follow" in request.POST else None
    if follow is None:
        preview.plan.leave_later_ones(mark)
    source = Image.TransectSource.PATTERN
    n = save_plan(survey, request.user, preview.plan, source=source, subject=preview.text, pattern=follow)
    say_saved(request, n)
    return redirect("transects", survey.slug)


def _is_agreed(plan: Plan, mark: str) -> bool:
    """A plan that changes nothing asks for no yes: the button was pressed twice."""
    return plan.is_as_shown(mark) or not plan.new


@login_required
@require_POST
def transect_pattern_end(request: HttpRequest, slug: str) -> HttpResponse:
    """Images that come later are not read by the pattern any more."""
    survey = get_survey_for(request.user, slug, at_least=Role.ANALYST)
    stop_pattern(survey, request.user)
    messages.success(request, _("Images that come later have no transect until somebody sets it."))
    return redirect("transects", survey.slug)


@login_required
@require_POST
def transect_reversal(request: HttpRequest, slug: str) -> HttpResponse:
    """Takes the last setting of many images back."""
    survey = get_survey_for(request.user, slug, at_least=Role.ANALYST)
    _take_back(request, survey)
    return redirect("transects", survey.slug)


def _take_back(request: HttpRequest, survey: Survey) -> None:
    try:
        n = undo(survey, request.user, shown=request.POST.get("change", ""))
    except OtherChangeError:
        said = _("Somebody set transects meanwhile, so nothing was taken back. Below is what the last change is now.")
        messages.warning(request, said)
        return
    if n is None:
        messages.info(request, _("There is nothing to take back any more."))
        return
    sentence = ngettext("%(n)s image is as it was before.", "%(n)s images are as they were before.", n)
    messages.success(request, sentence % {"n": number(n)})


@login_required
@require_POST
def image_transect(request: HttpRequest, image_id: UUID) -> HttpResponse:
    """Transect and camera of one image as a person says, with the reason; the part of its page that shows them."""
    image = get_image_for(request.user, image_id, at_least=Role.ANALYST)
    try:
        trouble = _correct(request, image)
    except BadNameError as error:
        trouble = str(error)
    context = {"image": image, "survey": image.survey, "may_retry": True, "trouble": trouble, "saved": not trouble}
    return render(request, "viewer/_transect.html", context)


def _correct(request: HttpRequest, image: Image) -> str:
    """Writes what differs from what the page showed: somebody may have set the other field meanwhile. Returns why not,
    or nothing. Raises BadNameError."""
    reason = request.POST.get("reason", "").replace("\x00", "").strip()[:120]
    wanted = {
        "transect": clean_transect(request.POST.get("transect", "")),
        "camera": clean_camera(request.POST.get("camera", "")),
    }
    shown = {name: request.POST.get(f"shown_{name}", getattr(image, name)) for name in wanted}
    values = {name: value for name, value in wanted.items() if value != shown[name]}
    if not values:
        return _("You changed neither the transect nor the camera, so nothing was saved.")
    if not reason:
        return _("Say why: it is kept with the change.")
    correct_image(image, request.user, values, reason=reason)
    return ""


def say_saved(request: HttpRequest, n: int) -> None:
    if not n:
        messages.success(request, _("Saved. No image had to be changed."))
        return
    sentence = ngettext(
        "Transect and camera of %(n)s image are set.", "Transect and camera of %(n)s images are set.", n
    )
    messages.success(request, sentence % {"n": number(n)})


def _say_changed(request: HttpRequest, trouble: str) -> None:
    said = _("The images changed while you looked, so nothing was saved. Look at the preview again, then save.")
    messages.warning(request, trouble or said)
