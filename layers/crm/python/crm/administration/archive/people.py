"""Maps the people of an archive to users of the organization.

If users have other ids than in the archive, each id in a user field of a line is mapped to the id
of the user here. Former members keep their ids.
"""

import time
from dataclasses import dataclass

from pydantic import ConfigDict

from crm.administration.archive.of_people import PersonLine
from crm.platform.dynamodb import keys
from crm.platform.dynamodb.lists import HIGHEST, LOWEST
from crm.platform.dynamodb.table import SYSTEM
from crm.platform.errors import ValidationFailedError
from crm.platform.fields import Output
from crm.tenancy.members import service as members

MOST = 1_000_000
KEPT_SECONDS = 30 * 24 * 3600


class Known(Output):
    """A person of the archive, as a member of the organization."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    user_id: str
    email: str
    first_name: str
    last_name: str


@dataclass
class People:
    """People of an archive that are mapped so far, by their ids in the archive."""

    organization_id: str
    known: dict[str, Known]

    @classmethod
    def load(cls, organization_id: str) -> "People":
        pk = keys.restored_person(organization_id, "").pk
        items = SYSTEM.query(pk, (LOWEST, HIGHEST), MOST)
        return cls(organization_id, {item["sk"]: Known.model_validate(item) for item in items})

    @property
    def ids(self) -> dict[str, str]:
        """The ids of the users, by their ids in the archive."""
        return {archived: known.user_id for archived, known in self.known.items()}

    def find(self, line: PersonLine) -> None:
        """Find the user of a person, and store the mapping; safe to repeat.

        Raises:
            ValidationFailedError: Another person of the archive is mapped to the same user.
        """
        if line.id in self.known:
            return
        names = line.model_dump(exclude={"id"})
        user_id = members.restored_user_id(line.id, **names)
        if user_id in self.ids.values():
            raise ValidationFailedError.of("email", "is that of another one, too")
        known = Known(user_id=user_id, **names)
        key = keys.restored_person(self.organization_id, line.id)
        expires_on = int(time.time()) + KEPT_SECONDS
        SYSTEM.put(key, {**known.model_dump(), "expires_on": expires_on})
        self.known[line.id] = known
