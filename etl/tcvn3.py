"""TCVN3, the encoding of the old Vietnamese fonts (.VnTime): the codec ``tcvn3``, and texts of workbooks typed in such a font.

Never detected: its bytes are letters in every other encoding of one byte, so a source declares it.

Source: TCVN 5712:1993, table VN1: 134 letters and five tone marks that stand behind their letter.
"""

import codecs

_BELOW_SPACE = {
    **dict(zip(range(0x01, 0x03), "ÚỤ", strict=True)),
    **dict(zip(range(0x04, 0x07), "ỪỬỮ", strict=True)),
    **dict(zip(range(0x11, 0x18), "ỨỰỲỶỸÝỴ", strict=True)),
}
"""Capitals that the standard puts where other encodings have signs that control a machine; none of these ends a line."""
_FROM_80 = (
    "ÀẢÃÁẠẶẬÈẺẼÉẸỆÌỈĨ"
    "ÍỊÒỎÕÓỌỘỜỞỠỚỢÙỦŨ"
    "\u00a0ĂÂÊÔƠƯĐăâêôơưđẰ"
    "\u0300\u0309\u0303\u0301\u0323àảãáạẲằẳẵắẴ"
    "ẮẦẨẪẤỀặầẩẫấậèỂẻẽ"
    "éẹềểễếệìỉỄẾỒĩíịò"
    "Ổỏõóọồổỗốộờởỡớợù"
    "ỖủũúụừửữứựỳỷỹýỵỐ"
)
_LETTERS = "".join(_BELOW_SPACE.get(byte, chr(byte)) for byte in range(0x80)) + _FROM_80
_BYTES = codecs.charmap_build(_LETTERS)
_SHOWN = {byte: bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in range(0x100)}
_OF_SHOWN = {ord(sign): _LETTERS[byte] for byte, sign in _SHOWN.items()}
"""A workbook stores such a font's letters as the signs that its bytes are in Windows-1252."""


class _Incremental(codecs.IncrementalDecoder):
    def decode(self, data: object, final: bool = False) -> str:  # noqa: ARG002
        return codecs.charmap_decode(data, self.errors, _LETTERS)[0]  # type: ignore[arg-type]


class _Encoder(codecs.IncrementalEncoder):
    def encode(self, text: str, final: bool = False) -> bytes:  # noqa: ARG002
        return codecs.charmap_encode(text, self.errors, _BYTES)[0]


def _find(name: str) -> codecs.CodecInfo | None:
    if name != "tcvn3":
        return None
    return codecs.CodecInfo(
        name="tcvn3",
        encode=lambda text, errors="strict": codecs.charmap_encode(text, errors, _BYTES),
        decode=lambda data, errors="strict": codecs.charmap_decode(data, errors, _LETTERS),
        incrementalencoder=_Encoder,
        incrementaldecoder=_Incremental,
    )


codecs.register(_find)


def is_tcvn3(encoding: str) -> bool:
    """Whether a declared encoding is this one."""
    return encoding != "auto" and codecs.lookup(encoding).name == "tcvn3"


def letters_of_font(text: str) -> str:
    """What a workbook's cell says in a TCVN3 font: "B¶o" → "Bảo". A cell with any other letter was typed in another font and stays."""
    return text.translate(_OF_SHOWN) if all(ord(sign) in _OF_SHOWN for sign in text) else text
