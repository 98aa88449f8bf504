"""A new key for the residents' pseudonyms: every stored one is wrapped, so that the same resident stays the same.

The old keys stay as inner keys: a new row's pseudonym is made by all of them in turn. The record knows the marks of the keys that
its pseudonyms were made with; the new key is in its place before the record changes, and until then nobody uses it.
"""

import time
from typing import Any

from etl.errors import UserError
from etl.keeping.decide import writing
from etl.language import _
from etl.publishing.publish import Publication, Say, published, republish
from etl.record.record import Record
from etl.settings import Settings
from etl.staging.pseudonym import add_round, key_marks, key_of, read_key, wrapped


def key_in_use(record: Record, key: bytes) -> bytes:
    """The key as the record's pseudonyms were made with it: without a round that a rotation has not come to yet.

    Raises:
        UserError: they were made with another key.
    """
    marks = record.key_marks()
    if not marks:
        record.set_key_marks(key_marks(key))
        return key
    known = key_of(key, marks)
    if known is None:
        raise UserError(
            _(
                "The record's pseudonyms were made with another key: put that one into LANGNGHE_KEY_FILE or the home's file `key`. "
                "If it is lost for good: python -m etl rotate-key --lost."
            )
        )
    return known


def rotate_key(settings: Settings, lost: bool, say: Say) -> dict[str, Any]:
    """Wrap every stored pseudonym with a new key, in one transaction; figures stay as they are.

    Args:
        settings: where the record lies.
        lost: the record's key is lost: go on with the one that is there. Earlier rows of a resident then match no later ones.
        say: takes one line of progress at a time.

    Returns:
        keys (how many rounds a pseudonym takes now), wrapped (pseudonyms that changed), and the report of ``rebuild``.

    Raises:
        UserError: the key is no file that can be written, or not the record's.
    """
    began = time.monotonic()
    publication: Publication | None = None
    changed = 0
    with writing(settings, say) as record:
        key = read_key(settings.home)
        if not lost:
            known = key_in_use(record, key)
            if key == known:
                key = add_round(settings.home, key)
            say(_("Wrapping the residents' pseudonyms"))
            changed = record.replace_pseudonyms(lambda values: wrapped(values, key, inner=known))
            if record.latest_version():
                publication = republish(record, settings, None)
                record.once_kept.append(publication.show)
        record.set_key_marks(key_marks(key))
        report = published(publication, record)
    return report | {"keys": len(key_marks(key)), "wrapped": changed, "seconds": round(time.monotonic() - began, 3)}
