"""Documents of the demo: real files, created by different users, shared with different teams."""

from dataclasses import dataclass, field

from local.demo.api import Api


@dataclass(frozen=True)
class Paper:
    """A document of the demo.

    Attributes:
        by: email of the user who creates it.
        teams: names of the teams that it is shared with.
    """

    by: str
    title: str
    file_name: str
    content_type: str
    content: str
    teams: list[str] = field(default_factory=list)
    status: str = "active"


PAPERS = [
    Paper(
        "ada@example.com",
        "House rules for discounts",
        "discounts.txt",
        "text/plain",
        "Up to 5 %: your own decision.\nUp to 12 %: ask Ben.\nBeyond: change the scope.\n",
        ["Sales"],
    ),
    Paper(
        "max@example.com",
        "Offer for Aldgate Logistics, rev. 2",
        "offer-aldgate-r2.txt",
        "text/plain",
        "40 seats, onboarding in two waves, net 30.\nValid until the end of next month.\n",
        ["Sales"],
    ),
    Paper(
        "mia@example.com",
        "Price list 2027",
        "prices-2027.csv",
        "text/csv",
        "plan,seats,EUR per month\nStarter,5,45.00\nTeam,25,199.00\nCompany,100,690.00\n",
        ["Sales", "Support"],
    ),
    Paper(
        "mia@example.com",
        "Price list 2026",
        "prices-2026.csv",
        "text/csv",
        "plan,seats,EUR per month\nStarter,5,42.00\nTeam,25,189.00\nCompany,100,650.00\n",
        ["Sales"],
        "inactive",
    ),
    Paper(
        "sam@example.com",
        "Known issues and what to answer",
        "known-issues.txt",
        "text/plain",
        "Export takes long: ask for the number of records first.\nLogin fails: check the clock.\n",
        ["Support"],
    ),
    Paper(
        "sam@example.com",
        "Résumé of the Bergström escalation",
        "bergstrom.json",
        "application/json",
        '{"customer": "Bergström AB", "opened": "2026-11-02", "cause": "expired certificate"}\n',
        ["Support"],
    ),
    Paper(
        "zoe@example.com",
        "Logo of the autumn campaign",
        "campaign.svg",
        "image/svg+xml",
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">'
        '<circle cx="32" cy="32" r="28" fill="#2b6"/></svg>\n',
    ),
]


def make(apis: dict[str, Api], team_ids: dict[str, str]) -> None:
    """Create the missing documents.

    Args:
        apis: the API as called by each user, by email.
        team_ids: ids of the teams, by name.
    """
    for email, api in apis.items():
        standing = {row["title"] for row in api.list("/api/documents")}
        for paper in PAPERS:
            if paper.by == email and paper.title not in standing:
                _make_one(api, paper, team_ids)


def _make_one(api: Api, paper: Paper, team_ids: dict[str, str]) -> None:
    api.post_form(
        "/api/documents",
        {
            "title": paper.title,
            "status": paper.status,
            "shared_with": [team_ids[name] for name in paper.teams],
        },
        {"document_file": (paper.file_name, paper.content.encode(), paper.content_type)},
    )
