"""A province of groups, parents and carriers for tests of incidents, and its sites' falls in the test's own time."""

from server.ceremony.incidents import LookForIncidents, seen_by_the_rule
from server.ceremony.link_health import Grade, GradeChange, Power, RecordGrades
from server.ceremony.roster import ImportRoster, Level, RosterSite
from server.engine.ids import new_id
from site_agent.units import SECOND, Instant, SiteCode
from tests.support.houses import HouseClock, RuleEngine, init_command

LEVELS = (Level("province", "Cấp tỉnh"), Level("district", "Cấp huyện"), Level("commune", "Cấp xã"))
GROUPS = 10
IN_GROUP = 20


def group(number):
    return f"Huyện {number}"


def district(number):
    return SiteCode(f"H{number}")


def commune(number, index):
    return SiteCode(f"X{number}-{index}")


def roster(groups=GROUPS, in_group=IN_GROUP, carrier=lambda number, index: ("VNPT", "Viettel", "MobiFone", "FPT")[index % 4]):
    """A root, `groups` districts, each with `in_group` communes over four carriers."""
    root = RosterSite(code=SiteCode("TINH"), name="Hội trường tỉnh", level="province", parent=None, group="Tỉnh", required=True)
    sites = [root]
    for number in range(groups):
        lead = district(number)
        sites.append(RosterSite(code=lead, name=f"UBND huyện {number}", level="district", parent=root.code, group=group(number)))
        sites += [
            RosterSite(
                code=commune(number, index),
                name=f"Xã {number}.{index}",
                level="commune",
                parent=lead,
                group=group(number),
                carrier=carrier(number, index),
            )
            for index in range(in_group)
        ]
    return ImportRoster(id=new_id(), levels=LEVELS, sites=tuple(sites))


class Lines:
    """An engine of rules whose sites are all up at the start; falls and returns are journalled at `clock`."""

    def __init__(self, command=None):
        self.clock = HouseClock()
        self.engine = RuleEngine(self.clock)
        self.engine.give(init_command(), command or roster())
        self.record(dict.fromkeys(self.engine.state.roster.sites, Grade.UP))

    @property
    def state(self):
        return self.engine.state

    @property
    def open(self):
        return list(self.state.incidents.open)

    def record(self, grades, power=Power.UNKNOWN):
        changes = tuple(GradeChange(site=site, grade=grade, reason="", power=power) for site, grade in grades.items())
        return self.engine.give(RecordGrades(id=new_id(), changes=changes))

    def down(self, *sites, power=Power.UNKNOWN):
        return self.record(dict.fromkeys(sites, Grade.DOWN), power)

    def up(self, *sites):
        return self.record(dict.fromkeys(sites, Grade.UP))

    def wait(self, seconds):
        """Second by second, as telemetry ticks."""
        for _ in range(seconds):
            self.clock.move(SECOND)
            if seen_by_the_rule(self.state, self.clock.now()):
                self.engine.give(LookForIncidents(id=new_id()))

    def now(self, later=0):
        return Instant(self.clock.now() + later)
