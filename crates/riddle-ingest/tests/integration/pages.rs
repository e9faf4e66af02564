//! Pages of HTML as their readers see them.

use std::io::Write;

use riddle_core::{ExtractedText, Extractor, Failure, FailureCode, Unwatched};

use crate::support::{extractor, failure_of};

fn read(bytes: &[u8]) -> Result<ExtractedText, Failure> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    let outcome = extractor().extract(file.path(), "page.html", None, &Unwatched);
    outcome.map_err(failure_of)
}

fn text(html: &str) -> String {
    read(html.as_bytes()).unwrap().text
}

fn body(html: &str) -> String {
    text(&format!("<!doctype html><html><body>{html}</body></html>"))
}

#[test]
fn pages_are_decoded_as_they_declare() {
    let korean = "우체국은 아홉 시에 문을 엽니다.";
    let chinese = "阅览室每天上午九点开门。";
    let russian = "Мастерская открыта с восьми часов.";
    let greek = "Το εργαστήριο ανοίγει στις οκτώ.";
    let cases = [
        ("euc-kr", korean, "<meta charset=euc-kr>"),
        (
            "gb18030",
            chinese,
            "<META HTTP-EQUIV='Content-Type' CONTENT='text/html; charset=gb2312'>",
        ),
        (
            "big5",
            "閱覽室每天上午九點開門。",
            "<meta charset = \"Big5\">",
        ),
        (
            "shift_jis",
            "売店は午前八時から開いています。",
            "<meta charset='x-sjis'/>",
        ),
        (
            "windows-1251",
            russian,
            "<!-- <meta charset=utf-8> --><meta charset=windows-1251>",
        ),
        (
            "windows-1253",
            greek,
            "<meta name=d content='charset=utf-8'><meta charset=windows-1253>",
        ),
        (
            "windows-1252",
            "Größe für Müller – 5 €",
            "<meta charset=utf-8>",
        ),
        (
            "windows-1252",
            "Größe für Müller – 5 €",
            "<meta charset=utf-16>",
        ),
    ];
    for (label, words, declaration) in cases {
        let encoding = encoding_rs::Encoding::for_label(label.as_bytes()).unwrap();
        let page = format!("<html><head>{declaration}</head><body><p>{words}</p></body></html>");
        let (bytes, _, unmappable) = encoding.encode(&page);
        assert!(!unmappable);
        assert_eq!(read(&bytes).unwrap().text, words, "{declaration}");
    }
    let page =
        format!("<?xml version='1.0' encoding='koi8-r'?><html><body>{russian}</body></html>");
    let (bytes, ..) = encoding_rs::KOI8_R.encode(&page);
    assert_eq!(read(&bytes).unwrap().text, russian);
    let stale = format!("<html><head><meta charset=iso-8859-1></head><body>{greek}</body></html>");
    assert_eq!(text(&stale), greek, "UTF-8 that declares what it was");
    let marked: Vec<u8> = std::iter::once(0xfeff)
        .chain(
            format!("<html><head><meta charset=big5></head><body>{greek}</body></html>")
                .encode_utf16(),
        )
        .flat_map(u16::to_be_bytes)
        .collect();
    assert_eq!(read(&marked).unwrap().text, greek, "the mark wins");
}

#[test]
fn what_is_surely_utf8_is_read_as_that() {
    let chinese = "阅览室每天上午九点开门，周末闭馆。";
    let stale = format!("<html><head><meta charset=gb2312></head><body>{chinese}</body></html>");
    assert_eq!(text(&stale), chinese);
    // Two characters of this encoding, which would be three letters of UTF-8.
    let short = b"<html><head><meta charset=gbk></head><body>\xc1\xaa\xcd\xa8</body></html>";
    assert_eq!(read(short).unwrap().text, "联通");
}

