"""Many rows in one statement, whatever their number. Django's bulk_create cuts them up on SQLite, and knows no partial
unique index as the reason of a conflict."""

from collections.abc import Sequence
from typing import Any

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
    column = _quoted(_field(rows[0], key))
    written = [_quoted(_field(rows[0], name)) for name in changed]
    assignments = ", ".join(f"{name} = EXCLUDED.{name}" for name in written)
    _write(rows, f" ON CONFLICT ({column}) WHERE {column} IS NOT NULL DO UPDATE SET {assignments}")


def _write(rows: Sequence[Model], on_conflict: str) -> None:
    meta = rows[0]._meta
    fields = meta.concrete_fields
    values = [[field.get_db_prep_save(field.pre_save(row, add=True), connection) for field in fields] for row in rows]
    into = f"INSERT INTO {connection.ops.quote_name(meta.db_table)} ({', '.join(map(_quoted, fields))})"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            arrays = ", ".join(f"(%s)::{field.db_type(connection)}[]" for field in fields)
            columns = [list(column) for column in zip(*values, strict=True)]
            cursor.execute(f"{into} SELECT * FROM UNNEST({arrays}){on_conflict}", columns)  # noqa: S608, names of columns
        else:  # SQLite is no server: one prepared statement, run through in the process
            cursor.executemany(f"{into} VALUES ({', '.join(['%s'] * len(fields))}){on_conflict}", values)


def _field(row: Model, name: str) -> "Field[Any, Any]":
    found: Field[Any, Any] = row._meta.get_field(name)  # type: ignore[assignment]
    return found


def _quoted(field: "Field[Any, Any]") -> str:
    return connection.ops.quote_name(field.column)
