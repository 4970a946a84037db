"""Hides people in texts that others wrote, before a page that anybody with the link can open shows them.

Carriers put names, telephone numbers, one-time codes and street lines into their events. What can be recognised is
masked: telephones by their national forms, names by the words around them, and what the page itself knows of the
recipient wherever it stands. Stored facts and the merchant's console keep the carrier's own text.

Every pattern is bounded, so that masking takes time in proportion to the text.
"""

import re
from collections.abc import Iterable
from typing import Final

DOTS: Final = "•••"
_AT: Final = f"{DOTS}@{DOTS}"
# letters of any script we meet, with the vowel signs that Python does not count among them
_LETTER = r"[^\W\d_]|[\u0300-\u036f\u0e31\u0e34-\u0e3a\u0e47-\u0e4e]"
_ONE_WORD = rf"(?:{_LETTER})(?:{_LETTER}|['’/-]){{0,39}}"

_LINK = re.compile(r"\bhttps?://[^\s，。；】）)]{1,500}", re.IGNORECASE)
_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,6}")

# ---- one-time codes: their word, then something short with a digit in it

_CODE = re.compile(
    r"(?P<lead>取[件货]码|提[货取]码|验证码|开[柜箱]码|密码|รหัส(?:รับ(?:พัสดุ|ของ|สินค้า)|OTP|ล็อกเกอร์|ลับ)?(?:\s?OTP)?|"
    r"\b(?:(?:pick-?\s?up|collection|locker|delivery|security|verification|access|door|gate|secret|release|"
    r"parcel|one[- ]time)\s(?:code|pass(?:word|code)?|pin)|passcode|password|OTP|PIN(?![- ]?codes?\b)|PIN[- ]?codes?|"
    r"code\s(?:de\sretrait|d['’]ouverture|d['’]acc[èe]s|secret|de\sporte|de\slivraison|PIN)|digicode|mot\sde\spasse|"
    r"(?:Abhol|Zugangs|Öffnungs|Tür|Sicherheits|Empfangs)code|mTAN|TAN|Kennwort))"
    r"(?P<gap>\s?(?:[:：#=–-]|\b(?:is|est|ist|number|no\.?|numéro|Nummer)\b|คือ|为|是)?\s?[:：]?\s?[\"“«【(（]?\s?)"
    r"(?P<code>(?=[A-Z-]{0,11}\d)[A-Z0-9](?:[A-Z0-9]|-(?=[A-Z0-9])){2,11})(?![A-Za-z0-9-])",
    re.IGNORECASE,
)

# ---- telephone numbers

