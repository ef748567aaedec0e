"""Reading transect and camera in file names."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveys.name_patterns import MAX_PATTERN, Pattern, PatternError
from surveys.pattern_guesses import guess_patterns

names = st.text(max_size=60)
pieces = st.sampled_from(["{transect}", "{camera}", "{number}", "*", "?", "_", "-", "a", "T", ".JPG", "/", " "])
patterns = st.lists(pieces, max_size=12).map("".join)


def read(pattern, file_name, path=""):
    return Pattern.parse(pattern).read(path, file_name)


@pytest.mark.parametrize(("pattern", "file_name", "found"), [
    ("{transect}_{camera}_{number}", "T1_L_0001.JPG", {"transect": "T1", "camera": "L"}),
    ("RKE_T{transect}_*_{camera}.JPG", "RKE_T12_20181001A_RSOL.JPG", {"transect": "12", "camera": "RSOL"}),
    ("*_{camera}_{number}.jpg", "RR19_RKE_20181001A_RSOL_1610.jpg", {"camera": "RSOL"}),
    ("AE_Fl1_{camera}_DSC{number}", "AE_Fl1_l_DSC00905.NEF", {"camera": "l"}),
    ("{transect}{camera}_{number}", "12L_0001.JPG", {"transect": "12", "camera": "L"}),
    ("T{transect}-??-*", "T7-ab-x.y.JPG", {"transect": "7"}),
    ("{transect}_*.JPG", "Степь7_1.JPG", {"transect": "Степь7"}),
])  # fmt: skip
def test_fields_are_read_where_the_pattern_has_them(pattern, file_name, found):
    assert read(pattern, file_name) == found


@pytest.mark.parametrize(("pattern", "file_name"), [
    ("{transect}_{camera}_{number}", "T1_0001.JPG"),
    ("{transect}_{number}", "T1_000a.JPG"),
    ("T{transect}_*.JPG", "T_1.JPG"),
    ("{transect}.JPG", "T1.NEF"),
    ("{transect}", "T1_2.JPG"),
])  # fmt: skip
def test_a_name_that_does_not_fit_is_not_read(pattern, file_name):
    assert read(pattern, file_name) is None


def test_capitals_make_no_difference_to_the_pattern_but_stay_in_what_is_read():
    assert read("rke_{transect}.jpg", "RKE_Tb.JPG") == {"transect": "Tb"}


def test_folders_are_read_from_the_file_upwards():
    assert read("{transect}/{camera}/*", "DSC_1.JPG", "card1/T01/left") == {"transect": "T01", "camera": "left"}
    assert read("{transect}/{camera}/*", "DSC_1.JPG", "left") is None


def test_without_a_slash_folders_do_not_matter():
    assert read("T{transect}_*", "T4_1.JPG", "anything/at/all") == {"transect": "4"}


@pytest.mark.parametrize(
    "pattern", ["", "*", "{number}", "{tran}_{camera}", "{transect", "transect}", "{transect}_{transect}"]
)
def test_a_pattern_that_says_nothing_is_refused_with_a_reason(pattern):
    with pytest.raises(PatternError, match=r"."):
        Pattern.parse(pattern)


def test_what_cannot_be_seen_is_no_part_of_a_pattern():
    assert Pattern.parse("T\x00{transect}\u202e_*").text == "T{transect}_*"


def test_a_pattern_has_an_end():
    with pytest.raises(PatternError):
        Pattern.parse("{transect}" + "a" * MAX_PATTERN)


@given(pattern=st.one_of(patterns, st.text(max_size=MAX_PATTERN)), path=names, file_name=names)
def test_any_name_is_read_or_not_but_never_raises(pattern, path, file_name):
    try:
        parsed = Pattern.parse(pattern)
    except PatternError:
        return
    found = parsed.read(path, file_name)
    assert found is None or all(value and value in f"{path}/{file_name}" for value in found.values())


@given(
    transect=st.from_regex(r"[A-Za-z0-9]{1,8}", fullmatch=True),
    side=st.sampled_from("LRN"),
    number=st.integers(0, 10**6),
)
def test_what_was_written_by_a_pattern_is_read_by_it(transect, side, number):
    name = f"X_{transect}_more words_{side}_{number:05}.JPG"
    assert read("X_{transect}_*_{camera}_{number}.JPG", name) == {"transect": transect, "camera": side}


@pytest.mark.parametrize("pattern", ["a*" * 95 + "{camera}", "{number}" * 9 + "{transect}", "?" * 40 + "{transect}"])
def test_a_pattern_of_very_many_steps_is_refused(pattern):
    """Every step is taken for each of a survey's names, at every look at what the pattern does."""
    with pytest.raises(PatternError, match=r"may (have|stand)"):
        Pattern.parse(pattern)


