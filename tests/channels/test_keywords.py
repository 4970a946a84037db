"""What somebody who answers wants."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking.channels._keywords import TWILIO_ANSWERS, Intent, intent, twilio_answers

STOP, WORDS, START, HELP, OTHER = (
    Intent.STOP,
    Intent.STOP_IN_WORDS,
    Intent.START,
    Intent.HELP,
    Intent.OTHER,
)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        *[(word, STOP) for word in ("STOP", "stop", " Stop. ", "S.T.O.P", "stop!!!", "🛑 Stop 🛑", "STOP\n", "“stop”")],
        *[(word, STOP) for word in ("StopAll", "Unsubscribe", "cancel", "END", "quit", "opt-out", "OPT OUT", "revoke")],
        *[(word, STOP) for word in ("arret", "ARRÊT", "arrêt", "arre\u0302t", "Arrêtez", "désabonner", "TD", "remove")],
        *[(word, STOP) for word in ("stopp", "Parar", "baja", "ALTO", "หยุด", "ยกเลิก", "STOP SMS")],
        *[(word, START) for word in ("start", "YES", "unstop", "เริ่ม")],
        *[(word, HELP) for word in ("help", "INFO", "Aide", "ช่วยเหลือ", "help?")],
        *[
            (words, WORDS)
            for words in (
                "please stop",
                "Stop please",
                "STOP IT NOW",
                "stop texting me",
                "Please stop sending me these messages.",
                "Don’t text me again",
                "do not send me any more messages",
                "don't send anything more",
                "no more texts!!",
                "Remove me from your list",
                "take me off",
                "delete my number",
                "I want to unsubscribe",
                "opt me out",
                "leave me alone",
                "wrong number",
                "I revoke my consent",
                "Arrêtez de m’envoyer des messages",
                "arrête les sms",
                "Stop svp",
                "stop aux SMS",
                "Ne m'envoyez plus rien",
                "merci de ne plus m'écrire",
                "plus de sms s'il vous plaît",
                "Je ne veux plus recevoir vos messages",
                "désinscrivez-moi",
                "me désabonner",
                "supprimez mon numéro",
                "Laissez-moi tranquille",
                "mauvais numéro",
                "หยุดส่งข้อความ",
                "เลิกส่งข้อความมาได้แล้ว",
                "ไม่ต้องการรับข้อความ",
                "กรุณายกเลิกการรับ SMS",
                "ส่งผิดเบอร์ค่ะ",
            )
        ],
        *[
            (words, OTHER)
            for words in (
                "",
                "   ",
                "📦",
                "Where is my parcel?",
                "Please cancel my order",
                "Can you stop by at five?",
                "You did not send my parcel",
                "Don't send it to the neighbour",
                "please don't stop",
                "It is a non stop flight",
                "yes please",
                "no help needed, thanks",
                "Merci beaucoup !",
                "Je ne veux plus attendre",
                "Annulez ma commande",
                "arrêt de bus en face",
                "ขอบคุณค่ะ",
                "ยกเลิกคำสั่งซื้อได้ไหม",
                "ช่วยส่งวันไหน",
            )
        ],
    ],
)
def test_intent_of_a_message(text: str, wanted: Intent) -> None:
    assert intent(text) is wanted


def test_both_kinds_of_stop_stop() -> None:
    assert [wanted for wanted in Intent if wanted.is_stop] == [STOP, WORDS]


def test_twilio_answers_whole_keywords_only() -> None:
    assert all(twilio_answers(f" {word.upper()} ") for word in TWILIO_ANSWERS)
    assert not twilio_answers("stop please")
    assert not twilio_answers("ARRET")


@given(st.text(max_size=2000))
def test_any_text_has_an_intent(text: str) -> None:
    assert intent(text) in Intent


def test_very_long_text_is_read_quickly() -> None:
    assert intent("stop " * 100_000) in Intent
    assert intent("ne m " * 100_000 + "x") is OTHER
