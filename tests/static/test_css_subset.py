"""Taking the used part out of a style sheet."""

import pytest

from deploy.css_subset import subset


def used(css: str) -> str:
    return subset(css, families=frozenset({"btn", "card"}), colours=frozenset({"blue"}))


@pytest.mark.parametrize("css", ["a{color:red}", ".btn{x:y}", ".btn-lg{x:y}", ".card .btn{x:y}", ":root{--blue:#00f}"])
def test_rules_of_kept_families_and_of_elements_stay(css: str) -> None:
    assert used(css) == css


@pytest.mark.parametrize(
    "css", [".carousel{x:y}", ".btn .carousel-item{x:y}", ".btn-blue{x:y}", ".btn-outline-blue{x:y}"]
)
def test_rules_of_other_families_and_of_named_colours_go(css: str) -> None:
    assert used(css) == ""


def test_a_list_of_selectors_loses_only_the_unused() -> None:
    assert used(".btn,.carousel,.card:is(.btn,a){x:y}") == ".btn,.card:is(.btn,a){x:y}"


def test_conditions_are_looked_into_and_go_when_nothing_is_left() -> None:
    assert used("@media print{.btn{x:y}.carousel{x:y}}@media print{.carousel{x:y}}") == "@media print{.btn{x:y}}"


def test_animations_statements_and_comments_stay() -> None:
    css = '@charset "UTF-8";/*! by {them} */@keyframes turn{to{rotate:1turn}}'
    assert used(css) == css


def test_braces_inside_strings_do_not_count() -> None:
    css = '.btn{background:url("data:image/svg+xml,<style>a{}}</style>")}.card{x:y}'
    assert used(css) == css


def test_a_style_sheet_that_ends_inside_a_rule_is_refused() -> None:
    with pytest.raises(ValueError, match="ends inside a rule"):
        used(".btn{x:y")
