"""The last resort for a spelling that no list has: a parsing library, believed only where its answer explains every letter."""

import re
from functools import lru_cache
from typing import Any

from etl.reference.lists import OLD
from etl.reference.ward_names import spell

_LONGEST = 200
"""Letters: nobody's ward name is longer, and a long text is no ward name."""
_WARD_WORDS = "phuong|thitran|dackhu|xa|tt|dk|p|f|x"
_DISTRICT_WORDS = "thanhpho|huyen|thixa|quan|tp|tx|q|h"
_PROVINCE_WORDS = "thanhpho|thudo|tinh|tp|t"


def parse(parts: list[str], before: bool, home: str) -> str | None:
    """The code of the ward that the library reads out of ``parts``.

    Args:
        parts: ward, then district, then province, as far as the text has them; no street.
        before: the old units first, today's second; else the other way round.
        home: name of the province that is meant where the text names none.

    Returns:
        The ward_code of ``wards.csv`` (``old-`` before those of the old units), or None: the library finds nothing, or what it
        finds leaves letters over (it looks for names anywhere in a text, "abc Ba Đình xyz" too).

    The library gets names of places alone, and its address converter, which asks a map service on the internet, is never called.
    """
    text = ", ".join(part.strip() for part in parts)
    bare, _ = spell(text)
    if len(text) > _LONGEST or not re.search("[a-z]", bare):
        return None
    from vietnamadminunits import parse_address  # seconds: only for a spelling never seen

    for legacy in (before, not before):
        for address in (f"{text}, {home}", text):
            unit = parse_address(address, mode="LEGACY" if legacy else "FROM_2025", keep_street=False)
            if unit.ward_code and _explains(unit.ward_code, legacy, bare):
                return OLD * legacy + str(unit.ward_code)
    return None


@lru_cache(maxsize=4096)
def _explains(code: str, legacy: bool, bare: str) -> bool:
    """Whether the words for the unit, its district and its province, in that order, leave no letter of ``bare`` over."""
    from vietnamadminunits.database import query

    table = "admin_units_legacy" if legacy else "admin_units"
    if not code.isdigit():
        return False
    for unit in query(f"SELECT * FROM {table} WHERE wardCode = '{code}'"):
        district = f"(?:(?:{_DISTRICT_WORDS})?{_any(unit, 'district')})?" if legacy else ""
        pattern = f"(?:{_WARD_WORDS})?{_any(unit, 'ward')}{district}(?:(?:{_PROVINCE_WORDS})?{_any(unit, 'province')})?(?:vietnam|vn)?"
        if re.fullmatch(pattern, bare):
            return True
    return False


def _any(unit: dict[str, Any], level: str) -> str:
    """A pattern of all words that the library knows for the unit's ward, district or province."""
    words = re.findall(r'"([^"]+)"', unit[f"{level}Keywords"])
    return "(?:" + "|".join(sorted((re.escape(spell(word)[0]) for word in words), key=len, reverse=True)) + ")"
