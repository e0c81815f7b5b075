"""Attachments: what is taken, what is refused, who may bring, see and remove them, and where the bytes lie."""

import hashlib
import io
import resource
import struct
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

import fsspec
import pytest
from PIL import Image
from sqlmodel import Session, select

from models import Event, Role, State
from services import attachments, audit
from services.attachments import (
    CheckedFile,
    attach,
    attachments_of,
    check,
    contents,
    hashes,
    may_attach,
    may_remove,
    open_attachment,
    remove,
    store,
)
from services.audit import verify_chain
from services.errors import Refused
from tests import factories, story
from tests.factories import NOW

# --- files to try with


def pdf(pages: int = 1, *, extra: tuple[bytes, ...] = (), trailer: bytes = b"", count: int | None = None) -> bytes:
    kids = b" ".join(b"%d 0 R" % (3 + number) for number in range(pages))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, pages if count is None else count),
        *([b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>"] * pages),
        *extra,
    ]
    out, places = b"%PDF-1.7\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    return out + b"xref\n0 %d\n0000000000 65535 f \n%strailer <</Size %d /Root 1 0 R %s>>\nstartxref\n%d\n%%%%EOF" % (
        size, table, size, trailer, len(out),
    )  # fmt: skip


def locked_pdf() -> bytes:
    lock = b"<</Filter/Standard/V 1/R 2/P -4/O(%s)/U(%s)>>" % (b"A" * 32, b"B" * 32)
    return pdf(extra=(lock,), trailer=b"/Encrypt 4 0 R/ID[<00><00>]")


def swelling_pdf() -> bytes:
    """Four megabytes whose table of contents unpacks to four gigabytes."""
    packer = zlib.compressobj()
    piece = packer.compress(bytes(2**20)) + packer.flush(zlib.Z_FULL_FLUSH)
    start = b"%PDF-1.7\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n"
    stream = b"5 0 obj\n<</Type/XRef/Size 6/W[1 4 2]/Root 1 0 R/Filter/FlateDecode/Length %d>>\n"
    stream += b"stream\n%s\nendstream\nendobj\n"
    packed = piece + piece[2:] * 4000  # without the two bytes that begin it
    return start + stream % (len(packed), packed) + b"startxref\n%d\n%%%%EOF" % len(start)


def picture(kind: str, size: tuple[int, int] = (120, 80)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size).save(out, kind)
    return out.getvalue()


