"""A roster of one site with a contact."""

from server.ceremony.roster import ImportRoster, Level, RosterSite
from server.ceremony.rules import Person, PersonalFields
from server.engine.ids import new_id
from site_agent.units import PersonId, SiteCode


def roster_with_contact(name: str) -> ImportRoster:
    contact = Person(PersonId(""), PersonalFields(name=name, phone="0912 000 000"))
    site = RosterSite(code=SiteCode("1"), name="Tỉnh", level="province", parent=None, group="Tỉnh", contact=contact)
    return ImportRoster(id=new_id(), levels=(Level("province", "Cấp tỉnh"),), sites=(site,))