_SEP = r"[ .\-/]?"
_DIGITS = re.compile(
    # what looks like one and is none: dates, times, ZIP+4, weights
    r"(?P<kept>(?<!\d)\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?!\d)|(?<!\d)\d{1,2}[-/.]\d{1,2}[-/.]\d{4}(?!\d)"
    r"|(?<![\d-])\d{5}-\d{4}(?![\d-])|(?<!\d)\d{1,2}[:.h]\d{2}(?::\d{2})?(?=\s?(?:[ap]m|Uhr|h|น\.)?\b)(?![.\d])"
    r"|(?<!\d)\d{1,6}(?:[.,]\d{1,3})?\s?(?:kgs?|g|lbs?|oz|กก\.?|公斤)(?!\w))"
    # with a country in front
    rf"|(?P<abroad>(?<![A-Za-z0-9+])(?:\+|00)[1-9](?:{_SEP}\(?\d\)?){{6,13}}(?![A-Za-z0-9]))"
    # with a trunk 0: nine to eleven digits
    rf"|(?P<trunk>(?<![A-Za-z0-9.,/-])(?:\((?=0\d{{1,4}}\)))?0[1-9](?:\)?{_SEP}\d){{7,9}}(?![A-Za-z0-9]))"
    # a Chinese mobile, perhaps in groups
    r"|(?P<mobile>(?<![A-Za-z0-9.,/-])1[3-9]\d(?:[ -]?\d{4}){2}(?![A-Za-z0-9]))"
    r"|(?P<service>(?<![A-Za-z0-9.,/-])[48]00-\d{3,4}-\d{3,4}(?![A-Za-z0-9]))"
    # an Indian mobile as it is written for people
    r"|(?P<india>(?<![A-Za-z0-9.,/-])[6-9]\d{4}[ -]\d{5}(?![A-Za-z0-9]))"
    # bare digits: a telephone only beside the word, or where a person is spoken of
    r"|(?P<bare>(?<![A-Za-z0-9+])\d(?:[ -]?\d){4,14}(?![A-Za-z0-9]))"
)
_PHONE_WORD = re.compile(
    r"(?:电话|手机|致电|电联|拨打|โทร(?:ศัพท์)?|เบอร์(?:โทร)?|ติดต่อ|\b(?:tele)?phone|\btel|\bt[ée]l(?:[ée]phone)?|\bmob(?:ile)?|"
    r"\bcall|\bdial|\bcontact\w{0,4}|\bcont[áa]ct\w{0,6}|\bhotline|\bwhats\s?app|\bTelefon|\bHandy|\bRufnummer|\bportable|"
    r"\bappel\w{0,3}|\bhubungi|\bh/?p)"
    r"(?:\s?(?:number|no|nummer|numéro|号码?))?[\s.:：#=(（al]{0,6}$",
    re.IGNORECASE,
)
# what these words introduce is the number of a parcel
_NUMBER_WORD = re.compile(
    r"(?:单号|运单|编号|หมายเลข(?:พัสดุ|ติดตาม)?|เลขพัสดุ|\b(?:tracking|parcel|shipment|consignment|waybill|awb|order|reference|ref|item|"
    r"barcode|container|flight|colis|envoi|suivi|commande|sendungs?\w{0,7}|paket\w{0,7}|auftrags?\w{0,7}))"
    r"(?:\s?(?:number|no|nr|num|numéro|nummer|id|code|n°))?[\s.:：#=为是(（n°]{0,6}$",
    re.IGNORECASE,
)
_PERSON = re.compile(
    r"快递员|收派员|派[件送]员|业务员|小哥|พนักงาน|ไรเดอร์|\b(?:courier|rider|driver|agent|postman|kurir|mensajero|entregador|livreur|facteur|"
    r"zusteller|bote|fahrer)\b",
    re.IGNORECASE,
)
_BEFORE = 40
_CLAUSE = re.compile(r"[;；。!?]|\.\s")

# ---- names