def huge_png() -> bytes:
    """A picture of 1.6 thousand million pixels in 200 KB."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    packed = zlib.compress(bytes(40_000 * 5_000))
    header = struct.pack(">IIBBBBB", 40_000, 40_000, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def package(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def packed_pdf(action: bytes) -> bytes:
    packed = zlib.compress(b"5 0 " + action)
    stream = b"<</Type/ObjStm/N 1/First 4/Filter/FlateDecode/Length %d>>\nstream\n%s\nendstream"
    return pdf(extra=(stream % (len(packed), packed),))


def with_relation(kind: str, target: str) -> bytes:
    relation = f'<Relationship Id="r1" Type="http://x/{kind}" Target="{target}" TargetMode="External"/>'
    relations = f"<Relationships>{relation}</Relationships>".encode()
    return package({"word/document.xml": b"<a/>", "word/_rels/document.xml.rels": relations})


XLSX = package({"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<workbook/>"})
DOCX = package({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w:document xmlns:w='x'/>"})
OFD = package({"OFD.xml": b"<ofd:OFD xmlns:ofd='x'/>", "Doc_0/Document.xml": b"<a/>"})
XML = "<?xml version='1.0' encoding='UTF-8'?><发票><金额>1</金额></发票>".encode()
GBK = "<?xml version='1.0' encoding='GBK'?><发票>西安</发票>".encode("gbk")

GOOD = {
    "发票.pdf": pdf(),
    "票.png": picture("PNG"),
    "票.jpg": picture("JPEG"),
    "票.JPEG": picture("JPEG"),
    "清单.xlsx": XLSX,
    "说明.docx": DOCX,
    "链接.docx": with_relation("hyperlink", "https://www.chinatax.gov.cn"),
    "压缩.pdf": packed_pdf(b"<</Type/Metadata>>"),
    "电子发票.ofd": OFD,
    "电子发票.xml": XML,
    "旧.xml": GBK,
}
_JPEG = picture("JPEG", (400, 300))
BAD = {
    "attachment.empty": {"a.pdf": b""},
    "attachment.unknown": {
        "a.pdf": b"MZ\x90\x00 a program",
        "a.html": b"<!-- x --><html><script>alert(1)</script></html>",
        "a.svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        "a.zip": package({"a.txt": b"x"}),
        "two.xlsx": package({"xl/workbook.xml": b"<a/>", "word/document.xml": b"<a/>"}),
        "zeros.pdf": bytes(1000),
    },
    "attachment.false_name": {
        "a.png": picture("JPEG"),
        "a.pdf": XLSX,
        "a.docx": XLSX,
        "a.exe": pdf(),
        "a.pdf.exe": pdf(),
        "a.xlsm": XLSX,
    },
    "attachment.damaged": {
        "cut.pdf": pdf()[:60],
        "noise.pdf": b"%PDF-1.7\n" + bytes(range(256)) * 8,
        "no pages.pdf": pdf(0),
        "cut.png": picture("PNG")[:-20],
        "cut.jpg": _JPEG[: len(_JPEG) // 2],
        "cut.xlsx": XLSX[:-30],
        "open.xml": b"<a><b></a>",
        "no xml.xlsx": package({"xl/workbook.xml": b"<workbook"}),
        "climbing.xlsx": package({"xl/workbook.xml": b"<a/>", "../../etc/passwd": b"x"}),
    },
    "attachment.encrypted": {"a.pdf": locked_pdf()},
    "attachment.too_many_pages": {"a.pdf": pdf(10_000)},
    "attachment.too_many_pixels": {"a.png": huge_png()},
    "attachment.too_big_inside": {
        "bomb.xlsx": package({"xl/workbook.xml": b"<a/>", "xl/sheet.xml": bytes(101 * 2**20)}),
        "many.xlsx": package({"xl/workbook.xml": b"<a/>"} | {f"{number}": b"" for number in range(5_000)}),
        "deep.xml": b"<a>" * 500_000,
        "long.xml": b"<a>" + b"<b/>" * 1_000_000 + b"</a>",
    },
    "attachment.xml_dtd": {
        "entity.xml": b'<!DOCTYPE a [<!ENTITY b "bb">]><a>&b;</a>',
        "file.xml": b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
        "another part.xlsx": package({"xl/workbook.xml": b"<a/>", "xl/a.xml": b"<!DOCTYPE a []><a/>"}),
        "two bytes.xlsx": package({"xl/workbook.xml": b"<a/>", "xl/a.xml": "<!DOCTYPE a []><a/>".encode("utf-16")}),
        "inside.ofd": package({"OFD.xml": b'<!DOCTYPE a [<!ENTITY b "bb">]><a>&b;</a>'}),
    },
    "attachment.macros": {"a.xlsx": package({"xl/workbook.xml": b"<a/>", "xl/vbaProject.bin": b"x"})},
    "attachment.active": {
        "script.pdf": pdf(extra=(b"<</S/JavaScript/JS(app.alert\\(1\\))>>",)),
        "launch.pdf": pdf(extra=(b"<</S/#4caunch/F(cmd.exe)>>",)),
        "packed.pdf": packed_pdf(b"<</S/JavaScript/JS(1)>>"),
        "template.docx": with_relation("attachedTemplate", "https://evil.example/a.dotm"),
        "object.docx": with_relation("oleObject", "file://evil/a"),
        "tracked.docx": with_relation("image", "https://evil.example/seen.png"),
        "embedded.docx": package({"word/document.xml": b"<a/>", "word/embeddings/oleObject1.bin": b"MZ"}),
        "program.docx": package({"word/document.xml": b"<a/>", "word/media/a.EXE": b"MZ"}),
    },
    "attachment.old_office": {"a.xlsx": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512)},
}


def computing() -> float:
    """Seconds of computing so far, the inspector's included: a busy machine does not lengthen them."""
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in spent)


# --- what is taken


