"""The names of transects: whatever may be saved as one can be shown."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.transects import BadNameError, alike, clean_transect, natural_key
from tests.factories.inference import make_run
from tests.factories.surveys import make_image

SIGNS = st.one_of(st.characters(), st.characters(categories=["Nd", "Nl", "No"]))  # ², ④, ٣ are numbers of a sort


@given(st.lists(st.text(SIGNS, min_size=1, max_size=8), max_size=6))
def test_whatever_may_be_saved_can_be_sorted(texts):
    names = []
    for text in texts:
        with suppress(BadNameError):
            names.append(clean_transect(text))
    assert sorted(sorted(names, key=natural_key, reverse=True), key=natural_key) == sorted(names, key=natural_key)
    alike(names)


@pytest.mark.parametrize("path", ["transects/", "images/", "counts/", "transects/?pattern={transect}"])
def test_a_transect_named_with_a_raised_two_is_shown(cast, as_user, path):
    make_run(cast.survey)
    make_image(survey=cast.survey, file_name="5².JPG", transect="1²")
    page = as_user(cast.analyst).get(f"/surveys/ruaha/{path}")
    assert (page.status_code, "1²" in page.content.decode()) == (200, True)
