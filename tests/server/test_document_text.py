"""A document that calls itself a draft is told of, whatever kind of file it is."""

import io
import zipfile

import pytest

from server.document_text import draft_warnings, first_page


def pdf(*pages: str) -> bytes:
    """A PDF with one line of text a page."""
    kids = " ".join(f"{3 + 2 * number} 0 R" for number in range(len(pages)))
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>"]
    font = "<< /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >>"
    for number, text in enumerate(pages):
        stream = f"BT /F1 24 Tf 72 720 Td ({text}) Tj ET"
        objects.append(f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {4 + 2 * number} 0 R /Resources {font} >>")
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
    out = b"%PDF-1.4\n"
    places = []
    for number, one in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{one}\nendobj\n".encode()
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    end = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}trailer\n<< /Root 1 0 R /Size {len(objects) + 1} >>\n"
    return out + f"{end}startxref\n{len(out)}\n%%EOF\n".encode()


def word(*runs: str) -> bytes:
    """A Word document whose text is cut into runs, as Word cuts it."""
    body = "".join(f'<w:r><w:t xml:space="preserve">{run}</w:t></w:r>' for run in runs)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", f"<w:document><w:tab/><w:body>{body}</w:body></w:document>")
    return file.getvalue()


@pytest.mark.parametrize(
    "content",
    [b"Incident response plan\nDRAFT 2026-03-01\n", pdf("Plan - DRAFT", "second"), word("Plan", "draft 3"), b"\xef\xbb\xbfDraft version"],
    ids=["text", "pdf", "word", "byte order mark"],
)
def test_a_first_page_that_says_draft_warns(content: bytes) -> None:
    assert draft_warnings("plan.bin", content) == ("Its first page calls it a draft; drafts are no evidence (32 CFR 170.24(b)).",)


@pytest.mark.parametrize("name", ["ir-plan DRAFT.pdf", "draft_2.docx", "policy.Draft.txt"])
def test_a_name_that_says_draft_warns(name: str) -> None:
    assert draft_warnings(name, b"Approved.") == ("Its name calls it a draft; drafts are no evidence (32 CFR 170.24(b)).",)


@pytest.mark.parametrize(
    "content",
    [
        b"The drafting committee met; a redraft followed.",
        pdf("Plan", "DRAFT of the second page"),
        b"Plan\f" + b"DRAFT",
        b"x" * 20000 + b" draft",
        word("Approved"),
        b"\x89PNG\r\n\x1a\n\0\0draft",
        b"",
    ],
    ids=["other words", "second page", "after a form feed", "far down", "word", "picture", "empty"],
)
def test_what_is_no_draft_does_not_warn(content: bytes) -> None:
    assert draft_warnings("plan.bin", content) == ()


@pytest.mark.parametrize(
    "content",
    [b"%PDF-1.7\nnothing follows", b"PK\x03\x04 cut off", pdf("Plan")[:200], word("a")[:60]],
    ids=["pdf", "zip", "cut", "short"],
)
def test_a_damaged_file_has_no_first_page_and_does_no_harm(content: bytes) -> None:
    assert first_page(content) == ""
