"""What somebody who answers an SMS wants: STOP, START, HELP, or to say something.

A keyword is the whole message, whatever its case, accents, punctuation and emoji. Free wording that revokes ("please
stop texting me") counts as STOP as well: revocation by any reasonable means is valid (47 CFR 64.1200(a)(10)), and to
stop one time too many is the smaller harm.
Source: Twilio's and AWS's keyword lists, read 2026-11; the wording patterns are ours, in English, French and Thai.
"""

import re
import unicodedata
from enum import StrEnum


class Intent(StrEnum):
    """What an inbound message wants."""

    # a keyword: no more messages
    STOP = "stop"
    # the same, in free words
    STOP_IN_WORDS = "stop_in_words"
    # messages again, please
    START = "start"
    # who is this
    HELP = "help"
    # anything else
    OTHER = "other"

    @property
    def is_stop(self) -> bool:
        """True if no more messages may go out."""
        return self in {Intent.STOP, Intent.STOP_IN_WORDS}


def _set(*lines: str) -> frozenset[str]:
    return frozenset(word for line in lines for word in line.split())


# what Twilio itself acts on and answers, on every long code and in every Messaging Service
TWILIO_ANSWERS = _set("stop stopall unsubscribe cancel end quit optout revoke", "start yes unstop", "help info")

_STOP = _set(
    "stop stopall unsubscribe cancel end quit optout revoke remove td stopsms",
    "arret arreter arretez desabonner desabonnement desinscrire desinscription",
    "stopp parar baja alto",
    "หยุด เลิก ยกเลิก ยกเลิกรับ เลิกรับ",
)
_START = _set("start yes unstop reprendre เริ่ม")
_HELP = _set("help info aide ช่วยเหลือ")

_SMS = r"(texts?|messag\w+|sms|notifications?|alerts?|updates?)"
_SMS_FR = r"(sms|messages?|textos?|notifications?)"
_WRITE_FR = r"(envo\w+|ecri\w+|contact\w+|text\w+|spam\w*|harcel\w+|deranger)"

# matched against lower-case words without accents, punctuation as blanks
_WORDING = (
    # English
    r"\b(please|pls|plz|just) stop( it| this| that| now| please)?$",
    r"^stop( it| this| that| now| please| pls| plz| thanks| thank you| immediately)+$",
    r"\b(stop|quit|cease) ((send|text|messag|contact|spamm|bother)ing|writing to me|texts?|sms|messages)\b",
    rf"\bstop (these|those|the|all|your|with the) (\w+ )?{_SMS}\b",
    r"\b(dont|don t|do not|never) (text|message|contact|sms|spam|bother|write) (to )?(me|us)\b",
    rf"\b(dont|don t|do not|never) send (me |us )?((any|another|more|these|those) )*({_SMS}|more|again|anything)\b",
    rf"\bno more (of )?(these |those |your )?{_SMS}\b",
    r"\b(remove|take|delete) me(( please| pls)?$| (off|from)\b)|\b(remove|delete) my (phone )?number\b",
    r"\bunsubscribe me\b|\bopt (me )?out\b|\bopting out\b|\b(want|like|wanna) (to )?unsubscribe\b",
    r"\bleave me alone\b|\bwrong (number|person)\b|\blose my number\b",
    r"\b(revoke|withdraw) (my )?(consent|permission)\b",
    # French
    rf"\b(arrete|cesse|stoppe)[rz]? (de |d )?(m |me )?({_WRITE_FR}|(ces |les |vos |tous )*{_SMS_FR})\b",
    rf"\bstop (svp|s il (vous|te) plait|merci|(aux? |a (ces|vos) )?{_SMS_FR})\b",
    rf"\b(ne|n) (m |me )?{_WRITE_FR}( moi)? plus\b|\bne plus (m |me )?({_WRITE_FR}|recevoir)\b",
    rf"\bplus (de|aucun) {_SMS_FR}\b|\bne (veux|souhaite|desire) plus (de|recevoir|etre)\b",
    r"\b(desabonn|desinscri)\w*\b",
    r"\b(retirez|enlevez|supprimez|effacez|retire|enleve|supprime) (moi|mon (numero|contact))\b",
    r"\blaissez? moi tranquille\b|\b(mauvais|faux) numero\b|\berreur de numero\b",
    # Thai, written without blanks
    r"(หยุด|เลิก|อย่า|ไม่ต้อง|งด)\s*(การ)?\s*(ส่งข้อความ|ส่ง\s*sms|ส่งมา|ทักมา|ติดต่อมา|รบกวน|แจ้งเตือน)",
    r"(ยกเลิก|เลิก|ไม่ต้องการ|ไม่อยาก|ไม่ขอ|งด)\s*(การ)?\s*รับ\s*(ข้อความ|sms|เอสเอ็มเอส|แจ้ง|ข่าว|อีก)",
    r"ผิดเบอร์|ลบเบอร์",
)
_WORDS = re.compile("|".join(f"(?:{wording})" for wording in _WORDING))


def intent(text: str) -> Intent:
    """What a message wants; OTHER for an empty one."""
    spaced = _spaced(text)
    word = spaced.replace(" ", "")
    for wanted, words in ((Intent.STOP, _STOP), (Intent.START, _START), (Intent.HELP, _HELP)):
        if word in words:
            return wanted
    return Intent.STOP_IN_WORDS if _WORDS.search(spaced) else Intent.OTHER


def twilio_answers(text: str) -> bool:
    """True if Twilio replies to this by itself unless it was told not to: the whole message is one of its keywords."""
    return text.strip().casefold() in TWILIO_ANSWERS


def _spaced(text: str) -> str:
    """Lower case, Latin letters without accents, everything that is no letter, digit or Thai mark a single blank."""
    folded = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text[:1600]).casefold())
    bare = re.sub(r"[\u0300-\u036f\ufe0e\ufe0f\u200d\u200b]", "", folded)
    kept = (char if char.isalnum() or "\u0e00" <= char <= "\u0e7f" else " " for char in bare)
    return " ".join("".join(kept).split())
