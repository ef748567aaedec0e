"""The access table: what each principal gets for every route and verb.

`table.csv` is the specification. A line holds a route's name, a verb and the status for each principal. The verb
`other` stands for every verb that the route does not list. `login` means: sent to the login page.
"""

import csv
from dataclasses import dataclass
from pathlib import Path

VERBS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
PRINCIPALS = ("administrator", "owner", "analyst", "reviewer", "viewer", "outsider", "anonymous")


@dataclass(frozen=True)
class Line:
    route: str
    verb: str
    statuses: dict[str, str]


def lines() -> list[Line]:
    with (Path(__file__).parent / "table.csv").open() as file:
        return [Line(row["route"], row["verb"], {who: row[who] for who in PRINCIPALS}) for row in csv.DictReader(file)]


def verbs_of(line: Line, listed: set[str]) -> tuple[str, ...]:
    return tuple(verb for verb in VERBS if verb not in listed) if line.verb == "other" else (line.verb,)
