"""Running a case through the `rcnn` backend. Needs PyTorch."""

from inference.engine.backends.rcnn.trace import trace
from inference.golden.case import Case
from inference.golden.compare import Outcome, compare


def run_case(case: Case, device: str = "cpu") -> Outcome:
    """Builds the case's network and compares what it answers. Raises EngineError where it cannot be built."""
    return compare(
        case, trace(case.config, case.weights(), case.images, is_resized=case.recipe.is_resized, device=device)
    )
