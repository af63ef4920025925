"""Default deny: every role, every permission, own, foreign and nobody's."""

import pytest

from registry.access.permissions import Permission
from registry.access.policy import ANYONE, Actor, Holding, Scope, system
from registry.access.roles import GRANTS, Reach, Role
from registry.core.errors import NotAllowed

OWN = Scope(organisations=frozenset({1}), counties=frozenset({"46"}), person=7, owners=frozenset({1}))
FOREIGN = Scope(organisations=frozenset({2}), counties=frozenset({"11"}), person=8, owners=frozenset({2}))
NOBODYS = Scope()


def actor(role: Role) -> Actor:
    return Actor("person:7", (Holding(role, organisation=1, counties=frozenset({"46"})),), person=7)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("permission", Permission)
def test_the_matrix(role: Role, permission: Permission) -> None:
    reach = GRANTS[role].get(permission)
    who = actor(role)
    assert who.may(permission, OWN) is (reach is not None)
    assert who.may(permission, FOREIGN) is (reach is Reach.ALL)
    assert who.may(permission, NOBODYS) is (reach is Reach.ALL)


@pytest.mark.parametrize("permission", Permission)
def test_strangers_may_nothing_that_is_asked_about(permission: Permission) -> None:
    assert not ANYONE.may(permission, FOREIGN)
    assert not ANYONE.may(permission)


def test_what_is_not_allowed_is_refused_in_words() -> None:
    with pytest.raises(NotAllowed) as refusal:
        ANYONE.require(Permission.RUN_CANCEL, OWN)
    assert "ikke tilgang" in refusal.value.message


def test_lists_are_scoped_to_the_own_organisations() -> None:
    two = Actor(
        "person:7",
        (Holding(Role.PROVIDER_STAFF, organisation=1), Holding(Role.PROVIDER_STAFF, organisation=3)),
        person=7,
    )
    assert two.organisations(Permission.RUN_CANCEL) == frozenset({1, 3})
    assert two.organisations(Permission.RULE_EDIT) == frozenset()
    assert system("test").organisations(Permission.RUN_CANCEL) is None


def test_a_shared_offer_may_be_edited_by_each_of_its_providers() -> None:
    joint = Scope(organisations=frozenset({1, 2}))
    assert actor(Role.PROVIDER_STAFF).may(Permission.OFFER_EDIT, joint)


def test_permissions_are_named_and_sorted() -> None:
    values = [permission.value for permission in Permission]
    assert values == sorted(values)
    for permission in Permission:
        thing, _, verb = permission.value.partition(".")
        assert permission.name == f"{thing}_{verb}".upper()


def test_a_role_at_an_owner_does_not_reach_what_only_the_institution_may_do() -> None:
    application = Scope(organisations=frozenset({2}), owners=frozenset({1}))
    assert not actor(Role.ADMISSIONS_OFFICER).may(Permission.APPLICATION_DECIDE, application)
    assert actor(Role.OWNER).may(Permission.APPLICATION_ENDORSE, application)


def test_an_owner_does_not_endorse_for_the_institution_it_may_also_be() -> None:
    application = Scope(organisations=frozenset({1}), owners=frozenset({2}))
    assert not actor(Role.OWNER).may(Permission.APPLICATION_ENDORSE, application)
    assert actor(Role.ADMISSIONS_OFFICER).may(Permission.APPLICATION_DECIDE, application)
