"""Maps common country names to ISO 3166-1 alpha-2 codes. Pure.

It knows codes of two and three letters, the English names of ISO 3166, and other names in common
use: short names in English, and the names of larger countries in their own languages.
"""

from collections.abc import Iterator, Mapping
from functools import cache

from crm.records.search.text import fold

_ALIASES: Mapping[str, str] = {
    "america": "US",
    "u.s.": "US",
    "u.s.a.": "US",
    "united states": "US",
    "the united states": "US",
    "uk": "GB",
    "u.k.": "GB",
    "united kingdom": "GB",
    "great britain": "GB",
    "britain": "GB",
    "england": "GB",
    "scotland": "GB",
    "wales": "GB",
    "northern ireland": "GB",
    "bolivia": "BO",
    "bosnia": "BA",
    "brasil": "BR",
    "brunei": "BN",
    "cape verde": "CV",
    "czech republic": "CZ",
    "congo": "CG",
    "dr congo": "CD",
    "danmark": "DK",
    "deutschland": "DE",
    "east timor": "TL",
    "eire": "IE",
    "espana": "ES",
    "holland": "NL",
    "hong kong sar": "HK",
    "iran": "IR",
    "italia": "IT",
    "ivory coast": "CI",
    "korea": "KR",
    "south korea": "KR",
    "republic of korea": "KR",
    "north korea": "KP",
    "laos": "LA",
    "macau": "MO",
    "macedonia": "MK",
    "moldova": "MD",
    "nederland": "NL",
    "the netherlands": "NL",
    "norge": "NO",
    "osterreich": "AT",
    "palestine": "PS",
    "polska": "PL",
    "republic of ireland": "IE",
    "russia": "RU",
    "schweiz": "CH",
    "suisse": "CH",
    "suomi": "FI",
    "sverige": "SE",
    "swaziland": "SZ",
    "syria": "SY",
    "taiwan": "TW",
    "tanzania": "TZ",
    "turkey": "TR",
    "uae": "AE",
    "vatican": "VA",
    "venezuela": "VE",
    "vietnam": "VN",
}


def alpha2(text: str) -> str:
    """Return the code of a country.

    Raises:
        ValueError: the name is unknown.
    """
    code = _codes().get(fold(text))
    if code is None:
        raise ValueError("must be a country, by its English name or its ISO 3166-1 code")
    return code


@cache
def _codes() -> Mapping[str, str]:
    return dict(_names())


def _names() -> Iterator[tuple[str, str]]:
    from iso3166 import countries

    for country in countries:
        names = (country.alpha2, country.alpha3, country.name, country.apolitical_name)
        yield from ((fold(name), country.alpha2) for name in names)
        # "Bolivia, Plurinational State of" in natural order.
        first, _, rest = country.name.partition(", ")
        if rest:
            yield fold(f"{rest} {first}"), country.alpha2
    yield from _ALIASES.items()
