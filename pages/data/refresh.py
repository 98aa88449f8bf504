"""What is new this morning? What waits in the inbox, a dry run, the refresh, its account, and the decisions left to a person."""

from etl.language import _
from etl.settings import read_settings
from pages.shared import deciding, inbox, loading, sources
from pages.shared.head import head
from pages.shared.scope import require

scope = require("refresh")
head(_("What is new this morning?"), sources.version())

files = inbox.waiting(read_settings().inbox)
loading.answer(files)
deciding.held()
loading.waiting(files)
loading.buttons(files)
loading.progress()
loading.account(scope)
loading.refused()
deciding.undo_last()