@pytest.mark.parametrize("name", GOOD)
def test_a_sound_file_is_taken_for_what_it_is(name: str) -> None:
    file = check(name, GOOD[name])
    kind = {".jpeg": ".jpg"}.get(Path(name).suffix.lower(), Path(name).suffix)
    assert file.name == name.replace(".JPEG", ".jpeg")
    assert kind in contents.SUFFIXES
    assert file.sha256 == hashlib.sha256(GOOD[name]).hexdigest()


@pytest.mark.parametrize(("key", "name"), [(key, name) for key, files in BAD.items() for name in files])
def test_anything_else_is_refused_quickly_and_says_why(key: str, name: str) -> None:
    content, started = BAD[key][name], computing()
    with pytest.raises(Refused) as refused:
        check(name, content)
    assert refused.value.key == key
    assert refused.value.facts["name"] == name
    assert computing() - started < 2


def test_more_than_20_mb_are_refused() -> None:
    with pytest.raises(Refused, match="attachment.too_large"):
        check("a.pdf", b"%PDF-" + bytes(20 * 2**20))


def test_a_file_that_swells_in_its_parser_ends_the_inspector_and_not_the_portal() -> None:
    content, started = swelling_pdf(), computing()
    with pytest.raises(Refused, match="attachment.too_heavy"):
        check("a.pdf", content)
    assert computing() - started < 2


def test_the_inspector_stays_small_whatever_it_looks_into() -> None:
    """Measured from a small process of its own, because a child's peak counts what its parent held at the fork."""
    measure = (
        "import resource, subprocess, sys\n"
        "subprocess.run([sys.executable, '-P', sys.argv[1]], input=sys.stdin.buffer.read(), capture_output=True)\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)"
    )
    command = [sys.executable, "-c", measure, str(contents._INSPECTOR)]
    megabytes = int(subprocess.run(command, input=swelling_pdf(), capture_output=True, check=True).stdout)
    assert megabytes < 300


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/发票.pdf", "发票.pdf"),
        ("C:\\Users\\我\\发票.pdf", "发票.pdf"),
        ("a\x00b\x1f\u202egnp.pdf", "abgnp.pdf"),
        ("  多  个\n空格 .pdf", "多 个 空格.pdf"),
        ('a<b>:"|?*.pdf', "a_b______.pdf"),
        ("发票", "发票.pdf"),
        ("票 3.5 元", "票 3.5 元.pdf"),
        ("发票.PDF", "发票.pdf"),
        ("con.pdf", "_con.pdf"),
        ("长" * 300 + ".pdf", "长" * 78 + ".pdf"),
        ("x" * 300 + ".pdf", "x" * 116 + ".pdf"),
    ],
)
def test_names_are_cleaned(sent: str, kept: str) -> None:
    assert contents.clean_name(sent, contents.TYPES["pdf"], fallback="00ff00ff") == kept


@pytest.mark.parametrize("sent", ["", "...", ".pdf", "/", "\u200b"])
def test_a_file_without_a_name_is_named_by_its_content(sent: str) -> None:
    assert contents.clean_name(sent, contents.TYPES["pdf"], fallback="00ff00ff") == "00ff00ff.pdf"


# --- who may bring them, and when


@pytest.fixture
def draft(session: Session, cast: factories.Cast):
    return factories.document(session, "TR", cast.engineer)


@pytest.fixture
def running(session: Session, cast: factories.Cast):
    """A request that waits for the department head."""
    paper = factories.travel_request(
        session, cast.engineer, number="TR-202611-0001", state=State.RUNNING, step="department_head"
    )
    factories.task(session, paper, "department_head", Role.DEPARTMENT_HEAD, department_id=cast.service.id)
    return paper


def test_the_author_attaches_while_the_paper_lies_with_him(session, cast, draft) -> None:
    file = attach(session, cast.engineer, draft, "../发票.pdf", pdf(), NOW)
    assert (file.name, file.media_type, file.size) == ("发票.pdf", "application/pdf", len(pdf()))
    assert (file.uploaded_by_id, file.uploaded_at) == (cast.engineer.id, NOW)
    assert hashes(session, draft) == [hashlib.sha256(pdf()).hexdigest()]
    assert open_attachment(session, cast.engineer, file.id, NOW)[1] == pdf()


