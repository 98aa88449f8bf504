"""Which ward a text means: names and codes of any spelling, of today and of the time before 2025-07-01.

Nothing is guessed in silence: a text that several wards would fit is `unknown`, except that a bare name is taken to be the home
province's (data/reference/places.toml).
"""

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import polars as pl

from etl.errors import UserError
from etl.language import _
from etl.reference.lists import CHANGE_DAY as CHANGE_DAY
from etl.reference.lists import OLD
from etl.reference.places import Gazetteer, Places, Where, read_places
from etl.reference.ward_names import WARD_TYPES, Marks, can_mean, read_part, spell, split_text
from etl.reference.ward_parser import parse
from etl.settings import REFERENCE
from etl.tables import TIDY_TABLES, UNKNOWN
from etl.text import fold, fold_column

_SCHEMA = TIDY_TABLES["wards"].schema
_CODE = re.compile(rf"(?:{OLD})?\d{{5}}|{OLD}\d{{3}}")


@dataclass(frozen=True)
class _Fit:
    """A ward whose bare name and places fit a text."""

    row: int
    accents: bool
    """No accent of the text contradicts the name's."""
    exact: bool
    """The text has all accents of the name."""
    type: bool
    """The text's type is the ward's, or the text gives none."""
    plain: bool
    """The text has no accents at all."""


