from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.replies.opt_out import OptOutKind, find_opt_out
from connector.domain.replies.phrases import KEYWORDS
from connector.domain.replies.plain import LONGEST, cleaned

WHOLE_MESSAGES = """
STOP | stop | Stop. | STOP!!! | s t o p | S.T.O.P. | Ｓｔｏｐ | ST\u200bOP | \u202eSTOP\u202c | S\u00adTOP | “Stop”
🛑 | 🛑 stop | stopall | Stop all | QUIT | End | revoke | opt out | opt-out | OPTOUT | Cancel | Unsubscribe | unsub
please stop | Stop please! | ok stop thanks | No. Stop. | Remove | remove me pls
STOP 2 END | STOP2END | Stop this | stop, I bought elsewhere | Unsubscribe from all | unsubscribe me | opt me out
parar | BAJA | Alto | basta | no más | Cancelar por favor | Arrêt | arret | ARRÊTEZ | désabonnement
Stopp | stopp bitte | abmelden
"""
FREE_TEXTS = """
Would you stop texting me | Please STOP calling!! | I said stop | quit emailing me | kindly stop with all these texts
can you stop sending me these | cease and desist | I told you to stop | Can you please stop? | pls stop txting me
take me off your list | Take my number off this list | get me off of this list | I want off this list
remove my number please | Please remove us from your list | keep me off your list | delete me from your list
lose my number | Hi, please lose this number. | delete my number
do not contact me | Do not contact me again | don't text me again | Don’t ever call me again | never call me again
dont call here anymore | I'm on the do not call list
no more texts | no more emails please | No more phone calls | I don't want any more calls from you
I do not want to receive these emails | I don't want to hear from you again | I no longer want to get emails from you
leave me alone | leave me the hell alone | go away | this is harassment | I will report you
Not interested, please don't contact me anymore | I'm not interested, take me off | not interested so stop it
Could you unsubscribe me from this list | I want to unsubscribe | how do I opt out? | opt my number out
I'd like to opt out of all future messages | i revoke my consent | I do not consent to this | cancel these texts
no me llamen más | no me escriba | dejen de llamarme | quiero darme de baja | no más mensajes
ne m'appelez plus | ne me contactez plus | Arrêtez de m’envoyer des messages | désabonnez-moi
keine weiteren Nachrichten | Bitte nicht mehr anrufen | Lassen Sie mich in Ruhe
"""
WRONG_NUMBERS = """
Wrong number | wrong number, stop texting me | sorry you have the wrong number | You've got the wrong person
There's no one here named Dana | nobody by that name here | This isn't Dana's number | not my number
Dana no longer has this number | This number belongs to someone else
número equivocado | mauvais numéro | Falsche Nummer
"""
OTHER = """
I'll stop by | I'll stop by tomorrow at 5 | Stop by anytime | can you stop in on Friday? | I'll just stop and grab it
Is there a bus stop nearby? | can't stop thinking about it | I cannot stop calling it home
Cancel my appointment | Can I cancel within 30 days? | End of March works | When does my subscription end
What happens at the end of the lease? | I had to quit my job, so budget is tight
what's the opt out of this contract cost | opt-out of the old vendor contract | get me a quote off the site
how do customers unsubscribe? | I'd like to remove the old windows | take the price off
Yes | No | Not interested | START | Call me Tuesday at 2 | Please email me | I'm not sure | nobody told me the price
Don't call before 5 | Please don't call me before noon | don't contact me until March
don't call me, text me | don't call, I'll call you | Text me instead, don't call | Why don't you call me
no worries, take your time | I want no more than two bedrooms | We don't want any problems
don't hesitate to call me | I don't want to get ripped off | No email yet, did you send it?
Sorry I gave you the wrong number, it's 202 555 0142 | I put in the wrong number of bedrooms
Liked “Hi Dana, reply STOP to opt out” | Loved "stop texting me" | > stop
"""


def phrases(table: str) -> list[str]:
    return [phrase.strip() for line in table.strip().splitlines() for phrase in line.split(" | ")]


@pytest.mark.parametrize("text", phrases(WHOLE_MESSAGES))
def test_a_keyword_is_an_opt_out_however_it_is_spelled(text: str) -> None:
    found = find_opt_out(text)
    assert found is not None
    assert found.kind is OptOutKind.KEYWORD


@pytest.mark.parametrize("text", phrases(FREE_TEXTS))
def test_whoever_asks_in_their_own_words_has_opted_out(text: str) -> None:
    found = find_opt_out(text)
    assert found is not None
    assert found.kind is OptOutKind.FREE_TEXT


@pytest.mark.parametrize("text", phrases(WRONG_NUMBERS))
def test_a_wrong_number_is_told_apart(text: str) -> None:
    found = find_opt_out(text)
    assert found is not None
    assert found.kind is OptOutKind.WRONG_NUMBER


@pytest.mark.parametrize("text", phrases(OTHER))
def test_what_only_sounds_like_an_opt_out_is_none(text: str) -> None:
    assert find_opt_out(text) is None


@pytest.mark.parametrize("text", ["", " ", "\n", "👍", "\u200b", "...", "\x00"])
def test_nothing_said_is_no_opt_out(text: str) -> None:
    assert find_opt_out(text) is None


@pytest.mark.parametrize(
    ("text", "evidence"),
    [
        ("Hi, please LOSE   my number, thx", "LOSE   my number"),
        ("Sorry, you’ve got the WRONG number!", "WRONG number"),
        ("STOP 2 END", "STOP"),
        ("  please stop! ", "please stop!"),
        ("No me llamen más, gracias", "No me llamen"),
    ],
)
def test_the_evidence_is_what_they_wrote(text: str, evidence: str) -> None:
    found = find_opt_out(text)
    assert found is not None
    assert found.evidence == evidence


def test_quoted_lines_are_ours_and_do_not_count() -> None:
    assert find_opt_out("Yes, Tuesday is fine\n> Reply stop to opt out of texts") is None
    assert find_opt_out("> Hi Dana, Acme here\nno more texts please") is not None


@pytest.mark.parametrize(
    "text",
    [
        "said " * 2000,
        "no more " * 2000,
        "not " + "s" * 100_000,
        "i have " * 4000,
        "don't want any " * 2000,
        "not interested " * 2000,
        'liked "' + '" ' * 20_000,
        "a'" * 20_000,
        "'" * 100_000,
        "\ufdfa" * 100_000,
        "\u202e" * 100_000,
        "e\u0301" * 50_000,
    ],
    ids=repr,
)
def test_hostile_text_is_read_like_any_other(text: str) -> None:
    assert find_opt_out(text + " hello") is None


@given(st.text(max_size=300))
def test_any_text_can_be_read(text: str) -> None:
    found = find_opt_out(text)
    assert found is None or found.evidence


@given(
    st.sampled_from(sorted(KEYWORDS)),
    st.sampled_from(["", " ", "\u200b", "\u202e", ".", "!!", "\n", "\u00a0"]),
)
def test_hidden_characters_and_punctuation_hide_no_keyword(keyword: str, around: str) -> None:
    for text in (keyword, keyword.upper(), around.join(keyword)):
        assert find_opt_out(f"{around}{text}{around}") is not None


@given(st.text(max_size=6000))
def test_cleaned_text_is_short_and_holds_nothing_that_cannot_be_seen(text: str) -> None:
    clean = cleaned(text)
    assert len(clean) <= LONGEST
    assert not set(clean) & set("\x00\r\x1b\u200b\u200e\u202a\u202e\u2066\u2069\ufeff\U000e0041")
