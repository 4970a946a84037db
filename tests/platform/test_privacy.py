"""A page that anybody with the link can open names nobody."""

import csv
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracking.platform.privacy import DOTS, mask_place, mask_postcode, mask_street, mask_text

CODES = Path(__file__).parents[2] / "tracking" / "carriers" / "codes"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Delivered, signed by J SMITH", "Delivered, signed by •••"),
        ("Signed by J. SMITH at front door in Portland, OR 97218", "Signed by ••• at front door in Portland, OR 97218"),
        ("Signed for by: O'NEIL", "Signed for by: •••"),
        ("Your parcel was handed to Anna Berg.", "Your parcel was handed to •••."),
        ("Recipient: Anna Berg", "Recipient: •••"),
        ("Signé par : DUPONT Marie", "Signé par : •••"),
        ("Signé par M. DUPONT le 12/03/2026 à Nantes", "Signé par ••• le 12/03/2026 à Nantes"),
        ("Reçu par Mme Durand", "Reçu par •••"),
        ("Unterschrieben von MÜLLER am 02.12.2026 14:30", "Unterschrieben von ••• am 02.12.2026 14:30"),
        ("Übergeben an Frau Schulze", "Übergeben an •••"),
        ("Empfänger: Karl Groß", "Empfänger: •••"),
        ("Left with a neighbour, Mrs. Smith", "Left with a neighbour, Mrs. •••"),
        ("Bei Frau Schulze-Kremer abgegeben", "Bei Frau ••• abgegeben"),
        ("Neighbour: Karl Groß", "Neighbour: •••"),
        # Chronopost's infoCompList
        ("Consignee's name: DUPONT MARIE", "Consignee's name: •••"),
        ("Nom du destinataire : Dupont", "Nom du destinataire : •••"),
        ("Nom du réceptionnaire = Dupont", "Nom du réceptionnaire = •••"),
        # Thailand Post
        ("นำจ่ายสำเร็จ ผู้รับ: สมชาย ใจดี", "นำจ่ายสำเร็จ ผู้รับ: •••"),
        ("นำจ่ายสำเร็จ ผู้รับ: ยุพิน/ภรรยา", "นำจ่ายสำเร็จ ผู้รับ: •••"),
        ("ผู้รับ นายสมชาย ใจดี", "ผู้รับ •••"),
        ("ลงนามโดย สมศรี มั่นคง โทร. 081-234-5678", "ลงนามโดย ••• โทร. •••"),
        ("นำจ่ายให้ นางสาวสมศรี มั่นคง", "นำจ่ายให้ นางสาว•••"),
        # SF Express
        ("快件交给张某，正在派送途中（联系电话：10000000000）", "快件交给•••，正在派送途中（联系电话：•••）"),
        ("如有疑问请电联快递员【张某，电话：13800000000】，感谢", "如有疑问请电联快递员【•••，电话：•••】，感谢"),
        ("快递员李小明，电话13912345678", "快递员•••，电话•••"),
        ("签收人：李四", "签收人：•••"),
        ("由李四签收", "由•••签收"),
        ("courier [Chen, phone: 13800000000].", "courier [•••, phone: •••]."),
        # J&T Express
        ("J&T courier TEST网点CZA2(15912345678)picked up", "J&T courier •••(•••)picked up"),
        ("please dial branch‘s phone number：7897892234", "please dial branch‘s phone number：•••"),
        ("Received by【张三】", "Received by【•••】"),
        ("contáctanos al 0000000000", "contáctanos al •••"),
        ("พนักงาน สมชาย ใจดี (081 234 5678) กำลังนำจ่าย", "พนักงาน ••• (•••) กำลังนำจ่าย"),
        # telephones
        ("Call +44 20 7946 0000 or a.b@example.org", "Call ••• or •••@•••"),
        ("Contact: +91 98765 43210", "Contact: •••"),
        ("Driver Ramesh 9876543210 is near", "Driver ••• is near"),
        ("06 12 34 56 78", "•••"),
        ("Tel 03-8888 8888", "Tel •••"),
        ("012-345 6789 dihubungi", "••• dihubungi"),
        ("โทร 0812345678", "โทร •••"),
        ("0049 30 1234567", "•••"),
        ("客服 400-811-1111", "客服 •••"),
        # one-time codes
        ("请您凭取件码494291领取您的快递", "请您凭取件码•••领取您的快递"),
        ("取件码：8-2-3012", "取件码：•••"),
        ("OTP: 4711, PIN 1234", "OTP: •••, PIN •••"),
        ("Locker code is A17-22", "Locker code is •••"),
        ("Code de retrait : 8Z4K", "Code de retrait : •••"),
        ("Abholcode 12345", "Abholcode •••"),
        ("รหัสรับพัสดุ 123456", "รหัสรับพัสดุ •••"),
        ("Signature: https://pod.example/sign/123?name=smith", "Signature: •••"),
        # streets
        ("Delivered to 5 Example Street", "Delivered to •••"),
        ("Livré au 12 rue des Lilas, Nantes", "Livré au •••, Nantes"),
    ],
)
def test_people_are_hidden_and_the_rest_is_kept(said: str, shown: str) -> None:
    assert mask_text(said) == shown