#[test]
fn xml_is_decoded_as_it_is_written() {
    let japanese = "保管温度は零下二十度です。";
    let german = "Größe der Schläuche";
    let xml = |declared: &str, words: &str| {
        format!(
            "<?xml version=\"1.0\" encoding=\"{declared}\"?><store><item>{words}</item></store>"
        )
    };
    let (shift_jis, ..) = encoding_rs::SHIFT_JIS.encode(japanese);
    let (head, tail) = (
        "<?xml version='1.0' encoding='Shift_JIS'?><store><item>",
        "</item></store>",
    );
    let wide = |mark: &str, order: fn(u16) -> [u8; 2]| {
        let text = format!("{mark}{}", xml("UTF-16", japanese));
        text.encode_utf16().flat_map(order).collect::<Vec<u8>>()
    };
    let (latin, ..) = encoding_rs::WINDOWS_1252.encode(german);
    let mistaken = xml("UTF-8", "_").into_bytes();
    let at = mistaken.iter().position(|byte| *byte == b'_').unwrap();
    let mistaken = [&mistaken[..at], &latin, &mistaken[at + 1..]].concat();
    for (bytes, words) in [
        (
            [head.as_bytes(), &shift_jis, tail.as_bytes()].concat(),
            japanese,
        ),
        (wide("\u{feff}", u16::to_le_bytes), japanese),
        (wide("", u16::to_be_bytes), japanese),
        (mistaken, german),
    ] {
        let file = crate::support::temporary(&bytes);
        let outcome = extractor().extract(file.path(), "store.xml", None, &Unwatched);
        let read = outcome.map_err(failure_of).unwrap();
        assert_eq!(read.text, format!("# store\n\n## item\n\n{words}"));
    }
}

#[test]
fn what_cannot_be_decoded_is_counted() {
    let (words, ..) = encoding_rs::SHIFT_JIS.encode("売店は午前八時から午後六時まで開いています。");
    let head = b"<html><head><meta charset=shift_jis></head><body><p>".as_slice();
    let page = read(&[head, &words, b"\xff \xff</p></body></html>"].concat()).unwrap();
    assert!(page.text.starts_with("売店は午前八時から"), "{}", page.text);
    assert_eq!(page.findings().unreadable_characters, 2);
    let sound = read("<html><body>Größe</body></html>".as_bytes()).unwrap();
    assert_eq!(sound.findings().unreadable_characters, 0);
}

#[test]
fn the_title_is_no_text_and_no_heading() {
    let page = read(
        b"<html><head><title>Ovens &amp;\n more</title></head><body><p>Hot.</p></body></html>",
    )
    .unwrap();
    assert_eq!(page.title.as_deref(), Some("Ovens & more"));
    assert_eq!(page.text, "Hot.");
}

#[test]
fn the_title_of_a_drawing_is_none_of_the_page() {
    let drawing = "<svg><title>Menu</title></svg><p>Hot.</p>";
    for (head, title) in [
        ("", None),
        ("<title>Ovens</title>", Some("Ovens")),
        // The picture ends the head.
        (
            "<noscript><img src=a></noscript><title>Ovens</title>",
            Some("Ovens"),
        ),
    ] {
        let page = format!("<html><head>{head}</head><body>{drawing}</body></html>");
        let page = read(page.as_bytes()).unwrap();
        assert_eq!(page.title.as_deref(), title, "{head}");
        assert_eq!(page.text, "Hot.", "{head}");
    }
}

