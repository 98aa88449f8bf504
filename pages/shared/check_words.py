"""What each check of the data's quality is called, and what data staff do about it."""

from etl.language import _
from metrics.flags import USUAL_AT_MONTH_END
from metrics.wording import flag_name, metric_name
from pages.shared import wording


def check_name(check: str) -> str:
    """A check in words."""
    return {
        "officer_unknown": metric_name("unattributed"),
        "ward_unknown": _("Questions without a known ward"),
        "channel_unknown": _("Questions without a known channel"),
        "topic_unknown": _("Questions without a topic"),
        "date_only": metric_name("without_time"),
        "feedback_ward_unknown": _("Judgements without a known ward"),
        "category_unknown": _("Compliments and complaints without a category"),
        "held": _("Judgements under review"),
    }.get(check) or flag_name(check)


def what_to_do(check: str) -> str:
    """What data staff do about a check."""
    ward = _("Write the ward in full, with its district where two share a name")
    evenly = wording.percent(USUAL_AT_MONTH_END)
    return {
        "officer_unknown": _("Map the officer's column, or load the duty roster"),
        "ward_unknown": ward,
        "channel_unknown": _("Give every row its channel's code"),
        "topic_unknown": _("Map the topic's column, or add its words to topics.toml"),
        "date_only": _("Send the hour too: a bare date has no answer time"),
        "resolved_unanswered": _("Look at the cases: closed with nobody's answer on record"),
        "closed_at_month_end": _("Spread evenly: {share}. Far more looks like closing for a report", share=evenly),
        "relabelled": _("Look at the cases: another urgency gives another deadline"),
        "same_answer": _("Look at the cases: does the text answer what was asked?"),
        "feedback_ward_unknown": ward,
        "category_unknown": _("Map the category's column"),
        "repeated": _("Nothing: one resident is one voice in every share"),
        "held": _("Nothing: they wait until a person has looked"),
    }[check]


def stated_name(key: str) -> str:
    """What the loader states beside a version, in words; its own name where nobody has given it any."""
    return {
        "threads_without_resident": _("Threads in which no resident wrote: they are no request"),
        "answers_before_their_question": _("Answers dated before their question"),
        "residents_in_no_request": _("Residents' messages that belong to no request"),
        "replies_to_no_request": _("Replies that answer no request"),
        "requests_told_apart_by_silence": _("Requests told apart from those before by nothing but a silence"),
        "unlisted_channels": _("Channels that no list has"),
        "unlisted_officers": _("Officers that no roster has"),
        "channels_fallen_to_zero": _("Channels whose members fell to 0 on some day"),
        "as_of_the_clock": _("No request or judgement yet: as of the day on which the version was made"),
    }.get(key, key)


def code_kind(kind: str) -> str:
    """What a code stands for, in words."""
    return {"officer": _("Officer"), "channel": _("Channel"), "topic": _("Topic"), "category": _("Category")}[kind]
