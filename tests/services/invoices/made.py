"""Invoices made for the tests: the usual layout with a QR code, as PDF, photo and XML. All of it is invented."""

import io
import json
from typing import Any

import typst
import zxingcpp
from noto_cjk_sans_otc import FONT_PATH
from PIL import Image, ImageFilter

DIGITAL = {
    "kind": "32",
    "code": "",
    "number": "26432000000012345678",
    "day": "20261126",
    "amount": "318.00",
    "net": "300.00",
    "tax": "18.00",
    "buyer": "岚峰轨道装备有限公司",
    "buyer_no": "91320400MA0LF0Q000",
    "seller": "西安悦途商务酒店",
    "seller_no": "91610100MA6TX00000",
}
OLDER = DIGITAL | {"kind": "10", "code": "043001900111", "number": "12345678"}

_PAGE = """
#set page(width: 210mm, height: 140mm, margin: 8mm)
#set text(font: "Noto Sans CJK SC", size: 9pt)
#let d = json(bytes(sys.inputs.data))
#place(top + left, image("code.svg", width: 20mm))
#align(center)[#text(size: 14pt)[电子发票（普通发票）]]
#align(right)[#if d.code != "" [发票代码：#d.code \\ ]
发票号码：#d.number \\ 开票日期：#d.day.slice(0, 4) 年#d.day.slice(4, 6)月#d.day.slice(6, 8)日]
#v(6mm)
#grid(columns: (1fr, 1fr),
  [名称：#d.buyer \\ 统一社会信用代码/纳税人识别号：#d.buyer_no],
  [名称：#d.seller \\ 统一社会信用代码/纳税人识别号：#d.seller_no])
#v(4mm)
*住宿服务*住宿费 #h(1fr) #d.net #h(1cm) 6% #h(1cm) #d.tax

合　计 #h(1fr) ¥#d.net #h(1cm) ¥#d.tax

价税合计（大写） 叁佰壹拾捌圆整 #h(1fr) （小写）¥#d.amount
"""


def code_of(facts: dict[str, Any]) -> str:
    """What the QR code of an invoice says: the older kinds name the amount without tax."""
    amount = facts["net"] if facts["code"] else facts["amount"]
    return f"01,{facts['kind']},{facts['code']},{facts['number']},{amount},{facts['day']},,A1B2"


def pdf_of(facts: dict[str, Any], tmp_path: Any, *, pages: int = 1) -> bytes:
    (tmp_path / "code.svg").write_text(_code(facts).to_svg(), encoding="utf-8")
    source = tmp_path / "invoice.typ"
    source.write_text(_PAGE.replace("*", "\\*") + "#pagebreak()" * (pages - 1), encoding="utf-8")
    inputs = {"data": json.dumps(facts)}
    return bytes(typst.compile(str(source), font_paths=[FONT_PATH], ignore_system_fonts=True, sys_inputs=inputs))


def photo_of(facts: dict[str, Any], *, turned: float = 0) -> bytes:
    """A sheet photographed on a desk, a little out of focus."""
    code = Image.fromarray(_code(facts).to_image(scale=6))
    desk = Image.new("L", (1800, 1300), 190)
    desk.paste(240, (150, 120, 1650, 1180))
    desk.paste(code, (220, 180))
    photo = desk.rotate(turned, fillcolor=190, expand=True).filter(ImageFilter.GaussianBlur(1))
    file = io.BytesIO()
    photo.save(file, "JPEG", quality=80)
    return file.getvalue()


def xml_of(facts: dict[str, Any], encoding: str = "utf-8") -> bytes:
    day = f"{facts['day'][:4]}-{facts['day'][4:6]}-{facts['day'][6:]}"
    return f"""<?xml version="1.0" encoding="{encoding}"?>
<EInvoice><Header><EIid>{facts["number"]}</EIid><InherentLabel><GeneralOrSpecialVAT><LabelCode>02</LabelCode>
<LabelName>普通发票</LabelName></GeneralOrSpecialVAT></InherentLabel></Header><EInvoiceData>
<SellerInformation><SellerIdNum>{facts["seller_no"]}</SellerIdNum><SellerName>{facts["seller"]}</SellerName>
</SellerInformation><BuyerInformation><BuyerIdNum>{facts["buyer_no"]}</BuyerIdNum>
<BuyerName>{facts["buyer"]}</BuyerName></BuyerInformation><BasicInformation>
<TotalAmWithoutTax>{facts["net"]}</TotalAmWithoutTax><TotalTaxAm>{facts["tax"]}</TotalTaxAm>
<TotalTax-includedAmount>{facts["amount"]}</TotalTax-includedAmount></BasicInformation></EInvoiceData>
<TaxSupervisionInfo><InvoiceNumber>{facts["number"]}</InvoiceNumber><IssueTime>{day}</IssueTime></TaxSupervisionInfo>
</EInvoice>""".encode(encoding)


def _code(facts: dict[str, Any]) -> Any:
    return zxingcpp.create_barcode(code_of(facts), zxingcpp.BarcodeFormat.QRCode)
