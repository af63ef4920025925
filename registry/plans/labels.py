"""Words for plans and money."""

from registry.plans.models import MoneyKind
from registry.plans.states import PlanState
from registry.web.i18n import N_

STATES = {PlanState.DRAFT: N_("Utkast"), PlanState.SUBMITTED: N_("Sendt inn")}
MONEY = {
    MoneyKind.GRANT_RECEIVED: N_("Tilskudd mottatt"),
    MoneyKind.LEAVE_COST: N_("Kostnad til permisjon"),
    MoneyKind.OWN_SHARE: N_("Egenandel"),
    MoneyKind.SCHOLARSHIP: N_("Stipend"),
    MoneyKind.PASSED_ON: N_("Videreført til private barnehager"),
}
PRIORITIES = {
    1: N_("1 – haster mest"),
    2: "2",
    3: N_("3 – vanlig"),
    4: "4",
    5: N_("5 – kan vente"),
}
