"""How far can the data be trusted? What is missing, where; how old each source is; what nobody lists; what the loader states."""

import streamlit as st

from etl.language import _
from metrics import freshness, quality
from pages.shared import answers, cards, left_out, picture, soundness, sources, upkeep
from pages.shared.check_words import check_name
from pages.shared.controls import filters
from pages.shared.downloads import offer
from pages.shared.head import head, nothing_yet
from pages.shared.scope import require

scope = require("quality")
version = sources.version()
head(_("How far can the data be trusted?"), version)
nothing_yet(version)
chosen = filters(version, scope)

whole = sources.ask(quality.checks, scope, chosen.query("all"))
brought = sources.ask(quality.sources, scope, chosen.query("all"))
heard = sources.ask(freshness.channels, scope, chosen.query("channel", from_on=None, to_on=None))
codes = sources.ask(quality.codes, scope, chosen.query("all"))
wards = sources.names(scope, "ward", chosen.wards)

answers.say(soundness.answer(whole, brought, chosen.label))
cards.draw(soundness.tiles(whole, brought), "")
left_out.draw(scope, chosen)
st.subheader(_("What is missing or odd"))
picture.show(soundness.picture_of(whole), "checks")
rows = soundness.checks_rows(whole)
soundness.draw_checks(rows)
offer(rows, _("Quality of the data"), scope)

st.subheader(_("Where"))
check = soundness.choose_check(whole)
by_ward = soundness.by_ward(sources.ask(quality.checks, scope, chosen.query("ward")), check, wards)
upkeep.draw(by_ward, check_name(check), _("No case in this period."), scope)
st.subheader(_("How old each source is"))
upkeep.draw(upkeep.sources_rows(brought), _("Sources"), _("No source has brought anything yet."), scope)
st.subheader(_("Channels not heard of for a week"))
none = _("Every channel was heard of in the last {n} days.", n=soundness.STALE_DAYS)
upkeep.draw(upkeep.quiet_channels(heard, wards), _("Channels not heard of for a week"), none, scope)
st.subheader(_("Codes that no list has"))
upkeep.draw(upkeep.unlisted(codes), _("Codes that no list has"), _("Every code is listed."), scope)
upkeep.draw_stated(version.stated)
