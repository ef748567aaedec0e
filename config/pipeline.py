"""The whole pipeline on one screen: which kinds of jobs there are, and which fact starts which.

image_uploaded → ingest → image_ingested → detect → image_detected
                                        └→ pyramid, of a mosaic        ├→ pyramid, where detect could not write it
                                                                       └→ what people said before is carried over
run_started → start_run → detect, for every image that the survey has
render_sample, of a demonstration → image_uploaded
"""

from typing import Any

from django.dispatch import receiver

from inference.signals import image_detected, run_started
from jobs.enqueue import enqueue
from jobs.registry import Limits, register
from surveys.signals import image_ingested, image_uploaded

# Handlers are named, not imported: most processes never read an image. The limits are seconds: a job is interrupted
# after the first, its process killed after the second.
register(
    "ingest",
    "surveys.ingest.ingest",
    queue="io",
    limits=Limits(900, 960),  # slow disk, 20 GB
    on_failed="surveys.ingest.failed",
)
register(
    "detect",
    "inference.detect.detect",
    queue="detect",
    limits=Limits(1800, 1860),
    on_failed="inference.detect.failed",
)
register(
    "check_speed",
    "inference.speed_checks.check_speed",
    queue="detect",
    limits=Limits(3600, 3660),
    on_failed="inference.speed_checks.failed",
)
register(
    "compare_model",
    "inference.comparisons.compare_model",
    queue="detect",
    limits=Limits(14400, 14460),  # all images of an evaluation set
    on_failed="inference.comparisons.failed",
)
register("predict", "inference.predict.answer", queue="detect", limits=Limits(90, 120, 1))
register("pyramid", "viewer.pyramid.build", queue="tiles", limits=Limits(600, 720), on_failed="viewer.pyramid.failed")
register(
    "render_sample", "config.sample.render", queue="detect", limits=Limits(240, 300), on_failed="config.sample.failed"
)
register(
    "register_model",
    "inference.registration.register_uploaded",
    queue="detect",
    limits=Limits(900, 960, 2),
    on_failed="inference.registration.failed",
)
register("start_run", "inference.runs.queue_images", queue="control", limits=Limits(240, 300))
register("recount_labels", "inference.recount.recount_labels", queue="control", limits=Limits(1800, 1860))
register("count_scores", "inference.score_counts.count_scores", queue="control", limits=Limits(900, 960))
register("tidy_posted", "inference.posted.remove_left", queue="control", limits=Limits(600, 720), every_s=3600)
register("tidy_up", "surveys.upkeep.tidy_up", queue="control", limits=Limits(600, 720), every_s=3600)


@receiver(image_uploaded)
def read_image(image: Any, **_facts: Any) -> None:
    enqueue("ingest", image.pk, group=image.survey_id)


@receiver(image_uploaded)
def tell_of_upload(image: Any, **_facts: Any) -> None:
    from surveys import activity

    activity.tell_of_upload(image)


@receiver(image_ingested)
def search_image(image: Any, **_facts: Any) -> None:
    from inference import runs

    runs.search_new_image(image)


@receiver(image_ingested)
def make_pyramid_of_mosaic(image: Any, **_facts: Any) -> None:
    from viewer import pyramid

    pyramid.ingested(image)


@receiver(image_detected)
def make_pyramid_of_animals(result_set: Any, **_facts: Any) -> None:
    from viewer import pyramid

    pyramid.detected(result_set)


@receiver(image_detected)
def carry_verdicts_over(result_set: Any, **_facts: Any) -> None:
    from review import carrying

    carrying.carry_to(result_set)


@receiver(run_started)
def queue_images_of_run(run: Any, **_facts: Any) -> None:
    enqueue("start_run", run.pk, group=run.survey_id)
