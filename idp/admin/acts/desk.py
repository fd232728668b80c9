"""The acts of the support desk over the parts of one provider: members and what is done for them."""

from collections.abc import Callable, Mapping

from idp.admin.acts.letters import LetterActs
from idp.admin.acts.member_changes import MemberChanges
from idp.admin.acts.member_file import MemberFiles
from idp.admin.acts.members import MemberActs
from idp.admin.four_eyes import FourEyes
from idp.members.desk_notices import DeskNotices
from idp.members.personal_data import Identities
from idp.parts import Parts
from idp.records import dataclass
from idp.services.devices import Devices
from idp.services.sign_in_history import SignInHistory
from idp.upstream import Upstream


@dataclass(frozen=True, slots=True)
class DeskActs:
    """What the support desk may do, by thing."""

    members: MemberActs
    changes: MemberChanges
    letters: LetterActs

    @classmethod
    def over(
        cls,
        house: Parts,
        devices: Devices,
        history: SignInHistory,
        identities: Identities,
        upstreams: Callable[[], Mapping[str, Upstream]],
    ) -> "DeskActs":
        """Put the acts over their parts; nothing is opened yet.

        Args:
            house: the provider's parts.
            devices: the sessions that live.
            history: of sign-ins.
            identities: returns the identities of an account, those of the past too.
            upstreams: returns those that open members' accounts, by name.
        """
        rules = house.settings.activation
        files = MemberFiles(
            house.store,
            devices,
            history,
            identities,
            upstreams,
            rest=rules.contact_rest,
            attempts=rules.attempts,
            clock=house.clock,
        )
        return cls(
            members=MemberActs(house.store, files, house.audit, house.clock),
            changes=MemberChanges(
                house.store,
                house.audit,
                house.clock,
                DeskNotices(house.sealer, house.clock),
                house.desk.resets,
                house.factors.enrolment,
                upstreams,
                FourEyes.over(house).ask,
            ),
            letters=LetterActs(
                house.store, lambda: house.letters, house.settings.letters.directory, house.audit, house.clock
            ),
        )
