"""How people write a ward's name: with and without its type, without accents, abbreviated, the old one with its district."""

from etl.text import fold

ABBREVIATIONS = {"phường": "P.", "xã": "X.", "thị trấn": "TT.", "quận": "Q.", "huyện": "H.", "thị xã": "TX."}
SPELLING_WEIGHTS = (0.42, 0.24, 0.16, 0.08, 0.04, 0.06)


def split_name(name: str) -> tuple[str, str]:
    """A unit's type in small letters, and its name without it: "Thị xã Sơn Tây" → ("thị xã", "Sơn Tây")."""
    for kind in ABBREVIATIONS:
        if name.lower().startswith(kind + " "):
            return kind, name[len(kind) + 1 :]
    return "", name


def slug(name: str) -> str:
    """A unit's name for files and addresses: "Phường Văn Miếu - Quốc Tử Giám" → "van-mieu-quoc-tu-giam"."""
    return fold(split_name(name)[1]).replace(" - ", "-").replace(" ", "-")


def short(name: str) -> str:
    """A unit's name with its type abbreviated: "P. Ba Đình"."""
    kind, bare = split_name(name)
    return f"{ABBREVIATIONS[kind]} {bare}" if kind else bare


def today(name: str, alone: bool) -> tuple[str, ...]:
    """Spellings of one of today's wards, as many as SPELLING_WEIGHTS.

    Args:
        alone: whether no other ward of the country has the same name; else every spelling carries the city.
    """
    city = "" if alone else ", Hà Nội"
    bare = split_name(name)[1]
    return (name + city, short(name) + city, bare + city, fold(name + city), name.upper() + city, f"{name}, Hà Nội")


def before(name: str, district: str, twin: bool) -> tuple[str, ...]:
    """Spellings of a ward of before the reform, always with its district: many names occur twice in the city.

    Args:
        twin: another ward of the district has the same name, but for the type.
    """
    bare, bare_district = split_name(name)[1], split_name(district)[1]
    full = f"{name}, {district}"
    without_types = f"{name if twin else bare}, {bare_district}, Hà Nội"
    return (full, f"{short(name)}, {short(district)}", f"{name} - {district}", fold(full), without_types, full.upper())