# an end of the name: what follows is when, where or how
_STOP = (
    r"(?!(?:at|in|on|for|from|near|via|and|with|to|by|as|is|was|the|dated|date|tel|phone|call|when|who|"
    r"am|um|im|bei|zu|vor|nach|und|an|der|die|das|mit|ist|wurde|abgegeben|zugestellt|angenommen|à|au|le|la|les|du|des|chez|dans|sur|et|pour|avec|a|est)\b"
    r"|(?:โทร|เบอร์|เมื่อ|ที่|วันที่|เวลา))"
)
_NAME = (
    rf"(?P<name>(?:{_LETTER}){{1,3}}\.(?=\s?(?:{_LETTER}))\s?{_ONE_WORD}(?:\s{_STOP}{_ONE_WORD}){{0,3}}"
    rf"|{_ONE_WORD}(?:\s{_STOP}(?:(?:{_LETTER}){{1,3}}\.(?=\s?(?:{_LETTER}))\s?)?{_ONE_WORD}){{0,4}})"
)
_OPEN = r"\s?[:：–-]?\s?[【\[(（\"“«]?\s?"
_NAMED = re.compile(
    r"(?P<lead>\b(?:sign(?:ed|ature)(?:\s+for)?\s+(?:by|of)|received\s+by|accepted\s+by|handed\s+(?:over\s+)?to|left\s+with|"
    r"collected\s+by|released\s+to|sign[ée]e?s?\s+par|re[çc]ue?\s+par|r[ée]ceptionn[ée]e?\s+par|retir[ée]e?\s+par|"
    r"accept[ée]e?\s+par|remise?\s+à|unter(?:schrieben|zeichnet)\s+von|quittiert\s+von|angenommen\s+von|"
    r"empfangen\s+von|übergeben\s+an|abgegeben\s+bei)|"
    r"(?:เซ็น|ลงนาม|ลงชื่อ)(?:รับ)?โดย|(?<!ฝาก)รับโดย|ผู้(?:รับ|ลงนาม|เซ็นรับ)\s?(?=นาย|นาง|น\.ส\.|คุณ|ด\.[ชญ]\.))"
    rf"(?P<gap>{_OPEN}){_NAME}",
    re.IGNORECASE,
)
# a label and a colon: whatever follows is a name
_LABELLED = re.compile(
    r"(?P<lead>\b(?:recipient|receiver|neighbou?r|nachbar(?:in)?|voisine?|consignee|addressee|signer|signatory|(?<![^\W\d_]\s)name|contact|courier|driver|agent|"
    r"destinataire|signataire|r[ée]ceptionnaire|(?<![^\W\d_]\s)nom|exp[ée]diteur|livreur|empf[äa]nger(?:in)?|unterzeichner(?:in)?|"
    r"zusteller(?:in)?|(?:consignee|recipient|receiver)['’]?s?\sname|nom\sdu\s(?:destinataire|signataire|"
    r"r[ée]ceptionnaire))|ผู้(?:รับ|ลงนาม|เซ็นรับ|นำจ่าย)|ชื่อ(?:ผู้รับ)?|พนักงาน(?:นำจ่าย|จัดส่ง)?|签收人|收件人|寄件人|快递员|收派员|派[件送]员|业务员)"
    rf"(?P<gap>\s?[:：=]\s?[【\[(（\"“«]?\s?){_NAME}",
    re.IGNORECASE,
)
_CHINESE = re.compile(
    # 快件交给张某，正在派送
    r"(?P<lead>交给|签收人(?:是|为))(?P<gap>\s?【?)(?P<name>[\u4e00-\u9fff·]{2,8}?)(?=】?(?:[，,（(。；]|正在|$))"
    # 由张某签收
    r"|(?P<lead1>由)(?P<gap1>\s?【?)(?P<name1>[\u4e00-\u9fff·]{2,8}?)(?=】?(?:签收|代收))"
    # 快递员【张某，电话 / 快递员张某(•••
    r"|(?P<lead2>快递员|收派员|派[件送]员|揽[件收]员|业务员|小哥)(?P<gap2>\s?)(?:(?P<open>【)(?P<name2>[^【】，,：:]{1,20})"
    rf"|(?P<name3>[\u4e00-\u9fff·A-Za-z ]{{2,20}}?)(?=\s?[，,（(]?\s?(?:联系)?(?:电话|手机)?[：:]?\s?{DOTS}))"
)
# J&T courier TEST(•••) picked up; พนักงาน สมชาย (•••)
_STAFF = re.compile(
    r"(?P<lead>\b(?:courier|rider|driver|agent|kurir)|พนักงาน(?:นำจ่าย|จัดส่ง|ส่งของ)?|ไรเดอร์)(?P<gap>\s[\[【]?)"
    rf"(?P<name>[^(（,.;:：【】\[\]•\d][^(（,.;:：【】\[\]•]{{0,59}}?)(?=\s?[(（,]?\s?(?:(?:tel|phone|mob\w{{0,4}}|โทร|เบอร์)[\s.:]{{0,3}})?{DOTS})",
    re.IGNORECASE,
)
_ADDRESSED = re.compile(
    r"\b(?P<lead>M(?:r|rs|s|iss|me|lle)|M(?:R|RS|S|ISS|ME|LLE)|Herrn?|HERRN?|Frau|FRAU|Monsieur|MONSIEUR|Madame|MADAME)"
    rf"(?P<gap>\.?\s)(?=[A-ZÀ-Þ]){_NAME}"
)
_TITLED = re.compile(
    r"(?<![\u0e00-\u0e7f])(?P<lead>นางสาว|น\.ส\.|ด\.[ชญ]\.|(?:นาย|นาง)(?=\s))(?P<gap>\s?)"
    r"(?P<name>[\u0e00-\u0e7f]{2,30}(?:\s(?!ที่|เมื่อ|ณ)[\u0e00-\u0e7f]{2,30})?)"
)
# what stands where a name could and is a place, a role or a firm
_ROLES = re.compile(
    # nobody's name begins like this
    r"(?:the|our|your|its|this|another|third|shipping|all)\s|move\b|"
    r"(?:an?\s|the\s|our\s|your\s|its\s|his\s|her\s|un\s|une\s|le\s|la\s|l['’]|les\s|votre\s|notre\s|einen?m?\s|einer\s|der\s|den\s|dem\s|"
    r"die\s|ihrem\s|ihren\s|unser\w{0,2}\s)?"
    r"(?:neighbou?r|reception|concierge|front\s?(?:desk|door)|mail\s?(?:room|box)|agent|resident|household|recipient|receiver|"
    r"individual|person|adult|someone|customer|consignee|addressee|member|colleague|family|guard|security|caretaker|"
    r"locker|parcel|carrier|courier|driver|rider|post|facility|depot|hub|centre|center|branch|station|office|shop|store|"
    r"warehouse|terminal|airline|airport|customs|broker|sender|shipper|merchant|seller|partner|local|delivery|transport|"
    r"service|us\b|usps|ups\b|fedex|dhl|dpd|gls|hermes|chronopost|colissimo|sf\b|j&t|la\s?poste|poste\b|deutsche|royal|canada|australia|"
    r"thailand|ไปรษณีย์|"
    r"voisin|gardien|accueil|destinataire|client|exp[ée]diteur|transporteur|bureau|point|relais|livreur|facteur|consigne|"
    r"commer[çc]ant|nachbar|empf[äa]nger|zusteller|filiale|packstation|paketshop|absender|kunde|pf[öo]rtner|rezeption|"
    r"hausmeister|mitbewohner|familien|spediteur|partner|"
    r"เพื่อนบ้าน|ผู้รับ|ผู้ฝาก|เจ้าหน้าที่|พนักงาน|ญาติ|ยาม|รปภ|นิติ|"
    r"本人|他人|家人|同事|朋友|门卫|前台|物业|邻居|个人|保安|代理|合作|驿站|丰巢|快递|网点|菜鸟|单位)|"
    r".{0,8}(?:柜|店|中心|公司|中转场|营业点|自提点|便利)",
    re.IGNORECASE,
)
_SITE = re.compile(
    r"\b(?:hub|facility|depot|centre|center|office|station|branch|warehouse|terminal|airport|gateway|post|poste|mail|"
    r"express|logistics|courier|carrier|services?|agence|plateforme|zentrum|niederlassung)\b",
    re.IGNORECASE,
)
_STREET = re.compile(
    r"\b\d{1,5}[a-zA-Z]?,?\s+(?:(?!(?i:on|the|its|is|parcels?|items?|pieces?|packages?|days?|hours?|of)\b)"
    r"[A-ZÀ-Þ][\w'’.-]{0,40}\s+){1,3}(?i:street|st|road|rd|avenue|ave|lane|ln|drive|dr|close|way|court)\b\.?"
    r"|\b\d{1,5}\s?(?i:bis|ter)?,?\s+(?i:rue|avenue|av\.?|boulevard|bd|chemin|place|impasse|all[ée]e)\s+[^,.;]{2,40}"
)
_CJK = re.compile(r"[\u4e00-\u9fff]{2,}")
# words of an address or a form of address that are nobody's alone
_COMMON = frozenset(
    (  # noqa: SIM905 - a list of words
        "the and street road avenue lane drive close way court house flat apartment apt floor building rue chemin "
        "place boulevard allée impasse bis ter chez des les und von der die das straße strasse str weg platz allee "
        "haus monsieur madame mrs miss herr frau company ltd inc sarl gmbh ถนน ซอย หมู่ อาคาร ชั้น บริษัท "
        "ตำบล แขวง เขต อำเภอ จังหวัด"
    ).split()
)