class Wards:
    """The wards of the country, of today and before, and how texts are resolved to them.

    Args:
        table: rows of the tidy table ``wards``.
        places: how names are read.
    """

    def __init__(self, table: pl.DataFrame, places: Places) -> None:
        self.table = table
        self.places = places
        if places.home_province not in self.province_names:
            raise UserError(_("places.toml: home_province is {value}: no province has that code.", value=repr(places.home_province)))

    @cached_property
    def province_names(self) -> dict[str, str]:
        """Code of a province of today -> its name."""
        provinces = self.table.select("parent", "province").unique().sort("parent")
        return dict(provinces.iter_rows())

    @cached_property
    def split(self) -> list[str]:
        """Codes of the wards whose land went to several of today's."""
        return self.table.filter("split")["ward_code"].to_list()

    def ward_rows(self, codes: set[str]) -> pl.DataFrame:
        """The tidy rows of ``codes`` and of the wards of today that they went to.

        Returns:
            One row per ward, by ward_code; columns of the tidy table ``wards``. A code that the reference does not have (a source
            with ``wards = "verbatim"``) is its own name, in the province `unknown`. The code `unknown` is no ward and has no row.
        """
        asked = pl.DataFrame({"ward_code": sorted(codes - {UNKNOWN})}, schema={"ward_code": pl.String})
        listed = self.table.join(asked, on="ward_code", how="semi")
        current = self.table.join(listed.select("current_code"), left_on="ward_code", right_on="current_code", how="semi")
        code = pl.col("ward_code")
        verbatim = asked.join(self.table, on="ward_code", how="anti").with_columns(
            name=code, province=pl.lit(UNKNOWN), parent=pl.lit(UNKNOWN), current_code=code, split=pl.lit(False)
        )
        return pl.concat([listed, current, verbatim], how="diagonal").unique("ward_code").select(list(_SCHEMA)).sort("ward_code")

    def resolve(self, texts: pl.DataFrame) -> pl.DataFrame:
        """Resolve ward texts.

        Args:
            texts: ``text`` (as written, may be null) and ``before`` (whether the local day lies before 2025-07-01, CHANGE_DAY);
                best one row per distinct pair, for the work is done row by row.

        Returns:
            The rows as given, with ``ward_code`` (today's ward) and ``ward_then`` (the ward by the name of the day: the old unit
            where the day lies before the change and the text names one, else today's); `unknown` where that cannot be said.
        """
        found = [self._resolve(text, bool(before)) for text, before in texts.select("text", "before").iter_rows()]
        codes = pl.DataFrame(found, schema={"ward_code": pl.String, "ward_then": pl.String}, orient="row")
        return pl.concat([texts.select("text", "before"), codes], how="horizontal")

    def _resolve(self, text: str | None, before: bool) -> tuple[str, str]:
        folded = fold(text or "")
        if not text or not folded or folded in self.places.no_ward:
            return UNKNOWN, UNKNOWN
        if _CODE.fullmatch(folded):
            # Today's codes and the old units' are the same numbers: the day tells them apart.
            for code in (OLD + folded, folded) if before else (folded, OLD + folded):
                if code in self._row_of:
                    return self._answer([self._row_of[code]], before)
            return UNKNOWN, UNKNOWN
        for at_dashes in (False, True):
            fits = self._fits(split_text(text, at_dashes))
            if fits:
                return self._answer(self._choose(fits, before), before)
        code = parse(split_text(text), before, self.province_names[self.places.home_province]) or ""
        return self._answer([self._row_of[code]], before) if code in self._row_of else (UNKNOWN, UNKNOWN)

    def _fits(self, parts: list[str]) -> list[_Fit]:
        """All wards with that name, accents aside, in the named places."""
        if not parts:
            return []
        places = [self._gazetteer.find(read_part(part)) for part in parts[1:]]
        fits = []
        for reading in read_part(parts[0]):
            for row in self._rows_named.get(reading.bare, ()):
                type_ = self._types[row]
                if reading.type not in (None, *WARD_TYPES, type_):  # "Quận Hoàn Kiếm" is no ward
                    continue
                if all(self._in(where, row) for where in places):
                    marks = self._marks(row)
                    accents = can_mean(reading.marks, marks)
                    exact = accents and len(reading.marks) == len(marks)
                    fits.append(_Fit(row, accents, exact, reading.type in (None, type_), parts[0].isascii()))
        return fits

    def _choose(self, fits: list[_Fit], before: bool) -> list[int]:
        """The wards that are meant: one, several that cannot be told apart, or none."""
        right = [fit for fit in fits if fit.accents and fit.type]
        if all(fit.plain for fit in right):  # "Ba Dinh" may be Ba Đình, and is where that is at home
            at_home = self._at_home({fit.row for fit in right})
            right = [fit for fit in right if fit.row in at_home]
        # Who writes accents writes all of them: "Sa Pa" is not "Sa Pả".
        rows = {fit.row for fit in [fit for fit in right if fit.exact] or right}
        if rows:
            return self._of_the_day(self._at_home(rows), before)
        # One slip, in the accents or in the type, is forgiven where no other ward could be meant.
        rows = self._at_home({fit.row for fit in fits if fit.accents or fit.type})
        return self._of_the_day(rows, before) if len({self._current[row] for row in rows}) == 1 else []

    def _at_home(self, rows: set[int]) -> set[int]:
        home = {row for row in rows if self._parents[row] == self.places.home_province}
        return home or rows

    def _of_the_day(self, rows: set[int], before: bool) -> list[int]:
        """Those on the list of the day; where there is none, those on the other list."""
        return [row for row in rows if self._is_old[row] == before] or list(rows)

    def _answer(self, rows: list[int], before: bool) -> tuple[str, str]:
        current = {self._current[row] for row in rows}
        if len(current) != 1:
            return UNKNOWN, UNKNOWN
        code = current.pop()
        if not before:
            return code, code
        return code, self._codes[rows[0]] if len(rows) == 1 else UNKNOWN

    def _in(self, where: Where, row: int) -> bool:
        """Whether the ward lies there, or lay there before the change."""
        parent, districts = self._parents[row], self._districts[row]
        if where.country or parent in where.provinces or not where.districts.isdisjoint(districts):
            return True
        return any((parent, district) in where.former for district in districts)

    def _marks(self, row: int) -> Marks:
        return spell(_core(self._names[row], self._types[row]))[1]

    # The table by columns, and indexes over it, made when the first text is resolved.

    @cached_property
    def _codes(self) -> list[str]:
        return self.table["ward_code"].to_list()

    @cached_property
    def _names(self) -> list[str]:
        return self.table["name"].to_list()

    @cached_property
    def _types(self) -> list[str]:
        return self.table["type"].to_list()

    @cached_property
    def _parents(self) -> list[str]:
        return self.table["parent"].to_list()

    @cached_property
    def _current(self) -> list[str]:
        return self.table["current_code"].to_list()

    @cached_property
    def _is_old(self) -> list[bool]:
        return self.table["valid_to"].is_not_null().to_list()

    @cached_property
    def _row_of(self) -> dict[str, int]:
        return {code: row for row, code in enumerate(self._codes)}

    @cached_property
    def _rows_named(self) -> dict[str, list[int]]:
        """Bare name without its type -> rows of the wards that have it."""
        core = pl.col("name").str.slice(pl.col("type").str.len_chars() + 1)
        bare = self.table.select(bare=fold_column(core).str.replace_all("[^a-z0-9]", ""))
        rows: dict[str, list[int]] = defaultdict(list)
        for row, name in enumerate(bare["bare"].to_list()):
            rows[name].append(row)
        return rows

    @cached_property
    def _districts(self) -> list[set[str]]:
        """Of each row: the districts in which it lay; of a ward of today those from which it was made, for people go on naming them."""
        districts: list[set[str]] = [set() for _code in self._codes]
        for row, (code, district) in enumerate(zip(self._codes, self.table["district"].to_list(), strict=True)):
            if district:
                # A ward of today has the number of one of the units from which it was made.
                for place in (row, self._row_of[self._current[row]], self._row_of.get(code.removeprefix(OLD), row)):
                    districts[place].add(district)
        return districts

    @cached_property
    def _gazetteer(self) -> Gazetteer:
        return Gazetteer(self.places, self.province_names, set(self.table["district"].drop_nulls().unique()))


def _core(name: str, type_: str) -> str:
    return name[len(type_) + 1 :]


def read_wards(path: Path = REFERENCE / "wards.csv", places: Path = REFERENCE / "places.toml") -> Wards:
    """The reference table of wards and how names are read, as the files stand now.

    Args:
        path: the table; ``districts.csv`` lies beside it.
        places: the TOML file of the words.

    Raises:
        UserError: the TOML file is not as it should be; the sentence names the key.
    """
    districts = path.with_name("districts.csv")
    return _read_wards(path, places, districts, tuple(file.stat().st_mtime_ns for file in (path, places, districts) if file.exists()))


@lru_cache(maxsize=4)
def _read_wards(path: Path, places: Path, districts: Path, _changed: tuple[int, ...]) -> Wards:
    return Wards(pl.read_csv(path, schema=_SCHEMA), read_places(places, districts))