#[test]
fn menus_banners_and_footers_are_left_out() {
    let page = body(
        "<header><a href=/>ACME</a><ul><li><a href=/a>Home</a><li><a href=/b>Shop</a><li><a href=/c>Jobs</a></ul></header>\
         <nav><a href=/d>Gutters</a></nav>\
         <div class='breadcrumb'><a href=/>Start</a> » <a href=/e>Ovens</a></div>\
         <div id=cookie-banner><p>Biscuits taste.</p><button>Accept</button></div>\
         <div class=popup><p>This page uses cookies.</p><a class=btn>Reject all</a></div>\
         <p>Before the heading.</p><h1>Ovens</h1><p>An oven weighs 90 kg.</p>\
         <aside>Note: mind the door.</aside>\
         <h2>Manuals</h2><ul><li><a href=1>Oven A</a><li><a href=2>Oven B</a><li><a href=3>Oven C</a>\
        <li><a href=4>Oven D</a></ul>\
         <article><p>A recipe for cookies.</p><footer>By Ann Example</footer></article>\
         <div class='site-footer'>All rights reserved</div><footer>Imprint</footer>",
    );
    let framed = body(
        "<div class=topbar><a href=/>Home</a> <a href=/a>Shop</a></div>\
         <h1>Stoves</h1><p>A stove is hot for an hour.</p>\
         <aside><h3>Read on</h3><ul><li><a href=1>Chimneys</a><li><a href=2>Coal</a></ul></aside>\
         <aside><h3>Mind</h3><p>See <a href=3>our guide</a> before you light a <a href=4>stove</a>.</p></aside>\
         <div role=dialog aria-label='About cookies'>We count visits. <button>Fine</button></div>\
         <div><p>We value your privacy.</p><button>Accept all</button></div>",
    );
    assert!(framed.contains("our guide"), "{framed}");
    for gone in ["Shop", "Chimneys", "count visits", "privacy"] {
        assert!(!framed.contains(gone), "{gone}: {framed}");
    }
    for kept in [
        "Before the heading.",
        "# Ovens",
        "90 kg",
        "mind the door",
        "Oven D",
        "recipe for cookies",
        "By Ann Example",
    ] {
        assert!(page.contains(kept), "{kept}: {page}");
    }
    for gone in [
        "ACME",
        "Shop",
        "Gutters",
        "Start",
        "Biscuits",
        "uses cookies",
        "rights",
        "Imprint",
    ] {
        assert!(!page.contains(gone), "{gone}: {page}");
    }
}

#[test]
fn what_is_hidden_is_left_out_and_what_is_folded_stays() {
    let page = body(
        "<p>Seen.</p><p hidden>gone1</p><div style='color: red; DISPLAY : none'>gone2</div>\
         <span class='sr-only'>gone3</span><template>gone4</template><noscript>gone5</noscript>\
         <script>gone6</script><style>gone7</style><dialog>gone8</dialog><select><option>gone9</select>\
         <!-- gone10 --><details><summary>More</summary>folded</details><div hidden=until-found>found</div>\
         <div class='hidden md:block'>wide</div><h2>Loud<a href=#loud>¶</a></h2>\
         <img src=gone11.png><img src=a.png alt='A hinge'><button>gone12</button>\
         <h3><button aria-expanded=false>Is it loud?</button></h3>",
    );
    for kept in [
        "Seen.",
        "More",
        "folded",
        "found",
        "wide",
        "## Loud",
        "A hinge",
        "### Is it loud?",
    ] {
        assert!(page.contains(kept), "{kept}: {page}");
    }
    assert!(!page.contains("gone") && !page.contains('¶'), "{page}");
}

#[test]
fn a_page_that_is_all_menu_keeps_it() {
    let page = body(
        "<h1>Site map</h1><nav><ul><li><a href=/a>Pumps</a><li><a href=/b>Valves</a></ul></nav>",
    );
    assert!(page.contains("Pumps") && page.contains("Valves"), "{page}");
    let links: String = (0..9)
        .map(|number| format!("<li><a href={number}>Form {number}</a>"))
        .collect();
    assert!(body(&format!("<ul>{links}</ul>")).contains("Form 8"));
}

