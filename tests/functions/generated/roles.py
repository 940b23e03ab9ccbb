"""Permitted roles of each route. A route without a row is for no caller.

| word      | who it is                                                                            |
|-----------|--------------------------------------------------------------------------------------|
| everybody | needs no token                                                                       |
| caller    | whoever has a token, in an organization or in none                                   |
| admins    | admins of the organization, and super admins who name it                             |
| members   | all active members, and the admins                                                   |
| owner     | whom the thing is assigned to, or who made it; of a part, that of the whole; of what |
|           | is new, that of the record that it is for                                            |
| team      | members of a team that it is shared with                                             |
| related   | who may see the record that it is about or attached to                               |

Members who may not are told so (403), unless the last column says that the thing does not exist
for them (404), or cannot be named by them (422). To those who are no active members nothing of the
organization is told at all.
"""

from collections.abc import Mapping
from dataclasses import dataclass

TABLE = """
GET    /api/activities                                            members
POST   /api/activities                                            members
GET    /api/activities/{activity_id}                              owner related admins
PUT    /api/activities/{activity_id}                              owner admins
PATCH  /api/activities/{activity_id}                              owner admins
DELETE /api/activities/{activity_id}                              owner admins
GET    /api/activities/{activity_id}/history                      owner related admins
GET    /api/attachments                                           owner team admins
POST   /api/attachments                                           owner team admins          422
GET    /api/attachments/{attachment_id}                           owner team admins
PUT    /api/attachments/{attachment_id}                           owner team admins
PATCH  /api/attachments/{attachment_id}                           owner team admins
DELETE /api/attachments/{attachment_id}                           owner team admins
GET    /api/cases                                                 members
POST   /api/cases                                                 members
GET    /api/cases/{case_id}                                       owner team admins
PUT    /api/cases/{case_id}                                       owner team admins
PATCH  /api/cases/{case_id}                                       owner team admins
DELETE /api/cases/{case_id}                                       owner team admins
GET    /api/cases/{case_id}/history                               owner team admins
GET    /api/custom-fields                                         members
POST   /api/custom-fields                                         admins
GET    /api/custom-fields/{custom_field_id}                       members
PUT    /api/custom-fields/{custom_field_id}                       admins
PATCH  /api/custom-fields/{custom_field_id}                       admins
DELETE /api/custom-fields/{custom_field_id}                       admins
GET    /api/deals                                                 members
POST   /api/deals                                                 owner team admins          422
GET    /api/deals/{deal_id}                                       owner team admins
PUT    /api/deals/{deal_id}                                       owner team admins
PATCH  /api/deals/{deal_id}                                       owner team admins
DELETE /api/deals/{deal_id}                                       owner team admins
GET    /api/deals/{deal_id}/history                               owner team admins
POST   /api/deals/{deal_id}/move                                  owner team admins
GET    /api/deals/{deal_id}/stage-history                         owner team admins
GET    /api/docs                                                  everybody
GET    /api/documents                                             members
POST   /api/documents                                             members
GET    /api/documents/{document_id}                               owner team related admins
PUT    /api/documents/{document_id}                               owner admins
PATCH  /api/documents/{document_id}                               owner admins
DELETE /api/documents/{document_id}                               owner admins
GET    /api/documents/{document_id}/file                          owner team related admins
POST   /api/documents/{document_id}/file                          owner admins
GET    /api/documents/{document_id}/history                       owner team related admins
GET    /api/documents/{document_id}/versions                      owner team related admins
GET    /api/documents/{document_id}/versions/{n}/file             owner team related admins
GET    /api/entities                                              members
POST   /api/entities                                              members
GET    /api/entities/{entity_id}                                  owner team admins
PUT    /api/entities/{entity_id}                                  owner team admins
PATCH  /api/entities/{entity_id}                                  owner team admins
DELETE /api/entities/{entity_id}                                  owner team admins
GET    /api/entities/{entity_id}/addresses                        owner team admins
POST   /api/entities/{entity_id}/addresses                        owner team admins
GET    /api/entities/{entity_id}/addresses/{part_id}              owner team admins
PUT    /api/entities/{entity_id}/addresses/{part_id}              owner team admins
PATCH  /api/entities/{entity_id}/addresses/{part_id}              owner team admins
DELETE /api/entities/{entity_id}/addresses/{part_id}              owner team admins
GET    /api/entities/{entity_id}/contact-points                   owner team admins
POST   /api/entities/{entity_id}/contact-points                   owner team admins
GET    /api/entities/{entity_id}/contact-points/{part_id}         owner team admins
PUT    /api/entities/{entity_id}/contact-points/{part_id}         owner team admins
PATCH  /api/entities/{entity_id}/contact-points/{part_id}         owner team admins
DELETE /api/entities/{entity_id}/contact-points/{part_id}         owner team admins
GET    /api/entities/{entity_id}/duplicates                       owner team admins
GET    /api/entities/{entity_id}/history                          owner team admins
GET    /api/entities/{entity_id}/identifiers                      owner team admins
POST   /api/entities/{entity_id}/identifiers                      owner team admins
GET    /api/entities/{entity_id}/identifiers/{part_id}            owner team admins
PUT    /api/entities/{entity_id}/identifiers/{part_id}            owner team admins
PATCH  /api/entities/{entity_id}/identifiers/{part_id}            owner team admins
DELETE /api/entities/{entity_id}/identifiers/{part_id}            owner team admins
POST   /api/entities/{entity_id}/merge                            owner team admins
GET    /api/entities/{entity_id}/relationships                    owner team admins
POST   /api/entities/{entity_id}/relationships                    owner team admins
GET    /api/entities/{entity_id}/relationships/{relationship_id}  owner team admins
PUT    /api/entities/{entity_id}/relationships/{relationship_id}  owner team admins
PATCH  /api/entities/{entity_id}/relationships/{relationship_id}  owner team admins
DELETE /api/entities/{entity_id}/relationships/{relationship_id}  owner team admins
GET    /api/erasures                                              admins
POST   /api/erasures                                              admins
GET    /api/erasures/{erasure_id}                                 admins
GET    /api/exports                                               members
POST   /api/exports                                               members
GET    /api/exports/{export_id}                                   owner admins
POST   /api/exports/{export_id}/cancel                            owner admins
GET    /api/exports/{export_id}/file                              owner admins
GET    /api/health                                                everybody
GET    /api/imports                                               members
POST   /api/imports                                               members
GET    /api/imports/{import_id}                                   owner admins
POST   /api/imports/{import_id}/cancel                            owner admins
GET    /api/imports/{import_id}/errors                            owner admins
GET    /api/leads                                                 members
POST   /api/leads                                                 members
GET    /api/leads/{lead_id}                                       owner team admins
PUT    /api/leads/{lead_id}                                       owner team admins
PATCH  /api/leads/{lead_id}                                       owner team admins
DELETE /api/leads/{lead_id}                                       owner team admins
POST   /api/leads/{lead_id}/convert                               owner team admins
GET    /api/leads/{lead_id}/history                               owner team admins
GET    /api/me                                                    caller
GET    /api/members                                               members
POST   /api/members                                               admins
GET    /api/members/{user_id}                                     members
PATCH  /api/members/{user_id}                                     admins
DELETE /api/members/{user_id}                                     admins
GET    /api/notifications                                         members
GET    /api/notifications/{notification_id}                       owner                      404
POST   /api/notifications/{notification_id}/read                  owner                      404
GET    /api/openapi.json                                          everybody
GET    /api/organizations                                         caller
POST   /api/organizations                                         caller
GET    /api/organizations/{organization_id}                       members
PATCH  /api/organizations/{organization_id}                       admins
DELETE /api/organizations/{organization_id}                       admins
GET    /api/pipelines                                             members
POST   /api/pipelines                                             admins
GET    /api/pipelines/{pipeline_id}                               members
PUT    /api/pipelines/{pipeline_id}                               admins
PATCH  /api/pipelines/{pipeline_id}                               admins
DELETE /api/pipelines/{pipeline_id}                               admins
GET    /api/pipelines/{pipeline_id}/board                         members
GET    /api/pipelines/{pipeline_id}/stages                        members
POST   /api/pipelines/{pipeline_id}/stages                        admins
GET    /api/pipelines/{pipeline_id}/stages/{stage_id}             members
PUT    /api/pipelines/{pipeline_id}/stages/{stage_id}             admins
PATCH  /api/pipelines/{pipeline_id}/stages/{stage_id}             admins
DELETE /api/pipelines/{pipeline_id}/stages/{stage_id}             admins
GET    /api/reports/activity-summary                              members
GET    /api/reports/forecast                                      members
GET    /api/reports/pipeline-velocity                             members
GET    /api/teams                                                 members
POST   /api/teams                                                 admins
GET    /api/teams/{team_id}                                       members
PUT    /api/teams/{team_id}                                       admins
PATCH  /api/teams/{team_id}                                       admins
DELETE /api/teams/{team_id}                                       admins
GET    /api/timeline                                              owner team admins
GET    /api/webhook-deliveries/{webhook_delivery_id}              admins
POST   /api/webhook-deliveries/{webhook_delivery_id}/redeliver    admins
GET    /api/webhook-endpoints                                     admins
POST   /api/webhook-endpoints                                     admins
GET    /api/webhook-endpoints/{webhook_endpoint_id}               admins
PUT    /api/webhook-endpoints/{webhook_endpoint_id}               admins
PATCH  /api/webhook-endpoints/{webhook_endpoint_id}               admins
DELETE /api/webhook-endpoints/{webhook_endpoint_id}               admins
GET    /api/webhook-endpoints/{webhook_endpoint_id}/deliveries    admins
GET    /api/workflow-executions                                   owner team admins
GET    /api/workflow-executions/{execution_id}                    owner team admins
POST   /api/workflow-executions/{execution_id}/retry              admins
GET    /api/workflow-rules                                        members
POST   /api/workflow-rules                                        admins
GET    /api/workflow-rules/{workflow_rule_id}                     members
PUT    /api/workflow-rules/{workflow_rule_id}                     admins
PATCH  /api/workflow-rules/{workflow_rule_id}                     admins
DELETE /api/workflow-rules/{workflow_rule_id}                     admins
GET    /api/workflow-rules/{workflow_rule_id}/executions          admins
POST   /api/workflow-rules/{workflow_rule_id}/test                members
"""

