"""What the browser shows while the server is away: one page, kept by a service worker that keeps nothing else."""

import hashlib

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.http import require_safe

FILES = (
    "css/tokens.css", "css/kopje.css", "vendor/tabler/tabler.min.css", "vendor/inter/inter-latin-wght-normal.woff2",
    "js/theme.js", "img/favicon.svg",
)  # fmt: skip


@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    """The same for everybody: it names nobody and nothing."""
    return render(request, "offline.html")


@require_safe
def service_worker(request: HttpRequest) -> HttpResponse:
    kept = [reverse("offline"), *map(static, FILES)]
    page = render_to_string("offline.html")  # its address stays the same when its words change
    version = hashlib.sha256(repr([kept, page]).encode()).hexdigest()[:12]
    context = {"page": kept[0], "kept": kept, "cache": f"kopje-offline-{version}"}
    return render(request, "service_worker.js", context, content_type="text/javascript")
