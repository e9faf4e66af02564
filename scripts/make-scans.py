#!/usr/bin/env python3
"""Makes the scanned pages of the handbook and of the tests, which are committed. Run it after changing one of them.

Needs Pillow and the font of Debian's package fonts-noto-cjk, whose folder FONTS names if it lies elsewhere.
"""

import io
import os
import zlib

from PIL import Image, ImageChops, ImageDraw, ImageFont

FONTS = os.environ.get("FONTS", "/usr/share/fonts/opentype/noto")
A4 = (8.27, 11.69)
HERE = os.path.dirname(os.path.abspath(__file__))

NOTICE = [
    ("Notice on the door of the server room", 20),
    ("", 12),
    ("Only Magda Okafor and the night porter have a key. The", 12),
    ("spare key hangs in cabinet 17, behind the fire door.", 12),
    ("If the alarm of the cooling unit sounds, switch off rack C", 12),
    ("first and ring extension 5512. The unit is serviced every", 12),
    ("second Tuesday in spring and in autumn.", 12),
    ("", 12),
    ("机房门口的通知", 20),
    ("", 12),
    ("只有奥卡福女士和夜班门卫有钥匙，备用钥匙挂在防火门后面", 12),
    ("的十七号柜子里。如果冷却设备报警，请先关闭三号机架，然", 12),
    ("后拨打分机五五一二。", 12),
]
INSPECTION = [
    ("Inspection of the pump station", 18),
    ("", 12),
    ("The pump station at Quarry Road was inspected by Agnes", 12),
    ("Holloway. Its pressure valve opens at 451 kPa and was", 12),
    ("replaced in the spring.", 12),
]
WAREHOUSE = [
    ("仓库检查报告", 18),
    ("", 12),
    ("三号仓库的温度为十八摄氏度，负责人是王小明。灭火器放在", 12),
    ("北门旁边，每年检查两次。", 12),
]
KEYS = [("The spare keys are kept in cabinet K-17 behind the boiler.", 12)]


def page(lines, dpi):
    """A page of paper in grey."""
    picture = Image.new("L", tuple(int(side * dpi) for side in A4), 255)
    draw = ImageDraw.Draw(picture)
    top = int(0.9 * dpi)
    for text, points in lines:
        font = ImageFont.truetype(f"{FONTS}/NotoSansCJK-Regular.ttc", int(points * dpi / 72))
        draw.text((int(0.8 * dpi), top), text, font=font, fill=25)
        top += int(points * 1.7 * dpi / 72)
    return picture


def scanned(picture, degrees=0.6):
    """The page as it comes from a scanner: a little crooked, on paper that is not quite white."""
    turned = picture.rotate(degrees, resample=Image.Resampling.BICUBIC, fillcolor=255)
    paper = Image.new("L", picture.size, 243)
    return ImageChops.multiply(turned, paper)


def strip():
    """A page of the web as one long picture: letters of the size that a screen shows."""
    picture = Image.new("L", (1000, 12000), 255)
    draw = ImageDraw.Draw(picture)
    font = ImageFont.truetype(f"{FONTS}/NotoSansCJK-Regular.ttc", 17)
    for number in range(1, 131):
        text = f"Gate {number} is opened by crew {number * 7 % 131} and closed at noon. 第{number}号门"
        draw.text((60, number * 90), text, font=font, fill=0)
    return picture.point(lambda value: 255 if value > 140 else 0).convert("1")


def light():
    """White words on nothing, as a logo has them."""
    picture = Image.new("RGBA", (900, 160), (255, 255, 255, 0))
    font = ImageFont.truetype(f"{FONTS}/NotoSansCJK-Regular.ttc", 40)
    ImageDraw.Draw(picture).text((30, 40), "The lantern is kept in locker Q-52.", font=font, fill=(255, 255, 255, 255))
    return picture.quantize(16)


def jpeg(picture, quality=40):
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=quality, optimize=True)
    return file.getvalue()


def pdf(path, pages):
    """A PDF of these pages: a text of its own, or a picture, which may be turned back by the page's entry Rotate."""
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b"", b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"]
    kids = []

    def add(body):
        objects.append(body)
        return len(objects)

    def stream(entries, data):
        return add(b"<<%s/Length %d>>stream\n%s\nendstream" % (entries, len(data), data))

    for content, rotate in pages:
        wide, high = (842, 595) if rotate in (90, 270) else (595, 842)
        if isinstance(content, str):
            drawn = b"BT /F 14 Tf 60 760 Td (%s) Tj ET" % content.encode("latin-1")
            used = b"<</Font<</F 3 0 R>>>>"
        else:
            picture = content.rotate(rotate, expand=True) if rotate else content
            image = stream(
                b"/Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/DCTDecode"
                % picture.size,
                jpeg(picture),
            )
            drawn = b"q %d 0 0 %d 0 0 cm /I Do Q" % (wide, high)
            used = b"<</XObject<</I %d 0 R>>>>" % image
        contents = stream(b"/Filter/FlateDecode", zlib.compress(drawn))
        kids.append(
            add(
                b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 %d %d]/Rotate %d/Resources %s/Contents %d 0 R>>"
                % (wide, high, rotate, used, contents)
            )
        )
    objects[1] = b"<</Type/Pages/Count %d/Kids[%s]>>" % (len(kids), b" ".join(b"%d 0 R" % kid for kid in kids))
    out = bytearray(b"%PDF-1.5\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj%s\nendobj\n" % (number, body)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table)
    with open(path, "wb") as file:
        file.write(out)


def main():
    handbook = os.path.join(HERE, "../handbook/scans")
    tests = os.path.join(HERE, "../tests/data/scans")
    pdf(f"{handbook}/server-room-notice.pdf", [(scanned(page(NOTICE, 150)), 0)])

    inspection, warehouse, keys = (scanned(page(lines, 120)) for lines in (INSPECTION, WAREHOUSE, KEYS))
    pdf(f"{tests}/two-pages.pdf", [(inspection, 0), (warehouse, 0)])
    pdf(f"{tests}/rotated.pdf", [(inspection, 90)])
    pdf(
        f"{tests}/mixed.pdf",
        [
            ("The first page has text of its own, about otters.", 0),
            (keys, 0),
            ("The third page has text of its own, about badgers.", 0),
            (warehouse, 0),
        ],
    )
    # Black and white, as a fax machine sends them.
    faxes = [page(lines, 120).point(lambda value: 255 if value > 140 else 0).convert("1") for lines in (INSPECTION, KEYS)]
    faxes[0].save(f"{tests}/fax.tif", save_all=True, append_images=faxes[1:], compression="group4")
    exif = Image.Exif()
    exif[0x0112] = 6
    inspection.rotate(90, expand=True).save(f"{tests}/orientation.jpg", quality=40, exif=exif)
    keys.rotate(180).point(lambda value: value // 64 * 64).convert("P", colors=4).save(f"{tests}/upside-down.png")
    inspection.save(f"{tests}/page.webp", quality=30)
    strip().save(f"{tests}/strip.png", optimize=True)
    light().save(f"{tests}/light.png", optimize=True)
    faxes[1].crop((0, 0, faxes[1].width, 300)).save(f"{tests}/page.bmp")


if __name__ == "__main__":
    main()
