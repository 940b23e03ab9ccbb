import json

from local.settings import Settings

READY = "Ready."


def welcome(settings: Settings) -> str:
    """Return the addresses of the stack, and a first call to try."""
    lines = [
        "",
        f"  API      {settings.api_url}/api",
        f"  Docs     {settings.api_url}/api/docs",
        f"  Engine   {settings.engine_url}",
        f"  Outputs  {settings.outputs}",
    ]
    if settings.demo.exists():
        demo = json.loads(settings.demo.read_text())
        email = demo["users"][0]["email"]
        lines += [
            f"  Demo     {settings.demo}",
            "",
            "  Try, in another terminal:",
            "",
            f"    TOKEN=$(make -s token EMAIL={email})",
            f'    curl -H "Authorization: Bearer $TOKEN" {settings.api_url}/api/me',
        ]
    return "\n".join([*lines, "", f"  {READY} Ctrl-C stops it; nothing is lost.", ""])
