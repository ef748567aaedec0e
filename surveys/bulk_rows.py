"""Many rows in one statement, whatever their number. Django's bulk_create cuts them up on SQLite, and knows no partial
unique index as the reason of a conflict."""

from collections.abc import Iterable, Sequence
from typing import Any, cast

from django.db import connection
from django.db.models import Field, Model


def insert(rows: Sequence[Model]) -> None:
    """New rows of one model."""
    if rows:
        _write(rows, "")


def upsert(rows: Sequence[Model], *, key: str, changed: Sequence[str]) -> None:
    """Rows of one model; of those whose `key` is there already, the columns `changed` alone are written. `key` is
    unique where it is not null."""
    if not rows:
        return
    column = _quoted(_field(type(rows[0]), key))
    written = [_quoted(_field(type(rows[0]), name)) for name in changed]
    assignments = ", ".join(f"{name} = EXCLUDED.{name}" for name in written)
    _write(rows, f" ON CONFLICT ({column}) WHERE {column} IS NOT NULL DO UPDATE SET {assignments}")


def insert_columns(model: type[Model], names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """New rows of which these columns alone are said; the database gives the others. Without an object a row: for
    100,000 of them these would take most of a minute."""
    fields = [_field(model, name) for name in names]
    values = [
        [field.get_db_prep_save(value, connection) for field, value in zip(fields, row, strict=True)] for row in rows
    ]
    if values:
        _run(model, fields, values, "")


def _write(rows: Sequence[Model], on_conflict: str) -> None:
    fields = rows[0]._meta.concrete_fields
    values = [[field.get_db_prep_save(field.pre_save(row, add=True), connection) for field in fields] for row in rows]
    _run(type(rows[0]), fields, values, on_conflict)


def _run(model: type[Model], fields: Sequence[Any], values: Sequence[Sequence[Any]], on_conflict: str) -> None:
    into = f"INSERT INTO {connection.ops.quote_name(model._meta.db_table)} ({', '.join(map(_quoted, fields))})"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            arrays = ", ".join(f"(%s)::{field.db_type(connection)}[]" for field in fields)
            columns = [list(column) for column in zip(*values, strict=True)]
            cursor.execute(f"{into} SELECT * FROM UNNEST({arrays}){on_conflict}", columns)  # noqa: S608, names of columns
        else:  # SQLite is no server: one prepared statement, run through in the process
            cursor.executemany(f"{into} VALUES ({', '.join(['%s'] * len(fields))}){on_conflict}", values)


def _field(model: type[Model], name: str) -> "Field[Any, Any]":
    return cast("Field[Any, Any]", model._meta.get_field(name))


def _quoted(field: "Field[Any, Any]") -> str:
    return connection.ops.quote_name(field.column)
