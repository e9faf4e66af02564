"""Writes tests/data/documents: a small document of each format, and what extraction must make of it.

    python3 scripts/reference/documents.py

outcomes.tsv beside them says for each file what comes of it (`text` or the code of the failure), the numbers of its
pages, and words that the text has. Every file comes out the same, byte for byte.
"""

import email.message
import io
import pathlib
import zipfile

FOLDER = pathlib.Path(__file__).parent.parent.parent / "tests/data/documents"

TITLE = "Harbour guide"
FIRST = "The boat leaves at seven from pier nine."
SECOND = "Tickets cost twelve euros; children travel free."
PROSE = f"{FIRST} {SECOND}"


def packed(entries):
    """A container with these entries, stored as they are: what deflate makes of them depends on its version."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in entries:
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), content)
    return out.getvalue()


XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
OFFICE = "http://schemas.openxmlformats.org"
RELATION = f"{OFFICE}/officeDocument/2006/relationships"


def types(*overrides):
    parts = "".join(f'<Override PartName="{part}" ContentType="{kind}"/>' for part, kind in overrides)
    return (
        f'{XML}<Types xmlns="{OFFICE}/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{parts}</Types>'
    )


def relations(*targets):
    parts = "".join(
        f'<Relationship Id="rId{place}" Type="{RELATION}/{kind}" Target="{target}"/>'
        for place, (kind, target) in enumerate(targets, 1)
    )
    return f'{XML}<Relationships xmlns="{OFFICE}/package/2006/relationships">{parts}</Relationships>'


def docx():
    main = "application/vnd.openxmlformats-officedocument.wordprocessingml"
    style = '<w:style w:type="paragraph" w:styleId="Heading1"><w:name w:val="heading 1"/></w:style>'
    word = f'xmlns:w="{OFFICE}/wordprocessingml/2006/main"'
    body = (
        f'<w:p><w:pPr><w:pStyle w:val="Heading1"/></w:pPr><w:r><w:t>{TITLE}</w:t></w:r></w:p>'
        f"<w:p><w:r><w:t>{FIRST}</w:t></w:r></w:p><w:p><w:r><w:t>{SECOND}</w:t></w:r></w:p>"
    )
    return packed([
        ("[Content_Types].xml", types(
            ("/word/document.xml", f"{main}.document.main+xml"), ("/word/styles.xml", f"{main}.styles+xml"))),
        ("_rels/.rels", relations(("officeDocument", "word/document.xml"))),
        ("word/_rels/document.xml.rels", relations(("styles", "styles.xml"))),
        ("word/styles.xml", f"{XML}<w:styles {word}>{style}</w:styles>"),
        ("word/document.xml", f"{XML}<w:document {word}><w:body>{body}</w:body></w:document>"),
    ])


def pptx():
    main = "application/vnd.openxmlformats-officedocument.presentationml"
    spaces = (
        f'xmlns:p="{OFFICE}/presentationml/2006/main" xmlns:a="{OFFICE}/drawingml/2006/main" xmlns:r="{RELATION}"'
    )
    group = (
        '<p:nvGrpSpPr><p:cNvPr id="1" name=""/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr/>'
    )

    def slide(text):
        shape = (
            '<p:sp><p:nvSpPr><p:cNvPr id="2" name="Text"/><p:cNvSpPr/><p:nvPr/></p:nvSpPr><p:spPr/>'
            f"<p:txBody><a:bodyPr/><a:p><a:r><a:t>{text}</a:t></a:r></a:p></p:txBody></p:sp>"
        )
        return f"{XML}<p:sld {spaces}><p:cSld><p:spTree>{group}{shape}</p:spTree></p:cSld></p:sld>"

    slides = [FIRST, SECOND]
    listed = "".join(f'<p:sldId id="{255 + n}" r:id="rId{n}"/>' for n in range(1, len(slides) + 1))
    parts = [(f"/ppt/slides/slide{n}.xml", f"{main}.slide+xml") for n in range(1, len(slides) + 1)]
    return packed([
        ("[Content_Types].xml", types(("/ppt/presentation.xml", f"{main}.presentation.main+xml"), *parts)),
        ("_rels/.rels", relations(("officeDocument", "ppt/presentation.xml"))),
        ("ppt/_rels/presentation.xml.rels", relations(*(("slide", part[5:]) for part, _ in parts))),
        ("ppt/presentation.xml", f"{XML}<p:presentation {spaces}><p:sldIdLst>{listed}</p:sldIdLst></p:presentation>"),
        *((part[1:], slide(text)) for (part, _), text in zip(parts, slides)),
    ])


ROWS = [("Line", "Pier", "Departure"), ("north", "nine", "seven"), ("south", "two", "eight")]


def xlsx():
    main = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    space = f'xmlns="{OFFICE}/spreadsheetml/2006/main"'
    rows = "".join(
        f'<row r="{n}">'
        + "".join(
            f'<c r="{column}{n}" t="inlineStr"><is><t>{value}</t></is></c>' for column, value in zip("ABC", row)
        )
        + "</row>"
        for n, row in enumerate(ROWS, 1)
    )
    sheets = f'<sheets><sheet name="Departures" sheetId="1" r:id="rId1"/></sheets>'
    return packed([
        ("[Content_Types].xml", types(
            ("/xl/workbook.xml", f"{main}.sheet.main+xml"), ("/xl/worksheets/sheet1.xml", f"{main}.worksheet+xml"))),
        ("_rels/.rels", relations(("officeDocument", "xl/workbook.xml"))),
        ("xl/_rels/workbook.xml.rels", relations(("worksheet", "worksheets/sheet1.xml"))),
        ("xl/workbook.xml", f'{XML}<workbook {space} xmlns:r="{RELATION}">{sheets}</workbook>'),
        ("xl/worksheets/sheet1.xml", f"{XML}<worksheet {space}><sheetData>{rows}</sheetData></worksheet>"),
    ])


def odt():
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "text", "manifest")
    )
    kind = "application/vnd.oasis.opendocument.text"
    body = f'<text:h text:outline-level="1">{TITLE}</text:h><text:p>{FIRST}</text:p><text:p>{SECOND}</text:p>'
    return packed([
        ("mimetype", kind),
        ("META-INF/manifest.xml",
         f'{XML}<manifest:manifest {spaces}><manifest:file-entry manifest:full-path="/" '
         f'manifest:media-type="{kind}"/></manifest:manifest>'),
        ("content.xml",
         f'{XML}<office:document-content {spaces} office:version="1.3"><office:body><office:text>{body}'
         "</office:text></office:body></office:document-content>"),
    ])


def page(body):
    return (
        '<html xmlns="http://www.w3.org/1999/xhtml"><head><meta charset="utf-8"/>'
        f"<title>{TITLE}</title></head><body><h1>{TITLE}</h1>{body}</body></html>\n"
    )


PARAGRAPHS = f"<p>{FIRST}</p><p>{SECOND}</p>"


def epub():
    return packed([
        ("mimetype", "application/epub+zip"),
        ("META-INF/container.xml",
         '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container" version="1.0"><rootfiles>'
         '<rootfile full-path="book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'),
        ("book.opf",
         '<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id">'
         '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:identifier id="id">harbour</dc:identifier>'
         f"<dc:title>{TITLE}</dc:title><dc:language>en</dc:language></metadata>"
         '<manifest><item id="one" href="one.xhtml" media-type="application/xhtml+xml"/></manifest>'
         '<spine><itemref idref="one"/></spine></package>'),
        ("one.xhtml", page(PARAGRAPHS)),
    ])


def pdf(*pages):
    """A PDF with a line of text on each page, or nothing on it."""
    objects = ["<</Type/Catalog/Pages 2 0 R>>", None, "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"]
    kids = []
    for text in pages:
        content = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET" if text else ""
        objects.append(f"<</Length {len(content)}>>stream\n{content}\nendstream")
        objects.append(
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents {len(objects)} 0 R"
            "/Resources<</Font<</F1 3 0 R>>>>>>"
        )
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<</Type/Pages/Kids[{' '.join(kids)}]/Count {len(kids)}>>"
    out = b"%PDF-1.4\n"
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{content}\nendobj\n".encode()
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    size = len(objects) + 1
    trailer = f"trailer <</Size {size}/Root 1 0 R>>\nstartxref\n{len(out)}\n%%EOF\n"
    return out + f"xref\n0 {size}\n0000000000 65535 f \n{table}{trailer}".encode()


def mail():
    message = email.message.EmailMessage()
    message["From"] = "harbour@example.org"
    message["To"] = "guests@example.org"
    message["Subject"] = TITLE
    message["Date"] = "Thu, 01 Jan 2026 09:00:00 +0000"
    message.set_content(f"{FIRST}\n{SECOND}\n")
    return message.as_bytes()


def table(mark):
    return "".join(mark.join(row) + "\n" for row in ROWS)


SEVEN = "leaves at seven from pier nine"
TWELVE = "Tickets cost twelve euros"

GERMAN = "Die Fähre fährt um sieben Uhr am Pier für Gäste ab.\n"
CHINESE = "渡船七点从九号码头出发"
HTML = "<!DOCTYPE html>" + page(PARAGRAPHS + "<script>var hidden = 1;</script>")
TEX = "\n".join([
    "\\documentclass{article}", "\\begin{document}", f"\\section{{{TITLE}}}", FIRST, "\\end{document}", "",
])

# Name, content and words of the text.
TEXTS = [
    ("guide.md", f"# {TITLE}\n\n{FIRST}\n\n## Tickets\n\n{SECOND}\n", [SEVEN, TWELVE]),
    ("guide.txt", f"{TITLE}\n\n{PROSE}\n", [SEVEN, TWELVE]),
    ("latin-1.txt", GERMAN.encode("latin-1"), ["Fähre fährt"]),
    ("utf-16.txt", f"\ufeff{PROSE}\n".encode("utf-16-le"), [SEVEN]),
    ("chinese.md", f"# 港口指南\n\n{CHINESE}。\n", [CHINESE]),
    ("guide.html", HTML, [SEVEN, TWELVE]),
    ("guide.xml", f"{XML}<guide><title>{TITLE}</title><para>{FIRST}</para></guide>\n", [SEVEN]),
    ("departures.csv", table(","), ["north", "nine", "seven"]),
    ("departures.tsv", table("\t"), ["south", "two", "eight"]),
    ("departures.json", '{"departures": [{"pier": "nine", "time": "seven"}]}\n', ["nine", "seven"]),
    ("timetable.py", f'def pier(line):\n    """{FIRST}"""\n    return 9\n', [SEVEN]),
    ("guide.org", f"* {TITLE}\n\n{FIRST}\n", [SEVEN]),
    ("guide.tex", TEX, [SEVEN]),
    ("guide.rtf", f"{{\\rtf1\\ansi {{\\b {TITLE}}}\\par {FIRST}\\par {SECOND}}}\n", [SEVEN, TWELVE]),
    ("guide.eml", mail(), [SEVEN, TWELVE]),
    ("guide.docx", docx(), [TITLE, SEVEN, TWELVE]),
    ("guide.pptx", pptx(), [SEVEN, TWELVE]),
    ("departures.xlsx", xlsx(), ["Departure", "nine", "seven"]),
    ("guide.odt", odt(), [SEVEN, TWELVE]),
    ("guide.epub", epub(), [SEVEN, TWELVE]),
    ("guide.pdf", pdf(FIRST, SECOND), [SEVEN, TWELVE]),
]
# Name, content and the code of the failure.
FAILURES = [
    ("scan.pdf", pdf(None), "no_text"),
    ("blank.txt", " \n\n\t\n", "no_text"),
    ("cut.docx", docx()[:600], "malformed"),
    ("archive.zip", packed([("a.txt", PROSE)]), "unsupported_format"),
    ("noise.bin", bytes((n * n * 7 + n * 13) % 256 for n in range(2_000)), "unsupported_format"),
]
# Documents that have pages or slides, and their numbers.
PAGES = {"guide.pptx": "1,2", "guide.pdf": "1,2"}


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    lines = ["file\toutcome\tpages\twords\n"]
    documents = [(name, content, "text", words) for name, content, words in TEXTS]
    documents += [(name, content, code, []) for name, content, code in FAILURES]
    for name, content, outcome, words in documents:
        content = content.encode() if isinstance(content, str) else content
        (FOLDER / name).write_bytes(content)
        lines.append("\t".join([name, outcome, PAGES.get(name, ""), "|".join(words)]) + "\n")
    (FOLDER / "outcomes.tsv").write_text("".join(lines))


main()