def test_a_long_text_is_one_step_and_folders_add_up():
    assert Pattern.parse("a" * 150 + "*" * 20 + "{transect}")
    assert Pattern.parse("*/a" * 13 + "{transect}")
    with pytest.raises(PatternError):
        Pattern.parse("*a/" * 15 + "{transect}")


@settings(deadline=None, max_examples=40)
@given(st.lists(st.sampled_from(["*", "a", "{number}", "?", "*a", "a*", "1", "*1", "aaaaaaaa"]), max_size=40))
def test_no_pattern_takes_long_on_long_names_of_one_letter(middle):
    """Expressions that try again and again would need years here. Processor time: other programs may be at work."""
    pattern = None
    while pattern is None:
        try:
            pattern = Pattern.parse("".join(middle) + "{transect}{camera}b")
        except PatternError:
            middle.pop()
    began = time.process_time()
    for name in ("a" * 195, "1" * 195, "a1" * 97):
        for _again in range(20):
            assert pattern.read("", f"{name}.JPG") is None  # for the b, that none of them has
    assert time.process_time() - began < 0.6  # 10 ms for a name


@pytest.mark.parametrize(("names", "pattern"), [
    ([f"T{i // 20:02}_{'LR'[i % 2]}_{i:04}.JPG" for i in range(100)], "{transect}_{camera}_{number}"),
    ([f"RK_T{i // 9}_20181001A_RSO{'LR'[i % 2]}_{i}.JPG" for i in range(90)], "RK_{transect}_*_{camera}_{number}"),
    ([f"{i // 20}{'LR'[i % 2]}_{i:04}.JPG" for i in range(100)], "{transect}{camera}_{number}"),
    ([f"AE_Fl1_l_DSC{i:05}.JPG" for i in range(100)], "AE_Fl1_{camera}_DSC{number}"),
    ([f"T1_{i}.JPG" for i in range(5)], "{transect}_{number}"),
])  # fmt: skip
def test_a_pattern_is_guessed_from_the_names(names, pattern):
    guesses = guess_patterns([("", name) for name in names])
    assert (guesses[0].pattern, guesses[0].n_fit) == (pattern, len(names))


def test_a_pattern_is_guessed_from_the_folders():
    names = [(f"card/T{i // 10}/{'left' if i % 2 else 'right'}", f"DSC{i:05}.JPG") for i in range(100)]
    assert guess_patterns(names)[0].pattern == "{transect}/{camera}/*"


def test_nothing_is_guessed_from_names_that_say_nothing():
    assert guess_patterns([("", f"DSC{i:05}.JPG") for i in range(50)]) == []
    assert guess_patterns([]) == []


@given(st.lists(st.tuples(names, names), max_size=30))
def test_guessing_never_raises_and_guesses_only_what_can_be_parsed(pairs):
    for guess in guess_patterns(pairs):
        assert "{transect}" in guess.pattern or "{camera}" in guess.pattern
        assert sum(Pattern.parse(guess.pattern).read(*pair) is not None for pair in pairs) == guess.n_fit


def test_guessing_from_names_of_many_words_takes_no_time():
    names = [("", "_".join(f"{(n + word) % 9}" for word in range(90)) + ".JPG") for n in range(300)]
    began = time.process_time()
    assert len(guess_patterns(names)) <= 4
    assert time.process_time() - began < 2