def mask_text(text: str, *, known: Iterable[str | None] = (), keep: Iterable[str] = ()) -> str:
    """What a carrier says of an event, fit for everybody's eyes.

    Hidden are links, email addresses, one-time codes, telephone numbers, names that the words around them give away,
    street lines, and `known`. Dates, times, postcodes, weights, towns and numbers of parcels stay.

    known  what the order says of its recipient (name, street); every whole word of three letters or more is hidden
    keep   what may be shown though it looks like a telephone or stands in `known`: the parcel's number, its town
    """
    kept = frozenset(keep)
    said = _without_numbers(" ".join(text.split()), kept)
    said = _without_names(_STREET.sub(DOTS, said))
    return _tidy(_without_known(said, known, kept))


def mask_place(text: str) -> str:
    """A place as a carrier names it: as `mask_text`, but a shop's street stays, because somebody has to find it."""
    return _tidy(_without_names(_without_numbers(" ".join(text.split()), frozenset())))


def mask_postcode(code: str | None) -> str:
    """The start of a postcode: "LA9 4AA" → "LA9•••", "44000" → "44•••"; "" for none."""
    kept = (code or "").strip().upper()
    if not kept:
        return ""
    head = kept.split(" ")[0] if " " in kept else kept[:2]
    return head + DOTS


