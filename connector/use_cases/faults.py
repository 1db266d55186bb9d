"""What one row's own content can bring about: it must not hold up the rows beside it."""

from __future__ import annotations

from sqlalchemy.exc import SQLAlchemyError

from connector.ports import BadRequestBodyError

ITS_OWN_FAULT = (
    SQLAlchemyError,
    BadRequestBodyError,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    ArithmeticError,
)
