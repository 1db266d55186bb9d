"""What all models share: names of constraints, column types."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import JSON, Enum, MetaData, String
from sqlalchemy.orm import DeclarativeBase

from connector.store.types import UtcDateTime


def enum_column(kind: type[StrEnum], name: str) -> Enum:
    """A text column that only holds the enum's values, by a CHECK named `name`."""
    return Enum(
        kind,
        native_enum=False,
        length=32,
        create_constraint=True,
        name=name,
        values_callable=lambda members: [member.value for member in members],
    )


#: Own caps by their names, as `OwnCaps.given` has them; NULL says nothing.
CapsColumn = JSON(none_as_null=True)


class Base(DeclarativeBase):
    """The declarative base. Every table has an account_id, directly or through its parent."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        dt.datetime: UtcDateTime,
        str: String,
        dict[str, Any]: JSON,
        list[str]: JSON,
    }