def mask_street(line: str | None) -> str:
    """The start of a street without its number: "5 Example Street" → "E•••"; "" for none."""
    word = re.search(r"[^\W\d_]{2,}", line or "")
    return word.group()[0].upper() + DOTS if word else ""


def _without_numbers(text: str, keep: frozenset[str]) -> str:
    text = _EMAIL.sub(_AT, _LINK.sub(DOTS, text))
    text = _CODE.sub(_without_code, text)
    if not any(char.isdigit() for char in text):
        return text
    return _DIGITS.sub(lambda found: _without_phone(found, text, keep), text)


def _without_code(found: re.Match[str]) -> str:
    # India's PIN code is where a parcel goes
    if re.fullmatch(r"PIN[- ]?codes?", found["lead"], re.IGNORECASE) and re.fullmatch(r"[1-9]\d{5}", found["code"]):
        return found.group()
    return f"{found['lead']}{found['gap']}{DOTS}"


def _without_phone(found: re.Match[str], text: str, keep: frozenset[str]) -> str:
    said = found.group()
    if found["kept"] or said in keep or "".join(char for char in said if char.isalnum()) in keep:
        return said
    before = text[max(0, found.start() - _BEFORE) : found.start()]
    if found["bare"]:
        digits = sum(char.isdigit() for char in said)
        if _PHONE_WORD.search(before):
            return DOTS
        # a person in the same clause, and as many digits as telephones have
        spoken_of = _PERSON.search(_CLAUSE.split(before)[-1]) is not None
        return DOTS if spoken_of and 9 <= digits <= 11 and not _NUMBER_WORD.search(before) else said
    return said if not found["abroad"] and _NUMBER_WORD.search(before) else DOTS


def _without_names(text: str) -> str:
    for pattern in (_LABELLED, _NAMED, _STAFF, _ADDRESSED, _TITLED):
        text = pattern.sub(_without_name, text)
    return _CHINESE.sub(_without_chinese, text)


def _without_name(found: re.Match[str]) -> str:
    return found.group() if _is_role(found["name"]) else f"{found['lead']}{found['gap']}{DOTS}"


def _is_role(name: str) -> bool:
    return _ROLES.match(name) is not None or _SITE.search(name) is not None


def _without_chinese(found: re.Match[str]) -> str:
    name = found["name"] or found["name1"] or found["name2"] or found["name3"]
    return found.group() if _is_role(name) else found.group().removesuffix(name) + DOTS


def _without_known(text: str, known: Iterable[str | None], keep: frozenset[str]) -> str:
    words: set[str] = set()
    common = _COMMON | {word.lower() for value in keep for word in value.split()}
    for value in known:
        for word in re.findall(r"[^\s\d,.;:()/\"“”]{2,60}", (value or "")[:400]):
            if (len(word) > 2 or _CJK.fullmatch(word)) and word.lower() not in common:
                words.add(word)
    if not words:
        return text
    listed = sorted(words, key=len, reverse=True)
    # Chinese and Thai have no blanks between words
    spaced = [re.escape(word) for word in listed if word.isascii() or not _unspaced(word)]
    joined = [re.escape(word) for word in listed if not word.isascii() and _unspaced(word)]
    if spaced:
        text = re.sub(rf"(?<!\w)(?:{'|'.join(spaced)})(?!\w)", DOTS, text, flags=re.IGNORECASE)
    return re.sub("|".join(joined), DOTS, text) if joined else text


def _unspaced(word: str) -> bool:
    return any("\u0e00" <= char <= "\u0e7f" or "\u4e00" <= char <= "\u9fff" for char in word)


def _tidy(text: str) -> str:
    return re.sub(rf"{DOTS}(?:\s{DOTS}){{1,500}}", DOTS, text)