PEOPLE = (
    "stranger",
    "former",
    "inactive",
    "member",
    "related",
    "team",
    "owner",
    "admin",
    "super_admin",
    "lost_super_admin",
)
"""Who asks: somebody of another organization; somebody who has left; a member who is switched off;
one who has nothing to do with the thing; one who may see a record that it hangs on; one of a team
that it is shared with; its owner; an admin; a super admin, and one who names an organization that
does not exist.
"""

WORDS: Mapping[str, frozenset[str]] = {
    "everybody": frozenset(PEOPLE),
    "caller": frozenset(PEOPLE),
    "members": frozenset({"member", "related", "team", "owner", "admin", "super_admin"}),
    "admins": frozenset({"admin", "super_admin"}),
    "owner": frozenset({"owner"}),
    "team": frozenset({"team"}),
    "related": frozenset({"related"}),
}


@dataclass(frozen=True)
class Rule:
    """The row of a route.

    Attributes:
        words: who may.
        refusal: the status that other members get.
    """

    words: tuple[str, ...]
    refusal: int = 403

    @property
    def people(self) -> frozenset[str]:
        return frozenset(one for word in self.words for one in WORDS[word])


def rules() -> Mapping[str, Rule]:
    """Return the rows by method and path."""
    found = {}
    for line in TABLE.strip().splitlines():
        method, path, *words = line.split()
        refusal = int(words.pop()) if words[-1].isdigit() else 403
        found[f"{method} {path}"] = Rule(tuple(words), refusal)
    return found