@pytest.mark.parametrize(
    "said",
    [
        "Left with a neighbour",
        "Handed to reception",
        "Received by USPS facility in Memphis, TN 38118",
        "Received by Leipzig hub",
        "Received by our network",
        "Handed over to third party for transport",
        "Handed over to the Access Point",
        "Released to move in transit",
        "Label was left with the shipment's receiver",
        "Arrived at Leipzig hub",
        "Recipient was not in",
        "Refused by the recipient",
        "Destinataire absent",
        "Remis à votre voisin",
        "An Nachbar übergeben",
        "Empfänger nicht angetroffen",
        "2 parcels on the way",
        "2 PARCELS ON THE WAY",
        "Delivered 02.12.2026 14:30 Uhr, 1.20 kg",
        "2026-03-04 08:15:30 GMT+8 2026-03-05",
        "Ship 02108-1234 Boston",
        "Postcode 44000 Nantes",
        "PIN code 560001 Bengaluru",
        "01310-100 São Paulo",
        "Tracking number 0812345678 is known",
        "单号13800000000已揽收",
        "Colis n° 61234567890 pris en charge par Chronopost",
        "Sendung 00340434161094042557 wurde abgeholt",
        "0310 2123 4567 8901 2345",
        "Service name: Express",
        "Event code 4711",
        "ผู้รับปฏิเสธการรับ",
        "ผู้รับ ไม่อยู่",
        "ป.ณ.นางรอง 31110 ถึงที่ทำการ",
        "ขอบคุณที่ใช้บริการของคุณ",
        "收件人拒收",
        "已由本人签收",
        "快递员正在派送",
        "我们正在为您的快件分配最合适的快递员，请您稍等。",
        "快件派送至【丰巢智能快递柜】,请您凭取件码领取您的快递.",
        "快件离开【上海浦东康桥店】，已在发往【上海浦江中转场】的路上",
        "由上海，发往北京",
        "【Zagazig】Shipment departed from【TEST1-A2网点】to【Al Mokattam BR】",
        "（主单总件数：1件）",
    ],
)
def test_what_names_nobody_stays_as_it_is(said: str) -> None:
    assert mask_text(said) == said


@pytest.mark.parametrize("table", sorted(CODES.glob("*.csv")), ids=lambda file: file.stem)
def test_no_carriers_own_words_for_its_codes_are_touched(table: Path) -> None:
    with table.open(encoding="utf-8") as lines:
        texts = [row["text"] for row in csv.DictReader(lines)]
    assert texts
    assert [text for text in texts if mask_text(text) != " ".join(text.split())] == []


def test_what_the_order_knows_of_its_recipient_is_hidden_anywhere() -> None:
    said = "Parcel for JO EXAMPLE left at the side door of Rose Cottage"
    assert (
        mask_text(said, known=["Jo Example", "Rose Cottage", None]) == "Parcel for JO ••• left at the side door of •••"
    )


