"""The ORM over a real server: keys, relationships, loading, the unit of work."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.exc import IntegrityError


class Base(orm.DeclarativeBase):
    pass


tagged = sa.Table(
    "book_tag",
    Base.metadata,
    sa.Column("book_id", sa.ForeignKey("book.id"), primary_key=True),
    sa.Column("tag_id", sa.ForeignKey("tag.id"), primary_key=True),
)


class Author(Base):
    __tablename__ = "author"
    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    name: orm.Mapped[str] = orm.mapped_column(sa.String(40), unique=True)
    sold: orm.Mapped[int] = orm.mapped_column(default=0)
    rank: orm.Mapped[int] = orm.mapped_column(server_default=sa.text("7"))
    books: orm.Mapped[list[Book]] = orm.relationship(
        back_populates="author", cascade="all, delete-orphan", order_by="Book.id"
    )


class Book(Base):
    __tablename__ = "book"
    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    title: orm.Mapped[str]
    author_id: orm.Mapped[int] = orm.mapped_column(sa.ForeignKey("author.id"))
    author: orm.Mapped[Author] = orm.relationship(back_populates="books")
    tags: orm.Mapped[list[Tag]] = orm.relationship(
        secondary=tagged, order_by="Tag.word"
    )


class Tag(Base):
    __tablename__ = "tag"
    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    word: orm.Mapped[str]


@pytest.fixture
def engine(database_uri: str) -> Iterator[sa.Engine]:
    url = database_uri.replace("mongodb://", "queryleaf://", 1)
    engine = sa.create_engine(url)
    Base.metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: sa.Engine) -> Iterator[orm.Session]:
    """Two authors, of whom the second has no book."""
    with orm.Session(engine) as session:
        short, long = Tag(word="short"), Tag(word="long")
        books = [Book(title="One", tags=[short]), Book(title="Two", tags=[short, long])]
        session.add(Author(name="Ada", books=books))
        session.add(Author(name="Bob"))
        session.commit()
        yield session


def count_statements(engine: sa.Engine) -> list[str]:
    statements: list[str] = []

    def note(conn: Any, cursor: Any, statement: str, *rest: Any) -> None:
        statements.append(statement)

    sa.event.listen(engine, "before_cursor_execute", note)
    return statements


def test_keys_and_defaults_come_back(session: orm.Session) -> None:
    ada = session.scalars(sa.select(Author).filter_by(name="Ada")).one()
    assert (ada.id, ada.sold, ada.rank) == (1, 0, 7)
    assert [(book.id, book.title) for book in ada.books] == [(1, "One"), (2, "Two")]


@pytest.mark.parametrize(
    ("option", "statements"),
    [
        (orm.lazyload(Author.books), 3),
        (orm.joinedload(Author.books), 1),
        (orm.selectinload(Author.books), 2),
        (orm.subqueryload(Author.books), 2),
    ],
)
def test_loading(
    session: orm.Session, engine: sa.Engine, option: Any, statements: int
) -> None:
    session.expunge_all()
    seen = count_statements(engine)
    query = sa.select(Author).order_by(Author.name).options(option)
    authors = session.scalars(query).unique().all()
    titles = {each.name: [book.title for book in each.books] for each in authors}
    assert titles == {"Ada": ["One", "Two"], "Bob": []}
    assert len(seen) == statements


def test_many_to_many(session: orm.Session) -> None:
    two = session.scalars(sa.select(Book).filter_by(title="Two")).one()
    assert [tag.word for tag in two.tags] == ["long", "short"]
    two.tags.remove(two.tags[0])
    session.commit()
    assert [tag.word for tag in two.tags] == ["short"]
    short = sa.select(Book.title).join(Book.tags).filter(Tag.word == "short")
    assert session.scalars(short.order_by(Book.id)).all() == ["One", "Two"]


def test_relationship_conditions(session: orm.Session) -> None:
    some = sa.select(Author.name).where(Author.books.any(Book.title == "Two"))
    assert session.scalars(some).all() == ["Ada"]
    none = sa.select(Author.name).where(~Author.books.any())
    assert session.scalars(none).all() == ["Bob"]
    of_ada = sa.select(Book.title).where(Book.author.has(name="Ada")).order_by(Book.id)
    assert session.scalars(of_ada).all() == ["One", "Two"]


def test_update_by_expression(session: orm.Session) -> None:
    ada = session.get_one(Author, 1)
    ada.sold = Author.sold + 5  # type: ignore[assignment]
    session.commit()
    assert ada.sold == 5
    session.execute(sa.update(Author).values(sold=Author.sold + 1))
    session.commit()
    sold = sa.select(Author.sold).order_by(Author.id)
    assert session.scalars(sold).all() == [6, 1]


def test_delete_cascades(session: orm.Session) -> None:
    session.execute(tagged.delete())
    session.delete(session.get_one(Author, 1))
    session.commit()
    assert session.scalar(sa.select(sa.func.count()).select_from(Book)) == 0
    assert session.scalars(sa.select(Author.name)).all() == ["Bob"]


def test_orphans_go(session: orm.Session) -> None:
    ada = session.get_one(Author, 1)
    session.execute(tagged.delete())
    ada.books.pop(0)
    session.commit()
    assert session.scalars(sa.select(Book.title)).all() == ["Two"]


def test_bulk_insert(session: orm.Session, engine: sa.Engine) -> None:
    seen = count_statements(engine)
    session.add_all([Author(name=f"n{i:03}") for i in range(300)])
    session.commit()
    assert len(seen) == 1
    rows = [{"name": f"m{i}"} for i in (2, 1)]
    made = session.scalars(
        sa.insert(Author).returning(Author, sort_by_parameter_order=True), rows
    ).all()
    assert [(each.id, each.name) for each in made] == [(303, "m2"), (304, "m1")]


def test_a_unique_violation_leaves_the_session_usable(session: orm.Session) -> None:
    session.add(Author(name="Ada"))
    with pytest.raises(IntegrityError):
        session.commit()
    session.rollback()
    session.add(Author(name="Cy"))
    session.commit()
    names = sa.select(Author.name).order_by(Author.name)
    assert session.scalars(names).all() == ["Ada", "Bob", "Cy"]


def test_a_stale_row_is_noticed(session: orm.Session, engine: sa.Engine) -> None:
    bob = session.get_one(Author, 2)
    with engine.begin() as connection:
        connection.execute(sa.delete(Author).where(Author.id == 2))
    bob.sold = 9
    with pytest.raises(orm.exc.StaleDataError):
        session.commit()


def test_streaming_objects(session: orm.Session) -> None:
    query = sa.select(Book).order_by(Book.id).execution_options(yield_per=1)
    assert [book.title for book in session.scalars(query)] == ["One", "Two"]


def test_like_conditions(session: orm.Session) -> None:
    def titles(condition: Any) -> Any:
        return session.scalars(sa.select(Book.title).where(condition)).all()

    assert titles(Book.title.startswith("O")) == ["One"]
    assert titles(Book.title.endswith("o")) == ["Two"]
    assert titles(Book.title.contains("w", autoescape=True)) == ["Two"]
    assert titles(Book.title.icontains("W")) == ["Two"]
    assert titles(Book.title.contains("_", autoescape=True)) == []
