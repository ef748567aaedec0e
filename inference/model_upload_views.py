"""The pages on which an administrator uploads a model and sees what becomes of it."""

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_safe

from inference.access import require_administrator
from inference.model_archive import MOST_BYTES
from inference.model_forms import FORMS, UploadForm
from inference.model_upload import FOLDER, ask_for_registration, get_upload_for, version_of
from inference.posted import StoredUploadHandler
from jobs.models import Job


@csrf_exempt  # until it is known where the files go: looking for the token reads the form
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def model_new(request: HttpRequest) -> HttpResponse:
    """The form; POST takes a model in."""
    require_administrator(request.user)
    request.upload_handlers = [StoredUploadHandler(request, MOST_BYTES)]
    return _model_new(request)


@csrf_protect
def _model_new(request: HttpRequest) -> HttpResponse:
    kind = request.GET.get("kind", FOLDER)
    form_class = FORMS.get(kind, FORMS[FOLDER])
    if request.method != "POST":
        return _form_page(request, form_class())
    form = form_class(request.POST, request.FILES)
    if not form.is_valid():
        return _form_page(request, form, status=422)
    job = ask_for_registration(request.user, form.kind, form.files_to_keep, facts=form.facts, typed=form.typed)
    return redirect("model-upload", job.subject)


@require_safe
@login_required
def model_upload(request: HttpRequest, model_upload_id: UUID) -> HttpResponse:
    """What becomes of an upload: being tried, registered, or refused, with the form to try again."""
    job = get_upload_for(request.user, model_upload_id)
    context = {"job": job, "version": version_of(job), "is_live": job.state in Job.LIVE, "names": job.payload["names"]}
    if job.state == Job.State.FAILED:
        form_class = FORMS[job.payload["kind"]]
        form = form_class.told(job.payload["typed"], job.failure_code, job.failure)
        context |= _of_form(form)
    return render(request, "inference/model_upload.html", context)


@require_safe
@login_required
def model_upload_progress(request: HttpRequest, model_upload_id: UUID) -> HttpResponse:
    """For the page that waits: the page is loaded again once there is something to say."""
    job = get_upload_for(request.user, model_upload_id)
    is_live = job.state in Job.LIVE
    return HttpResponse(status=204) if is_live else HttpResponse(status=204, headers={"HX-Refresh": "true"})


def _form_page(request: HttpRequest, form: UploadForm, *, status: int = 200) -> HttpResponse:
    return render(request, "inference/model_new.html", _of_form(form), status=status)


def _of_form(form: UploadForm) -> dict[str, Any]:
    return {"form": form, "kind": form.kind}
