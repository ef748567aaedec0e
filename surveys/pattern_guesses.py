"""Patterns that a survey's own file names suggest. Pure: words that seldom change name transects or cameras."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from surveys.name_patterns import MAX_PATTERN, Pattern, PatternError
from surveys.transects import SIDE_OF

MOST = 4
MOST_TRIED = 12  # names of a hundred words must not take long
LEAST_SHARE = 0.3  # of the names must fit
SEPARATORS = re.compile(r"([^\w]|_)+")
GLUED = re.compile(r"[A-Za-z]*[0-9]+([lrLR])")  # 12L
SHORT = re.compile(r"[A-Za-z]{0,8}[0-9]{1,3}[A-Za-z]?")  # T12, 7, Line04b; no date
SURE = re.compile(r"(t|tr|tran|transect|line)[0-9]{1,3}", re.I)  # one even where it never changes
DATE = re.compile(r"(19|20)[0-9]{6}[A-Za-z]?")  # another one for the images that come later
COUNTER = re.compile(r"(.*?)([0-9]+)")

Names = Sequence[tuple[str, str]]  # folder, file name


@dataclass(frozen=True)
class Guess:
    """`n_fit` of the names looked at fit."""

    pattern: str
    n_fit: int


def guess_patterns(names: Names) -> list[Guess]:
    """The patterns that fit most names first; those with both transect and camera before others."""
    texts = dict.fromkeys([*_by_words([name for _path, name in names]), *_by_folders([path for path, _name in names])])
    guesses = [Guess(text, _n_fit(text, names)) for text in [*texts][:MOST_TRIED] if len(text) <= MAX_PATTERN]
    useful = [guess for guess in guesses if guess.n_fit >= LEAST_SHARE * len(names) and guess.n_fit]
    useful.sort(key=lambda guess: ("{transect}" not in guess.pattern, "{camera}" not in guess.pattern, -guess.n_fit))
    best = useful[0].n_fit if useful and "{transect}" in useful[0].pattern else 0
    return [guess for guess in useful if "{transect}" in guess.pattern or guess.n_fit > best][:MOST]


def _n_fit(text: str, names: Names) -> int:
    try:
        pattern = Pattern.parse(text)
    except PatternError:  # two words that may both be the camera, say
        return 0
    return sum(pattern.read(path, name) is not None for path, name in names)


def _by_words(names: Sequence[str]) -> Iterator[str]:
    """From the commonest shape of name: the same number of words with the same signs between."""
    shapes: dict[tuple[str, ...], list[list[str]]] = defaultdict(list)
    for name in names:
        stem = name.rpartition(".")[0] or name
        words = re.split(r"[\W_]+", stem)
        shapes[tuple(match.group() for match in SEPARATORS.finditer(stem))].append(words)
    if not shapes:
        return
    signs, rows = max(shapes.items(), key=lambda item: len(item[1]))
    columns = list(zip(*rows, strict=True))
    fixed = _fixed(columns)
    candidates = [at for at, text in enumerate(fixed) if text == "*" and _may_be_transect(columns[at])]
    candidates += [at for at, text in enumerate(fixed) if at not in candidates and SURE.fullmatch(text)]
    if any("{" in text for text in fixed if text != "{number}"):
        candidates.append(-1)  # a camera alone
    for at in candidates:
        texts = [("{transect}" if here == at else text) for here, text in enumerate(fixed)]
        joined = "".join(a + b for a, b in zip(texts, [*map(_plain, signs), ""], strict=True))
        if "{transect}" in joined or "{camera}" in joined:
            yield joined


def _fixed(columns: Sequence[Sequence[str]]) -> list[str]:
    """What is certain of every word: a word that never changes, a camera, the image's number; `*` for the others."""
    texts = [_text_of(column) for column in columns]
    for at in range(len(columns) - 1, -1, -1):
        if texts[at] == "*" and (counter := _counter_of(columns[at])):
            texts[at] = counter
            break
    return texts


def _text_of(column: Sequence[str]) -> str:
    values = set(column)
    if all(value.lower() in SIDE_OF for value in values):
        return "{camera}"
    if all(GLUED.fullmatch(value) for value in values):
        return "{transect}{camera}"
    return _plain(column[0]) if len(values) == 1 and not DATE.fullmatch(column[0]) else "*"


def _plain(word: str) -> str:
    return re.sub(r"[{}*?]", "?", word)


def _counter_of(column: Sequence[str]) -> str:
    """`DSC{number}` for a word that counts images; empty for any other."""
    found = [COUNTER.fullmatch(value) for value in column]
    heads = {match.group(1) for match in found if match}
    is_counting = None not in found and len(heads) == 1 and len(set(column)) > len(column) / 2
    return _plain(heads.pop()) + "{number}" if is_counting else ""


def _may_be_transect(column: Sequence[str]) -> bool:
    values = set(column)
    return 2 <= len(values) <= max(2, len(column) / 2) and all(SHORT.fullmatch(value) for value in values)


def _by_folders(paths: Sequence[str]) -> Iterator[str]:
    """From the last three folders above the files, by how deep most files lie."""
    depths = Counter(len(path.split("/")) if path else 0 for path in paths)
    depth = depths.most_common(1)[0][0] if depths else 0
    rows = [path.split("/")[-3:] for path in paths if path and len(path.split("/")) == depth]
    columns = [list(column) for column in zip(*rows, strict=True)]
    texts = ["{camera}" if all(v.lower() in SIDE_OF for v in column) else "*" for column in columns]
    for at, column in enumerate(columns):
        is_named = _may_be_transect(column) or all(SURE.fullmatch(value) for value in set(column))
        if texts[at] == "*" and is_named:
            yield _folders(["{transect}" if here == at else text for here, text in enumerate(texts)])
    if "{camera}" in texts:
        yield _folders(texts)


def _folders(texts: Sequence[str]) -> str:
    """Folders before the first field say nothing and are left out."""
    first = next(at for at, text in enumerate(texts) if text != "*")
    return "/".join([*texts[first:], "*"])
