"""A workbook of one sheet, written column by column: cell by cell a city's ratings would take longer than all else together.

The parts are the least that Office Open XML (ECMA-376, part 1, 12.3) asks of a workbook; texts stand in the cells themselves.
"""

import zipfile
from pathlib import Path

import polars as pl

from etl.columns import Column

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_SHEETML = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_STYLE_INSTANT, _STYLE_DATE = 1, 2
_DAYS_TO_1970 = 25569
"""From the workbook's day 0."""

_PARTS = {
    "[Content_Types].xml": f'{_XML}<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_SHEETML}.sheet.main+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_SHEETML}.styles+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_SHEETML}.worksheet+xml"/></Types>',
    "_rels/.rels": f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">'
    '<sheets><sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
    "xl/styles.xml": f'{_XML}<styleSheet xmlns="{_MAIN}">'
    '<numFmts count="2"><numFmt numFmtId="164" formatCode="dd/mm/yyyy\\ hh:mm:ss"/>'
    '<numFmt numFmtId="165" formatCode="dd/mm/yyyy"/></numFmts>'
    '<fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs></styleSheet>',
}


def write_workbook(path: Path, headers: list[str], texts: pl.DataFrame, columns: list[Column]) -> None:
    """Write texts as a workbook; dates and numbers are typed wherever they can be read as such.

    Args:
        headers: first row, one per column of ``texts``.
        texts: one row per row of the sheet; null is an empty cell.
        columns: what each column holds.
    """
    top = pl.DataFrame([headers], schema=dict.fromkeys(texts.columns, pl.String), orient="row")
    rows = pl.concat([top, texts]).with_columns(pl.int_range(1, pl.len() + 1).cast(pl.String).alias("row_number"))
    cells = [_cell(_letters(number), column) for number, column in enumerate(columns)]
    row = pl.concat_str([pl.lit('<row r="'), "row_number", pl.lit('">'), *cells, pl.lit("</row>")])
    body = rows.select(row.str.join("")).item()
    sheet = f'{_XML}<worksheet xmlns="{_MAIN}"><sheetData>{body}</sheetData></worksheet>'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, content in {**_PARTS, "xl/worksheets/sheet1.xml": sheet}.items():
            member = zipfile.ZipInfo(name, (2026, 11, 1, 0, 0, 0))  # the same bytes on every run
            member.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(member, content)


def _letters(number: int) -> str:
    """Name of the column at a position below 702: A, B, …, Z, AA, …"""
    return (chr(64 + number // 26) if number >= 26 else "") + chr(65 + number % 26)


def _cell(letters: str, column: Column) -> pl.Expr:
    """One column's cells; the first row, of headers, never reads as a date or a number."""
    text = pl.col(column.name)
    start = [pl.lit(f'<c r="{letters}'), pl.col("row_number")]
    escaped = text
    for sign, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        escaped = escaped.str.replace_all(sign, entity, literal=True)
    written = pl.concat_str([*start, pl.lit('" t="inlineStr"><is><t xml:space="preserve">'), escaped, pl.lit("</t></is></c>")])
    number = _number(column)
    if number is not None:
        style = {"instant": _STYLE_INSTANT, "date": _STYLE_DATE}.get(column.kind, 0)
        typed = pl.concat_str([*start, pl.lit(f'" s="{style}"><v>'), number.cast(pl.String), pl.lit("</v></c>")])
        written = pl.when(number.is_not_null()).then(typed).otherwise(written)
    return pl.when(text.is_null()).then(pl.lit("")).otherwise(written)


def _number(column: Column) -> pl.Expr | None:
    """A column's texts as the numbers a workbook would hold, null where they are none; None for texts."""
    text = pl.col(column.name)
    if column.kind in ("instant", "date"):
        moment = text.str.to_datetime("%d/%m/%Y %H:%M:%S", strict=False)
        for shorter in ("%d/%m/%Y %H:%M", "%d/%m/%Y"):
            moment = moment.fill_null(text.str.to_datetime(shorter, strict=False))
        return moment.dt.epoch("s") / 86400 + _DAYS_TO_1970
    return text.cast(pl.Int64, strict=False) if column.kind == "integer" else None