def test_every_file_brought_or_taken_off_stands_in_the_audit_trail(session, cast, draft) -> None:
    file = attach(session, cast.engineer, draft, "发票.pdf", pdf(), NOW)
    remove(session, cast.engineer, file.id, NOW)
    events = session.exec(select(Event).where(Event.document_id == draft.id).order_by(Event.id)).all()
    assert [event.action for event in events] == ["attach", "detach"]
    assert {event.data["sha256"] for event in events} == {file.sha256}
    assert verify_chain(session) == []


def test_a_look_may_be_taken_before_the_database_is_asked(session, cast, draft) -> None:
    file = check("发票.pdf", pdf())
    assert isinstance(file, CheckedFile)
    assert attach(session, cast.engineer, draft, "ignored", file, NOW).name == "发票.pdf"


def test_whoever_has_a_task_open_may_attach(session, cast, running) -> None:
    assert (
        attach(session, cast.department_head, running, "意见.pdf", pdf(), NOW).uploaded_by_id == cast.department_head.id
    )


@pytest.mark.parametrize("decision", ["approve", "reject"])
def test_whoever_has_decided_attaches_nothing_more(session, cast, decision: str) -> None:
    """That he may still take his decision back, or a rejected paper up again, is no task."""
    paper = story.do(cast.department_head, story.sent_trip(cast), decision)
    assert not may_attach(session, cast.department_head, paper, NOW)


@pytest.mark.parametrize("who", ["engineer", "clerk", "vice_president", "finance_head"])
def test_readers_without_a_task_may_not_attach(session, cast, running, who: str) -> None:
    person = getattr(cast, who)
    assert not may_attach(session, person, running, NOW)
    with pytest.raises(Refused, match="attachment.not_now"):
        attach(session, person, running, "发票.pdf", pdf(), NOW)


def test_a_head_does_not_attach_to_his_own_running_paper(session, cast) -> None:
    paper = factories.travel_request(
        session, cast.department_head, number="TR-202611-0001", state=State.RUNNING, step="department_head"
    )
    factories.task(session, paper, "department_head", Role.DEPARTMENT_HEAD, department_id=cast.service.id)
    assert not may_attach(session, cast.department_head, paper, NOW)


@pytest.mark.parametrize("state", [State.DONE, State.REJECTED, State.CANCELLED])
def test_a_closed_paper_takes_no_files(session, cast, draft, state) -> None:
    draft.state, draft.number = state, "TR-202611-0009"
    with pytest.raises(Refused, match="attachment.not_now"):
        attach(session, cast.engineer, draft, "发票.pdf", pdf(), NOW)


@pytest.mark.parametrize("who", ["stranger", "other_head", "administrator", "department_head"])
def test_a_stranger_cannot_even_tell_that_the_paper_is_there(session, cast, draft, who: str) -> None:
    with pytest.raises(Refused, match="access.not_found"):
        attach(session, getattr(cast, who), draft, "发票.pdf", pdf(), NOW)


def test_the_same_content_twice_is_one_attachment(session, cast, draft) -> None:
    first = attach(session, cast.engineer, draft, "发票.pdf", pdf(), NOW)
    again = attach(session, cast.engineer, draft, "发票 (1).pdf", pdf(), NOW)
    assert again.id == first.id
    assert len(attachments_of(session, draft)) == 1


def test_fifty_files_and_no_more(session, cast, draft, monkeypatch) -> None:
    for number in range(attachments.MOST_FILES):
        factories.attachment(session, draft, cast.engineer, f"{number}.pdf")
    with pytest.raises(Refused, match="attachment.too_many"):
        attach(session, cast.engineer, draft, "发票.pdf", pdf(), NOW)


def test_nothing_is_stored_of_a_refused_file(session, cast, draft, tmp_path) -> None:
    with pytest.raises(Refused):
        attach(session, cast.engineer, draft, "发票.png", pdf(), NOW)
    assert attachments_of(session, draft) == []
    assert not [path for path in (tmp_path / "files").rglob("*") if path.is_file()]


# --- who may take them off


def test_who_brought_a_file_takes_it_off_again(session, cast, draft) -> None:
    file = attach(session, cast.engineer, draft, "发票.pdf", pdf(), NOW)
    remove(session, cast.engineer, file.id, NOW)
    assert (file.removed_at, file.removed_by_id) == (NOW, cast.engineer.id)
    assert hashes(session, draft) == []
    with pytest.raises(Refused, match="attachment.not_found"):
        open_attachment(session, cast.engineer, file.id, NOW)
    with pytest.raises(Refused, match="attachment.not_found"):
        remove(session, cast.engineer, file.id, NOW)


