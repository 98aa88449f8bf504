"""What holds for every figure: what it is for, what it rests on, and what is never built."""

from etl.language import _


def principles() -> list[tuple[str, str]]:
    """What holds for every figure: heading and text."""
    return [
        (
            _("What the figures must not be used for"),
            _(
                "No figure here decides about a person. Nothing scores risk, predicts conduct, or triggers a reward or a "
                "penalty. Officers are never ranked. A figure is a reason to look at the cases and to ask; the officer "
                "concerned may reply and contest."
            ),
        ),
        (
            _("Fair comparison"),
            _(
                "Under the minimum of cases there is no rate: a dash and the count. Every share, rate and time has its "
                "interval and its n. Two wards whose intervals overlap widely are not different. A case still waiting counts "
                "in the time, as waiting."
            ),
        ),
        (
            _("The data's date"),
            _(
                "Every deadline, age and share is computed at the data's date at the top of the page, never at the time of "
                "looking: the same data give the same figures tomorrow. A case belongs to the period in which it was asked."
            ),
        ),
        (
            _("Ward maps"),
            _(
                "“Today's wards” are those of 2025; “by the names of the time” are those before. Cases of an old ward that was "
                "split go to one successor, and the page says how many of a ward's cases rest on that."
            ),
        ),
        (
            _("Whose case it is"),
            _(
                "An answered case belongs to the officer who answered first, if the log names one. Cases known only from the "
                "duty roster, or not at all, stay with “unknown”, which is never compared. An automatic reply acknowledges; it "
                "never answers."
            ),
        ),
        (
            _("One resident, one voice"),
            _(
                "Several judgements by one resident of the same officer or ward in one week count once in rates and shares; "
                "the plain counts stay beside them. A sudden wave, praise or blame, is held until a person has looked at it, "
                "and the figure says so."
            ),
        ),
        (
            _("Two readings of satisfaction"),
            _(
                "Of those who rated, how many gave 4 or 5; and how many were asked at all. Silence is not satisfaction. Formal "
                "complaints and denunciations are counted and passed on; they enter no rate and no comparison."
            ),
        ),
        (
            _("What is never built about residents"),
            _(
                "Residents are never a unit. No page, file or command lists, ranks, groups by or searches residents. Names and "
                "numbers become keyed pseudonyms before anything is stored; texts are coded to their category and dropped."
            ),
        ),
    ]
