import pytest

from server import store
from server.errors import ServerError
from server.models import Membership, System, User
from tests.server.conftest import START


def test_the_first_administrator_gets_a_password_for_once(system: System) -> None:
    user, password = store.first_administrator(system, "adam", START)
    assert user.check_password(password)
    assert len(password) >= 20
    assert user.must_change_password
    assert user.password.startswith("pbkdf2_sha256$")
    with pytest.raises(ServerError, match="there is an administrator already"):
        store.first_administrator(system, "eve", START)


def test_the_account_of_the_machine_may_decide_and_cannot_sign_in(system: System) -> None:
    user = store.operator(system, "root", START)
    assert store.operator(system, "root", START) == user
    assert store.roles_of(system, user) == {"administrator", "reviewer"}
    assert not user.has_usable_password()
    first, password = store.first_administrator(system, "root", START)
    assert (first.pk, first.check_password(password)) == (user.pk, True), "who has only given commands can still be the first"


def test_a_new_password_of_ones_own_ends_the_one_time_password(system: System) -> None:
    user, password = store.add_person(system, "rita", ("reviewer",), START)
    for poor, said in {"short": "too short", "1234567890123": "entirely numeric", password: "is the old one"}.items():
        with pytest.raises(ServerError, match=said):
            store.change_password(user, poor)
    store.change_password(user, "correct horse battery staple")
    user.refresh_from_db()
    assert not user.must_change_password
    assert user.check_password("correct horse battery staple")
    given = store.reset_password(user)
    assert User.objects.get().check_password(given)


def test_a_name_is_one_person(system: System) -> None:
    store.add_person(system, "rita", ("reviewer",), START)
    with pytest.raises(ServerError, match="already a person 'RITA'"):
        store.add_person(system, "RITA", ("viewer",), START)


def test_roles_are_given_and_taken_system_by_system(system: System, reviewer: User) -> None:
    store.grant(system, reviewer, "administrator", START)
    store.grant(system, reviewer, "administrator", START)
    assert Membership.objects.count() == 2
    with pytest.raises(ServerError, match="last administrator"):
        store.revoke(system, reviewer, "administrator")
    store.revoke(system, reviewer, "reviewer")
    assert store.roles_of(system, reviewer) == {"administrator"}
    with pytest.raises(ServerError, match="no role"):
        store.grant(system, reviewer, "king", START)  # type: ignore[arg-type] # what a person may type


def test_who_was_deactivated_may_nothing(system: System, reviewer: User) -> None:
    reviewer.is_active = False
    reviewer.save()
    assert store.roles_of(system, reviewer) == frozenset()
    with pytest.raises(ServerError, match="no person 'rita'"):
        store.find_person("rita")