@pytest.mark.parametrize(
    ("said", "known", "shown"),
    [
        ("快件已送到张三丰家门口", "张三丰", "快件已送到•••家门口"),
        ("วางไว้หน้าบ้านสมศรี", "สมศรี มั่นคง", "วางไว้หน้าบ้าน•••"),
        ("Rosebury depot", "Rose", "Rosebury depot"),
        ("The street is closed", "12 The Street", "The street is closed"),
        ("A (b+c", "(b+c", "A (•••"),
    ],
)
def test_what_is_known_is_hidden_in_every_script_by_whole_words(said: str, known: str, shown: str) -> None:
    assert mask_text(said, known=[known]) == shown


def test_the_parcels_own_number_and_town_are_kept() -> None:
    said = "0812345678 arrived in Paris"
    assert mask_text(said, known=["Paris Martin"]) == "••• arrived in •••"
    assert mask_text(said, known=["Paris Martin"], keep=["0812345678", "Paris"]) == said


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("LA POSTE SAINT-MALO, 3 RUE D'ORLEANS", "LA POSTE SAINT-MALO, 3 RUE D'ORLEANS"),
        ("Corner shop, 3 High Street", "Corner shop, 3 High Street"),
        ("Corner shop, tel. 020 7946 0000", "Corner shop, tel. •••"),
        ("Locker 12, pickup code 4711", "Locker 12, pickup code •••"),
        ("", ""),
    ],
)
def test_a_place_keeps_its_street_and_loses_telephones_and_codes(said: str, shown: str) -> None:
    assert mask_place(said) == shown


# any text

_CITIES = st.sampled_from(
    [
        "Leipzig",
        "Saint-Malo",
        "Kuala Lumpur",
        "Portland, OR 97218",
        "75002 Paris",
        "EC1A 1BB London",
        "เชียงใหม่ 50000",
        "深圳市",
        "Zürich",
        "New York, NY 10001",
        "SÃO PAULO",
        "Nang Rong",
        "Shah Alam 40000",
        "Signy-l'Abbaye",
    ]
)
_DATES = st.integers(631_152_000, 4_102_444_800).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
_WHEN = st.one_of(
    _DATES.map(lambda at: at.strftime("%Y-%m-%d %H:%M:%S")),
    _DATES.map(lambda at: at.strftime("%d/%m/%Y %H:%M")),
    _DATES.map(lambda at: at.strftime("%d.%m.%Y")),
    st.times().map(lambda at: at.strftime("%H:%M")),
)
_NUMBERS = st.one_of(
    st.from_regex(r"1Z[A-Z0-9]{6}[0-9]{10}", fullmatch=True),
    st.from_regex(r"[A-Z]{2}[0-9]{9}[A-Z]{2}", fullmatch=True),
    st.from_regex(r"SF[0-9]{13}", fullmatch=True),
    st.from_regex(r"(?:UEG|JTE)[0-9]{12}", fullmatch=True),
    st.from_regex(r"JJD[0-9]{18}", fullmatch=True),
    st.from_regex(r"00340[0-9]{15}", fullmatch=True),
    st.from_regex(r"9[2-5][0-9]{20}", fullmatch=True),
    st.from_regex(r"[1-9][0-9]{11}", fullmatch=True),
    st.from_regex(r"[1-9][0-9]{9}", fullmatch=True),
    st.from_regex(r"[1-9][0-9]{13,14}", fullmatch=True),
)
_WEIGHTS = st.floats(0.01, 999).map(lambda kg: f"{kg:.2f} kg")
_PHRASES = st.sampled_from(
    [
        "Arrived at",
        "Departed from",
        "Out for delivery",
        "In transit",
        "Arrivée au dépôt",
        "En cours de livraison",
        "In Zustellung",
        "ถึงที่ทำการไปรษณีย์",
        "ส่งออกจากที่ทำการ",
        "快件到达",
        "Held by customs",
        "Delivered",
    ]
)
_INNOCENT = st.lists(st.one_of(_CITIES, _WHEN, _NUMBERS, _WEIGHTS, _PHRASES), min_size=1, max_size=6).map(", ".join)