def test_a_file_decided_on_stays(session, cast, draft) -> None:
    file = attach(session, cast.engineer, draft, "发票.pdf", pdf(), NOW)
    draft.state, draft.number = State.RUNNING, "TR-202611-0001"
    session.flush()
    assert not may_remove(session, cast.engineer, draft, file)
    with pytest.raises(Refused, match="attachment.not_removable"):
        remove(session, cast.engineer, file.id, NOW)
    draft.state = State.RETURNED
    remove(session, cast.engineer, file.id, NOW)


def test_nobody_takes_off_what_another_brought(session, cast, running) -> None:
    file = attach(session, cast.department_head, running, "意见.pdf", pdf(), NOW)
    running.state = State.RETURNED
    with pytest.raises(Refused, match="attachment.not_removable"):
        remove(session, cast.engineer, file.id, NOW)


def test_a_signers_file_stays_once_somebody_decided_with_it(session, cast, running) -> None:
    """P8-3.2: what a decision was made on does not vanish behind it"""
    file = attach(session, cast.department_head, running, "意见.pdf", pdf(), NOW)
    other = attach(session, cast.department_head, running, "草稿.pdf", pdf(2), NOW)
    audit.record(
        session, now=NOW, action="approve", actor=cast.clerk, document=running, step="x", data={"files": [file.sha256]}
    )
    running.state = State.RETURNED
    with pytest.raises(Refused, match="attachment.not_removable"):
        remove(session, cast.department_head, file.id, NOW)
    remove(session, cast.department_head, other.id, NOW)


def test_a_name_of_megabytes_is_cleaned_at_once() -> None:
    name = "a" + "\u0315\u0300" * 500_000 + ".pdf"
    began = computing()
    contents.clean_name(name, contents.TYPES["pdf"], fallback="x")
    assert computing() - began < 1


# --- who may read them


def test_who_may_read_the_paper_reads_its_files(session, cast, running) -> None:
    file = attach(session, cast.department_head, running, "意见.pdf", pdf(), NOW)
    for reader in (cast.engineer, cast.clerk, cast.vice_president, cast.finance_officer):
        assert open_attachment(session, reader, file.id, NOW)[1] == pdf()
    for other in (cast.stranger, cast.other_head, cast.administrator):
        with pytest.raises(Refused, match="access.not_found"):
            open_attachment(session, other, file.id, NOW)


# --- the store


def test_the_same_content_lies_there_once(session, cast, tmp_path) -> None:
    for _ in range(2):
        attach(session, cast.engineer, factories.document(session, "TR", cast.engineer), "发票.pdf", pdf(), NOW)
    assert [path.name for path in (tmp_path / "files").rglob("*") if path.is_file()] == [
        hashlib.sha256(pdf()).hexdigest()
    ]


def test_altered_or_lost_bytes_are_never_handed_out(session, cast, draft, tmp_path) -> None:
    file = attach(session, cast.engineer, draft, "发票.pdf", pdf(), NOW)
    (stored,) = (path for path in (tmp_path / "files").rglob("*") if path.is_file())
    stored.write_bytes(pdf() + b" ")
    with pytest.raises(store.Damaged, match="altered"):
        open_attachment(session, cast.engineer, file.id, NOW)
    with pytest.raises(store.Damaged, match="altered"):
        store.put(file.sha256, pdf())
    assert stored.read_bytes() == pdf() + b" "
    stored.unlink()
    with pytest.raises(store.Damaged, match="missing"):
        open_attachment(session, cast.engineer, file.id, NOW)


def test_an_object_store_serves_as_well_as_a_folder(monkeypatch) -> None:
    monkeypatch.setenv("PORTAL_FILES_URL", "memory://portal/files")
    sha256 = hashlib.sha256(b"content").hexdigest()
    store.put(sha256, b"content")
    store.put(sha256, b"content")
    assert store.get(sha256) == b"content"
    assert len(fsspec.filesystem("memory").find("/portal/files")) == 1
