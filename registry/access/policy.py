"""The only door: may this actor do this to that? Default deny."""

from dataclasses import dataclass, field

from registry.access.permissions import Permission
from registry.access.roles import GRANTS, Reach, Role
from registry.core.errors import NotAllowed


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose a thing is: what a permission is asked for. An empty scope belongs to nobody in particular.

    Providers (``organisations``) and owners are kept apart: an application belongs to both, and neither may do the other's part.
    """

    organisations: frozenset[int] = frozenset()
    counties: frozenset[str] = frozenset()
    person: int | None = None
    owners: frozenset[int] = frozenset()


EVERYTHING = Scope()


@dataclass(frozen=True, slots=True)
class Holding:
    """One role a person holds, on behalf of an organisation or in an area where it is limited to one."""

    role: Role
    organisation: int | None = None
    counties: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks. ``name`` goes to the audit log: "person:12", "system:import", "anyone"."""

    name: str
    holdings: tuple[Holding, ...] = field(default=(Holding(Role.ANYONE),))
    person: int | None = None
    label: str = ""

    @property
    def anonymous(self) -> bool:
        """True for somebody we do not know."""
        return self.person is None

    def may(self, permission: Permission, scope: Scope | None = None) -> bool:
        """True where one of the holdings grants ``permission`` over ``scope``.

        Without a scope the question is "anywhere at all?": enough to show a menu entry, never to act.
        """
        return any(self._reaches(holding, permission, scope) for holding in self.holdings)

    def require(self, permission: Permission, scope: Scope | None) -> None:
        """Raises NotAllowed unless ``may``."""
        if not self.may(permission, scope if scope is not None else EVERYTHING):
            raise NotAllowed("Du har ikke tilgang til dette.", permission=str(permission))

    def organisations(self, permission: Permission) -> frozenset[int] | None:
        """Ids of the organisations the permission reaches; None means all. For scoping lists."""
        found: set[int] = set()
        for holding in self.holdings:
            reach = GRANTS[holding.role].get(permission)
            if reach is Reach.ALL:
                return None
            if reach is Reach.ORGANISATION and holding.organisation is not None:
                found.add(holding.organisation)
        return frozenset(found)

    def _reaches(self, holding: Holding, permission: Permission, scope: Scope | None) -> bool:
        reach = GRANTS[holding.role].get(permission)
        if reach is None:
            return False
        if reach is Reach.ALL or scope is None:
            return True
        if reach is Reach.ORGANISATION:
            whose = scope.owners if holding.role is Role.OWNER else scope.organisations
            return holding.organisation is not None and holding.organisation in whose
        if reach is Reach.AREA:
            return bool(scope.counties) and scope.counties <= holding.counties
        return self.person is not None and self.person == scope.person


ANYONE = Actor("anyone")


def system(part: str) -> Actor:
    """The service itself, for jobs and imports: "system:<part>"."""
    return Actor(f"system:{part}", (Holding(Role.SYSTEM),))