#[test]
fn pages_without_text_say_so() {
    for page in [
        "<html><head><title>A title</title></head><body><script>let words = 1;</script></body></html>",
        "<html><body><img src=scan.png><p hidden>Words</p></body></html>",
        "<svg><path d='M0 0L9 9'/></svg>",
        "<img src='data:image/png;base64,iVBORw0KGgo=' alt=''>",
        "<p>\u{200B}\u{FEFF}&shy;&nbsp;</p>",
        "<form><input placeholder=Search></form><noscript>Enable scripts</noscript>",
    ] {
        let failed = read(page.as_bytes()).unwrap_err();
        assert_eq!(failed.code, FailureCode::NoText, "{page}");
        // Recognition reads no pages.
        assert!(!failed.message.contains("OCR"), "{}", failed.message);
    }
}

#[test]
fn pictures_of_the_page_itself_are_what_is_said_of_them() {
    let wrapped = "iVBORw0KGgo\n  AAAA\n".repeat(40);
    for address in [
        format!("data:image/png;base64,{wrapped}"),
        format!(" DATA:image/png;base64,{}", "iVBO%0D%0Aw0KG".repeat(40)),
        format!(
            "data:image/svg+xml,{}",
            "%3Csvg width='9' (a) %3E".repeat(40)
        ),
    ] {
        let page = format!("<p>The <img alt='red pump' src=\"{address}\"> stands here.</p>");
        assert_eq!(body(&page).trim(), "The red pump stands here.", "{address}");
    }
    let drawn = body(
        "<p>Sales<svg><style>a{}</style><g><text>May</text><text>9&lt;10</text></g></svg>rise.</p>",
    );
    assert_eq!(drawn.trim(), "Sales May 9<10 rise.");
    let named = body("<p>The <img alt='red pump' src=\"pump.png\"> stands.</p>");
    assert!(named.contains("red pump"), "{named}");
}

#[test]
fn merged_cells_stand_in_each_row_that_they_cover() {
    let table = body(
        "<table><caption>Prices</caption><thead><tr><th rowspan=2>Model</th><th colspan=2>Price</th></tr>\
         <tr><th>Net</th><th>Gross</th></tr></thead>\
         <tfoot><tr><td>Sum<td>9<td>12</tfoot>\
         <tr><td colspan=3>Pumps</td></tr><tr><td rowspan=3>P1</td><td>1</td><td>2</td></tr>\
         <tr><td>3</td><td>4</td></tr><tr><td colspan=2>on request</td></tr></table>",
    );
    let lines: Vec<String> = table
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    assert_eq!(lines[0], "Prices:");
    for row in [
        "| Model | Price Net | Price Gross |",
        "| Pumps | | |",
        "| P1 | 1 | 2 |",
        "| P1 | 3 | 4 |",
        "| P1 | on request | on request |",
    ] {
        assert!(lines.iter().any(|line| line == row), "{row}: {table}");
    }
    assert_eq!(lines.last().unwrap(), "| Sum | 9 | 12 |");
    let pivot = body(
        "<table><tr><th>Year</th><th>Artist</th></tr><tr><th rowspan=3>1959</th></tr><tr><td>Ida</td></tr>\
         <tr><td>Olaf</td></tr><tr><th>1960</th><td>Pia</td></tr></table>",
    );
    let rows: Vec<String> = pivot
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|line| !line.contains("--"))
        .collect();
    let expected = [
        "| Year | Artist |",
        "| 1959 | Ida |",
        "| 1959 | Olaf |",
        "| 1960 | Pia |",
    ];
    assert_eq!(rows, expected);
    let whole = body("<table><tr><td>Name<td>Age<tr><td rowspan=0>Ann<td>1<tr><td>2</table>");
    assert_eq!(whole.matches("Ann").count(), 2, "{whole}");
    let wide = format!(
        "<table><tr><td colspan=9999999>a<td rowspan=70000>b</table>{}",
        "<p>end</p>"
    );
    assert!(body(&wide).contains("end"));
}