_LATIN = st.sampled_from(["Smith", "O'Neil", "DUPONT", "Müller-Lüdenscheidt", "Zoë", "J. Doe", "Anne-Marie Petit"])
_THAI = st.sampled_from(["สมชาย", "สมศรี มั่นคง", "ยุพิน"])
_HAN = st.sampled_from(["张某", "李小明", "欧阳娜娜"])
_PHONES = st.one_of(
    st.from_regex(r"\+[1-9][0-9]{9,11}", fullmatch=True),
    st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True),
    st.from_regex(r"0[689][0-9]-[0-9]{3}-[0-9]{4}", fullmatch=True),
    st.from_regex(r"01[0-9]-[0-9]{7,8}", fullmatch=True),
    st.from_regex(r"[6-9][0-9]{4} [0-9]{5}", fullmatch=True),
    st.from_regex(r"0[1-7]( [0-9]{2}){4}", fullmatch=True),
)
_SECRETS = st.one_of(
    _PHONES.map(lambda who: (who, who)),
    st.from_regex(r"[a-z]{1,8}\.[a-z]{1,8}@[a-z]{1,8}\.com", fullmatch=True).map(lambda who: (who, who)),
    st.tuples(
        st.sampled_from(
            ["Signed by {}", "signé par {}", "Unterschrieben von {}", "RECEIVED BY: {}", "Consignee's name: {}"]
        ),
        _LATIN,
    ).map(lambda pair: (pair[0].format(pair[1]), pair[1])),
    st.tuples(st.sampled_from(["ผู้รับ: {}", "ลงนามโดย {}", "ผู้รับ นาย{}"]), _THAI).map(
        lambda pair: (pair[0].format(pair[1]), pair[1])
    ),
    st.tuples(st.sampled_from(["快件交给{}，正在派送", "签收人：{}", "快递员【{}，电话"]), _HAN).map(
        lambda pair: (pair[0].format(pair[1]), pair[1])
    ),
    st.tuples(
        st.sampled_from(["取件码{}", "OTP: {}", "Code de retrait : {}", "Pickup code {}", "รหัสรับพัสดุ {}"]),
        st.from_regex(r"[0-9]{4,8}", fullmatch=True),
    ).map(lambda pair: (pair[0].format(pair[1]), pair[1])),
)


@settings(max_examples=150, deadline=None)
@given(said=_INNOCENT)
def test_any_text_without_a_person_stays_as_it_is(said: str) -> None:
    assert mask_text(said) == said
    assert mask_place(said) == said


@settings(max_examples=150, deadline=None)
@given(before=_INNOCENT, secret=_SECRETS, after=_INNOCENT)
def test_any_text_with_a_person_loses_it_and_nothing_else(before: str, secret: tuple[str, str], after: str) -> None:
    words, hidden = secret
    shown = mask_text(f"{before}; {words}; {after}")
    assert hidden not in shown.removeprefix(before).removesuffix(after)
    assert DOTS in shown
    assert shown.startswith(f"{before}; ")
    assert shown.endswith(f"; {after}")


@settings(max_examples=100, deadline=None)
@given(said=st.text(max_size=200), known=st.text(max_size=20))
def test_any_text_can_be_masked_and_is_masked_once(said: str, known: str) -> None:
    once = mask_text(said, known=[known])
    assert mask_text(once, known=[known]) == once
    mask_place(said)


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        "1 ",
        "@",
        "a@",
        "a.",
        "courier ",
        "快递员",
        "0",
        "01 ",
        "+1 ",
        "1-",
        "signed by ",
        "A. ",
        "a-",
        "นาย ",
        "12 A ",
        "交给",
        "pin ",
        "•••  ",
    ],
)
def test_masking_takes_time_in_proportion_to_the_text(piece: str) -> None:
    def spent(length: int) -> float:
        text = "signed by " + piece * (length // len(piece))
        began = time.process_time()
        mask_text(text, known=["Jo Example"])
        return time.process_time() - began

    # a pattern that goes back and forth would take a hundred times as long for ten times the text
    assert spent(20_000) < 30 * max(spent(2_000), 0.001)


@pytest.mark.parametrize(("code", "shown"), [("LA9 4AA", "LA9•••"), ("44000", "44•••"), ("", ""), (None, "")])
def test_postcode_keeps_its_start(code: str | None, shown: str) -> None:
    assert mask_postcode(code) == shown


@pytest.mark.parametrize(
    ("line", "shown"), [("5 Example Street", "E•••"), ("12", ""), (None, ""), ("rue des Lilas", "R•••")]
)
def test_street_keeps_one_letter(line: str | None, shown: str) -> None:
    assert mask_street(line) == shown
