"""The gradebook's tables, how its database is opened, and the one border for its foreign errors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from grader.model.errors import GradebookError

SCHEMA_VERSION = 1
BUSY_TIMEOUT_S = 30.0

METADATA = sa.MetaData()
SCHEMA = sa.Table("torchgrade_schema", METADATA, sa.Column("version", sa.Integer, nullable=False))
RUNS = sa.Table(
    "torchgrade_runs",
    METADATA,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("assignment", sa.String(200), nullable=False, index=True),
    sa.Column("seed", sa.BigInteger, nullable=False),
    sa.Column("started", sa.String(40), nullable=False),
    sa.Column("finished", sa.String(40)),
    sa.Column("complete", sa.Boolean, nullable=False, default=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("owner", sa.String(300), nullable=False),
    sa.Column("options", sa.Text, nullable=False),
)
RESULTS = sa.Table(
    "torchgrade_results",
    METADATA,
    sa.Column("run", sa.String(64), sa.ForeignKey("torchgrade_runs.id"), primary_key=True),
    sa.Column("assignment", sa.String(200), primary_key=True),
    sa.Column("student", sa.String(200), primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("identity", sa.String(64), nullable=False, index=True),
    sa.Column("status", sa.String(20), nullable=False),
    sa.Column("score", sa.Float),
    sa.Column("isolation", sa.Integer, nullable=False),
    sa.Column("stored", sa.String(40), nullable=False),
    sa.Column("json", sa.Text, nullable=False),
)


def make_engine(url: str) -> sa.Engine:
    """The engine of a file or a database's address; the folder of a file is made."""
    address = sa.make_url(url if "://" in url else f"sqlite:///{url}")
    if address.get_backend_name() != "sqlite":
        return sa.create_engine(address, pool_pre_ping=True)
    if address.database and address.database != ":memory:":
        Path(address.database).absolute().parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(address, connect_args={"timeout": BUSY_TIMEOUT_S})
    sa.event.listen(engine, "connect", _tune_sqlite)
    return engine


def _tune_sqlite(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def prepare(engine: sa.Engine, shown: str) -> None:
    """Make a new gradebook, or see that an old one is one and of this version. Raises GradebookError."""
    tables = set(sa.inspect(engine).get_table_names())
    if SCHEMA.name not in tables:
        if tables and engine.dialect.name == "sqlite":  # a server's database may well hold other tables
            raise GradebookError(
                f"{shown} is a database, but no gradebook of torchgrade's; it is left as it is."
            )
        _create(engine)
    with engine.connect() as connection:
        version = connection.execute(sa.select(SCHEMA.c.version)).scalar()
    if version != SCHEMA_VERSION:
        raise GradebookError(
            f"{shown} is a gradebook of schema version {version}; this grader reads version "
            f"{SCHEMA_VERSION}. Name another file with --gradebook, or use the grader that wrote it."
        )


def _create(engine: sa.Engine) -> None:
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:  # lasts in the file; readers no longer block the writer
            connection.exec_driver_sql("PRAGMA journal_mode = WAL")
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")  # two first runs may meet here
        METADATA.create_all(connection)
        if connection.execute(sa.select(sa.func.count()).select_from(SCHEMA)).scalar() == 0:
            connection.execute(SCHEMA.insert().values(version=SCHEMA_VERSION))


def without_password(url: str) -> str:
    """An address as it may be shown, even one that is malformed."""
    try:
        return sa.make_url(url).render_as_string(hide_password=True) if "://" in url else url
    except ArgumentError:
        return url.partition("://")[0] + "://..."


@contextmanager
def translated(shown: str) -> Iterator[None]:
    """Foreign errors become GradebookErrors here and nowhere else."""
    try:
        yield
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        raise GradebookError(f"The gradebook's address {shown!r} cannot be used: {error}.") from error
    except DBAPIError as error:
        raise GradebookError(f"The gradebook {shown} cannot be used: {error.orig}.") from error
    except (SQLAlchemyError, OSError) as error:
        raise GradebookError(f"The gradebook {shown} cannot be used: {error}.") from error