#[test]
fn rows_may_have_names_and_columns_none() {
    let table = body(
        "<p>A crate:</p><table><tr><th>Weight</th><td>12 kg</td></tr><tr><th>Colour</th><td>green</td></tr></table>",
    );
    let lines: Vec<String> = table
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|line| line.starts_with("| ") && !line.contains("--"))
        .collect();
    assert_eq!(lines, ["| | |", "| Weight | 12 kg |", "| Colour | green |"]);
}

#[test]
fn tables_in_tables_are_words_of_their_cells() {
    let table = body(
        "<table><tr><th>Part</th><th>Sizes</th></tr><tr><td>Filter</td><td>Choose:<div><table>\
         <tr><th>10 mm</th><td>F10</td></tr><tr><td>20 mm</td><td>F20</td><td>late</td></tr></table></div></td></tr>\
         <tr><td>Belt</td><td>one</td></tr></table>",
    );
    assert!(
        table.contains("Choose: 10 mm: F10; 20 mm, F20, late"),
        "{table}"
    );
    assert_eq!(table.lines().count(), 4, "{table}");
}

#[test]
fn tables_that_lay_out_a_page_are_no_tables() {
    let page = body(
        "<table><tr><td><a href=1>Home</a></td><td><h1>Old page</h1><p>Long words of an old page.</p>\
         <table><tr><th>A</th><th>B</th></tr><tr><td rowspan=2>1</td><td>2</td></tr><tr><td>3</td></tr></table>\
         </td></tr></table>",
    );
    assert!(page.lines().any(|line| line == "# Old page"), "{page}");
    let rows = page.lines().filter(|line| line.starts_with("| 1 ")).count();
    assert_eq!(rows, 2, "{page}");
}

#[test]
fn pages_nested_without_end_keep_their_text() {
    let page = format!(
        "<html><body>{}deep words</body></html>",
        "<div>".repeat(200_000)
    );
    assert_eq!(text(&page), "deep words");
    let closed = format!(
        "<html><body>{}deep words{}<p>after</p></body></html>",
        "<span>".repeat(5_000),
        "</span>".repeat(5_000)
    );
    assert!(text(&closed).contains("deep words") && text(&closed).contains("after"));
}

#[test]
fn what_only_has_a_name_of_furniture_stays() {
    let page = body(
        "<h1>Kilns</h1><p>A kiln is fired twice before it is sold to anybody.</p>\
         <ul class=menu><li><a href=1>Relight kiln 4: turn the brass key twice</a>\
         <li><a href=2>Drain kiln 5: open the tap below the door</a></ul>\
         <div class=card><div class='card-footer'>Costs 733 crowns</div></div>\
         <section id=copyright><h2>Rights in drawings</h2><p>Drawings belong to the potter.</p></section>\
         <div class=footer>Ring the bell</div>",
    );
    for kept in [
        "brass key",
        "below the door",
        "733 crowns",
        "Rights in drawings",
        "belong to the potter",
    ] {
        assert!(page.contains(kept), "{kept}: {page}");
    }
    assert!(!page.contains("Ring the bell"), "{page}");
    let cards = body(
        "<h1>Boats for hire</h1><p>All boats come with paddles and vests.</p>\
         <div class=card><h2>Kayak</h2><p>Two seats.</p><footer>Price 30 €</footer></div>\
         <section><h2>Canoe</h2><p>Four seats.</p><footer>Price 45 €</footer></section>\
         <div><footer>Imprint</footer></div><footer>All rights reserved</footer>",
    );
    for kept in ["Price 30 €", "Price 45 €"] {
        assert!(cards.contains(kept), "{kept}: {cards}");
    }
    assert!(
        !cards.contains("Imprint") && !cards.contains("rights"),
        "{cards}"
    );
    let whole = body("<div id=page class=has-footer><p>Kilns are hot.</p></div><p>End.</p>");
    assert!(whole.contains("Kilns are hot."), "{whole}");
}
