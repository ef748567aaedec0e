"""Every page of Kopje by name: what the screenshots show and the accessibility test goes through."""

from dataclasses import dataclass

from django.urls import resolve

from tests.access.table import lines

UNKNOWN = "00000000-0000-7000-8000-000000000000"
# Answers to GET that are no page of their own: parts of pages, files, health.
NO_PAGES = {
    "healthz", "readyz", "service-worker", "survey-progress", "survey-runs-progress", "speed-check-progress",
    "run-progress", "speed-check-crop", "comparison-progress", "model-upload-progress", "transect-pattern",
    "transect-table-csv", "review-task-preview", "review-task-next", "image-comments", "survey-counts-scores",
}  # fmt: skip


@dataclass(frozen=True)
class ShownPage:
    """`path` takes the names of a scene; `is_public`: seen without a login; `is_administrators`: by them alone."""

    name: str
    path: str
    is_public: bool = False
    is_administrators: bool = False

    @property
    def route(self) -> str:
        names = dict.fromkeys(
            (
                "image",
                "comment",
                "empty",
                "failed",
                "check",
                "comparison",
                "run",
                "other_run",
                "model_version",
                "model_upload",
            ),
            UNKNOWN,
        ) | {
            "slug": "ruaha",
            "blank": "ruaha",
            "model": "plains/1",
            "task": UNKNOWN,
        }
        names |= {"invitation": "abc", "reset": "abc/abc", "first": "abc"}
        return str(resolve(self.path.format(**names).split("?")[0]).url_name)


PAGES = (
    ShownPage("home", "/"),
    ShownPage("new-survey", "/surveys/new/"),
    ShownPage("overview", "/surveys/{slug}/"),
    ShownPage("overview-empty", "/surveys/{blank}/"),
    ShownPage("upload", "/surveys/{slug}/upload/"),
    ShownPage("images", "/surveys/{slug}/images/"),
    ShownPage("images-close", "/surveys/{slug}/images/?state=with_animals&view=close"),
    ShownPage("images-empty", "/surveys/{blank}/images/"),
    ShownPage("review", "/surveys/{slug}/review/"),
    ShownPage("review-none", "/surveys/{blank}/review/"),
    ShownPage("viewer", "/images/{image}/"),
    ShownPage("viewer-comments", "/images/{image}/?comment={comment}"),
    ShownPage("viewer-nothing-found", "/images/{empty}/"),
    ShownPage("viewer-unreadable", "/images/{failed}/"),
    ShownPage("viewer-task", "/images/{image}/?task={task}"),
    ShownPage("tasks", "/surveys/{slug}/review-tasks/"),
    ShownPage("tasks-none", "/surveys/{blank}/review-tasks/"),
    ShownPage("task", "/review-tasks/{task}/"),
    ShownPage("history", "/surveys/{slug}/history/"),
    ShownPage("disagreements-none", "/surveys/{blank}/disagreements/"),
    ShownPage("history-none", "/surveys/{blank}/history/"),
    ShownPage("transects", "/surveys/{slug}/transects/"),
    ShownPage("transects-table", "/surveys/{slug}/transects/table/"),
    ShownPage("comments", "/surveys/{slug}/comments/"),
    ShownPage("comments-none", "/surveys/{blank}/comments/"),
    ShownPage("counts", "/surveys/{slug}/counts/"),
    ShownPage("counts-empty", "/surveys/{blank}/counts/"),
    ShownPage("species", "/surveys/{slug}/species/"),
    ShownPage("species-none", "/surveys/{blank}/species/"),
    ShownPage("searches", "/surveys/{slug}/runs/"),
    ShownPage("search", "/runs/{run}/"),
    ShownPage("forecast", "/surveys/{slug}/runs/forecast/?search-model_version={model_version}"),
    ShownPage("two-searches", "/images/{image}/compare/?run={run}&and={other_run}"),
    ShownPage("speed-checks", "/surveys/{slug}/speed-checks/"),
    ShownPage("speed-checks-none", "/surveys/{blank}/speed-checks/"),
    ShownPage("speed-check", "/speed-checks/{check}/"),
    ShownPage("comparisons", "/surveys/{slug}/compare/"),
    ShownPage("comparisons-none", "/surveys/{blank}/compare/"),
    ShownPage("comparison", "/comparisons/{comparison}/"),
    ShownPage("failures", "/surveys/{slug}/jobs/"),
    ShownPage("failures-none", "/surveys/{blank}/jobs/"),
    ShownPage("people", "/surveys/{slug}/members/"),
    ShownPage("settings", "/surveys/{slug}/settings/"),
    ShownPage("images-trash", "/surveys/{slug}/trash/"),
    ShownPage("trash", "/surveys/trash/"),
    ShownPage("models", "/models/"),
    ShownPage("model", "/models/{model}/"),
    ShownPage("model-new", "/models/new/", is_administrators=True),
    ShownPage("model-new-detectron2", "/models/new/?kind=detectron2", is_administrators=True),
    ShownPage("model-upload", "/model-uploads/{model_upload}/", is_administrators=True),
    ShownPage("account", "/account/"),
    ShownPage("api", "/api/docs/"),
    ShownPage("login", "/login/", is_public=True),
    ShownPage("invitation", "/invitations/{invitation}/", is_public=True),
    ShownPage("first-administrator", "/first-administrator/{first}/", is_public=True),
    ShownPage("new-password", "/account/reset/{reset}/", is_public=True),
    ShownPage("away", "/offline/", is_public=True),
    ShownPage("not-found", "/nothing/here/", is_public=True),
)


def page_routes() -> set[str]:
    """The routes of the product that show a page, by the table of who may do what."""
    seen = {"200", "302", "410"}  # some links lead on to a page, some say that they are spent
    shown = {line.route for line in lines() if line.verb == "GET" and set(line.statuses.values()) & seen}
    api = {"api-schema"} | {route for route in shown if route.startswith(("api-", "tus-")) and route != "api-docs"}
    return shown - api - NO_PAGES
