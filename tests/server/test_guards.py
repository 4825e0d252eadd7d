import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, models, transaction
from django.db.models.signals import post_migrate

from server import guards, store
from server.models import AppendOnly, Asset, Blob, ItemEvent, System
from server.start import open_database

BLOB = "server_blob"


@pytest.fixture
def blob(db: None) -> Blob:
    del db
    return Blob.objects.create(digest="0" * 64, size=1, data=b"x")


def refuse(statement: str) -> None:
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_every_append_only_table_is_guarded(db: None) -> None:
    del db
    assert guards.missing_guards() == []
    assert len(guards.guarded_tables()) == sum(issubclass(model, AppendOnly) for model in apps.get_models()) >= 17


def test_a_row_of_evidence_can_be_neither_changed_nor_deleted(blob: Blob) -> None:
    refuse(f"UPDATE {BLOB} SET size = 2")  # noqa: S608 - our own word
    refuse(f"DELETE FROM {BLOB}")  # noqa: S608 - our own word
    blob.size = 3
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        blob.save()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        blob.delete()
    assert Blob.objects.get().size == 1


def test_a_table_of_evidence_cannot_be_emptied_at_once(blob: Blob) -> None:
    del blob
    refuse("TRUNCATE server_blob CASCADE" if connection.vendor == "postgresql" else "DELETE FROM server_blob")
    assert Blob.objects.count() == 1


def test_other_tables_change_as_they_should(host: Asset) -> None:
    host.group = "plant"
    host.save()
    assert Asset.objects.get().group == "plant"


def test_a_guard_that_is_gone_is_missed(db: None) -> None:
    del db
    guards.remove()
    assert f"{BLOB}: {BLOB}_no_delete" in guards.missing_guards()
    guards.install()
    assert guards.missing_guards() == []


@pytest.fixture
def rebuilt(committed: None) -> Iterator[None]:
    """A table of evidence altered by a migration, which SQLite does by building it anew; put back afterwards."""
    del committed
    old, new = ItemEvent._meta.get_field("kind"), models.CharField(max_length=50, null=True)
    assert isinstance(old, models.CharField)
    new.set_attributes_from_name("kind")
    with connection.schema_editor() as editor:
        editor.alter_field(ItemEvent, old, new)
    yield
    with connection.schema_editor() as editor:
        editor.alter_field(ItemEvent, new, old)


def test_a_migration_that_rebuilds_a_table_gets_its_guards_back(rebuilt: None) -> None:
    del rebuilt
    if connection.vendor == "sqlite":
        assert guards.missing_guards() == ["server_itemevent: server_itemevent_no_delete", "server_itemevent: server_itemevent_no_update"]
    config = apps.get_app_config("server")
    post_migrate.send(sender=config, app_config=config, verbosity=0, interactive=False, using="default", plan=[], apps=apps)
    assert guards.missing_guards() == []


def test_every_row_belongs_to_a_system_and_every_key_of_several_columns_starts_with_it() -> None:
    shared = {"Blob", "System", "User"}
    own = [model for model in apps.get_app_config("server").get_models() if model.__name__ not in shared]
    for model in own:
        assert not model._meta.get_field("system").null, model
        for constraint in model._meta.constraints:
            assert isinstance(constraint, models.UniqueConstraint)
            assert constraint.fields[0] == "system", constraint


def test_a_first_start_makes_one_system(db: None) -> None:
    del db
    assert store.default_system() == store.default_system() == System.objects.get()


def test_an_upgrade_that_was_cut_off_before_the_guards_stood_is_brought_to_its_end(
    committed: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    del committed
    monkeypatch.setenv("CLOSEOUT_DATA", str(tmp_path))
    before = os.umask(0o077)
    guards.remove()
    open_database()
    assert guards.missing_guards(), "nobody upgraded: doctor has to tell of it"
    (tmp_path / "upgrading").touch()
    open_database()
    os.umask(before)
    assert guards.missing_guards() == []
    assert not (tmp_path / "upgrading").exists()
