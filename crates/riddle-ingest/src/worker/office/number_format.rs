//! Numbers as a sheet shows them: formats such as `0.00%`, `#,##0 [$€]` or `d mmm yyyy`.

mod decimal;
mod tokens;

use super::dates::{Moment, moment};
use decimal::{fraction, general, group, rounded};
use tokens::{Condition, Section, Token};

/// A format with its sections.
pub(super) struct NumberFormat {
    sections: Vec<Section>,
}

impl NumberFormat {
    /// Reads a format code.
    pub(super) fn parse(code: &str) -> Self {
        Self {
            sections: tokens::sections(code),
        }
    }

    /// The format of an id that no workbook defines. Dates whose order depends on the reader's language are shown as
    /// year, month and day, which all understand.
    pub(super) fn built_in(id: usize) -> Self {
        Self::parse(match id {
            1 => "0",
            2 => "0.00",
            3 => "#,##0",
            4 => "#,##0.00",
            5 | 6 => "$#,##0;-$#,##0",
            7 | 8 => "$#,##0.00;-$#,##0.00",
            9 => "0%",
            10 => "0.00%",
            11 => "0.00E+00",
            12 => "# ?/?",
            13 => "# ??/??",
            14 | 27..=31 | 36 | 50..=54 | 57 | 58 => "yyyy-mm-dd",
            15 => "d-mmm-yy",
            16 => "d-mmm",
            17 | 55 | 56 => "mmm-yy",
            18 => "h:mm AM/PM",
            19 => "h:mm:ss AM/PM",
            20 | 32 => "h:mm",
            21 | 33 => "h:mm:ss",
            22 => "yyyy-mm-dd h:mm",
            37 | 38 => "#,##0;(#,##0)",
            39 | 40 => "#,##0.00;(#,##0.00)",
            41 => "#,##0;(#,##0);-",
            42 => "$#,##0;($#,##0);-",
            43 => "#,##0.00;(#,##0.00);-",
            44 => "$#,##0.00;($#,##0.00);-",
            45 => "mm:ss",
            46 => "[h]:mm:ss",
            47 => "mm:ss.0",
            48 => "##0.0E+0",
            _ => "General",
        })
    }

    /// The number as it is shown.
    pub(super) fn show(&self, value: f64, from_1904: bool) -> String {
        let Some((section, bare)) = self.section_for(value) else {
            return general(value);
        };
        let shown = if section.is_date() {
            show_date(section, value, from_1904)
        } else {
            show_number(section, if bare { value.abs() } else { value })
        };
        let shown = shown.trim();
        if shown.is_empty() && value != 0.0 && !section.tokens.is_empty() {
            // Only literals that take no place, such as a format that hides numbers.
            return String::new();
        }
        shown.to_owned()
    }

    /// The section for a number, and whether it shows the number without its sign.
    fn section_for(&self, value: f64) -> Option<(&Section, bool)> {
        let numeric = &self.sections[..self.sections.len().min(3)];
        if numeric.iter().any(|section| section.condition.is_some()) {
            let chosen = numeric.iter().find(|section| {
                section
                    .condition
                    .as_ref()
                    .is_none_or(|condition| condition.holds(value))
            });
            return chosen.map(|section| (section, false));
        }
        match numeric {
            [] => None,
            [only] => Some((only, false)),
            [_, negative, ..] if value < 0.0 => Some((negative, true)),
            [_, _, zero] if value == 0.0 => Some((zero, false)),
            [positive, ..] => Some((positive, false)),
        }
    }
}

impl Condition {
    fn holds(&self, value: f64) -> bool {
        match self.operator.as_str() {
            ">" => value > self.limit,
            ">=" => value >= self.limit,
            "<" => value < self.limit,
            "<=" => value <= self.limit,
            "<>" => value != self.limit,
            _ => value == self.limit,
        }
    }
}

fn show_number(section: &Section, value: f64) -> String {
    let digits = section.digits();
    let percent = section.count(&Token::Percent);
    let scale = 100_f64.powi(percent) / 1000_f64.powi(digits.thousand_divisions);
    let scaled = value.abs() * scale;
    let as_text = section.tokens.contains(&Token::Text) && !section.shows_digits();
    let number = if as_text || section.tokens.contains(&Token::General) {
        general(value.abs())
    } else if let Some(most) = section.denominator() {
        fraction(scaled, most)
    } else if let Some(exponent_digits) = digits.exponent {
        scientific(scaled, digits.decimals, exponent_digits)
    } else {
        let number = rounded(
            scaled,
            digits.decimals,
            digits.least_decimals,
            digits.least_integers,
        );
        if digits.grouped {
            group(&number)
        } else {
            number
        }
    };
    let negative = value < 0.0 && number.contains(|digit: char| ('1'..='9').contains(&digit));
    let mut shown = String::new();
    if negative {
        shown.push('-');
    }
    if section.spreads_digits() {
        let digits: String = number.chars().filter(char::is_ascii_digit).collect();
        section.push_spread(&mut shown, &digits);
    } else {
        push_among_literals(&mut shown, section, &number, as_text);
    }
    shown
}

/// Puts the number where the first of its tokens stands. Where it is text, its token counts too.
fn push_among_literals(shown: &mut String, section: &Section, number: &str, as_text: bool) {
    let mut placed = false;
    for token in &section.tokens {
        match token {
            Token::Literal(text) => shown.push_str(text),
            Token::Percent => shown.push('%'),
            Token::Text if as_text && !placed => {
                shown.push_str(number);
                placed = true;
            }
            Token::Digit(_) | Token::General | Token::Point | Token::Exponent | Token::Slash
                if !placed =>
            {
                shown.push_str(number);
                placed = true;
            }
            _ => {}
        }
    }
}

fn scientific(value: f64, decimals: usize, exponent_digits: usize) -> String {
    let written = format!("{value:.decimals$e}");
    let (mantissa, exponent) = written.split_once('e').unwrap_or((&written, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}E{sign}{:0exponent_digits$}", exponent.abs())
}

fn show_date(section: &Section, value: f64, from_1904: bool) -> String {
    let fine = section
        .tokens
        .iter()
        .any(|token| matches!(token, Token::Fraction(_)));
    let elapsed = section
        .tokens
        .iter()
        .any(|token| matches!(token, Token::Elapsed(..)));
    let sign = if elapsed && value < 0.0 { "-" } else { "" };
    let days = if elapsed { value.abs() } else { value };
    let Some(at) = moment(days, from_1904 && !elapsed, fine) else {
        return general(value);
    };
    if section.has_unknown_letters() {
        return iso(section, &at);
    }
    let half_day = section.tokens.contains(&Token::HalfDay);
    let seconds = (days * 86_400.0).round() as i64;
    let mut shown = sign.to_owned();
    for token in &section.tokens {
        match token {
            Token::Literal(text) => shown.push_str(text),
            Token::Date(unit, width) => push_date(&mut shown, &at, *unit, *width, half_day),
            Token::Elapsed(unit, width) => {
                let number = match unit {
                    'h' => seconds / 3600,
                    'm' => seconds / 60,
                    _ => seconds,
                };
                shown.push_str(&format!("{number:0width$}"));
            }
            Token::HalfDay => shown.push_str(if at.hour < 12 { "AM" } else { "PM" }),
            Token::Fraction(width) => {
                let thousandths = format!("{:03}", at.millisecond);
                shown.push('.');
                shown.push_str(&thousandths[..(*width).min(3)]);
            }
            Token::Percent => shown.push('%'),
            Token::Point => shown.push('.'),
            Token::Comma => shown.push(','),
            Token::Slash => shown.push('/'),
            _ => {}
        }
    }
    shown
}

/// The date, and the time where the format shows one, as all understand them.
fn iso(section: &Section, at: &Moment) -> String {
    let date = format!("{:04}-{:02}-{:02}", at.year, at.month, at.day);
    let is_time = |token: &Token| matches!(token, Token::Date('h' | 'm' | 's', _));
    if section.tokens.iter().any(is_time) {
        return format!("{date} {:02}:{:02}:{:02}", at.hour, at.minute, at.second);
    }
    date
}

fn push_date(shown: &mut String, at: &Moment, unit: char, width: usize, half_day: bool) {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    const DAYS: [&str; 7] = [
        "Sunday",
        "Monday",
        "Tuesday",
        "Wednesday",
        "Thursday",
        "Friday",
        "Saturday",
    ];
    let month = MONTHS
        .get(at.month.wrapping_sub(1))
        .copied()
        .unwrap_or_default();
    let weekday = DAYS.get(at.weekday).copied().unwrap_or_default();
    let hour = if half_day {
        (at.hour + 11) % 12 + 1
    } else {
        at.hour
    };
    let two = width.min(2);
    match (unit, width) {
        ('y', 0..=2) => shown.push_str(&format!("{:02}", at.year % 100)),
        ('y', _) => shown.push_str(&at.year.to_string()),
        ('M', 0..=2) => shown.push_str(&format!("{:0two$}", at.month)),
        ('M', 3) => shown.push_str(&month[..3]),
        ('M', 5) => shown.push_str(&month[..1]),
        ('M', _) => shown.push_str(month),
        ('d', 0..=2) => shown.push_str(&format!("{:0two$}", at.day)),
        ('d', 3) => shown.push_str(&weekday[..3]),
        ('d', _) => shown.push_str(weekday),
        ('h', _) => shown.push_str(&format!("{hour:0two$}")),
        ('m', _) => shown.push_str(&format!("{:0two$}", at.minute)),
        _ => shown.push_str(&format!("{:0two$}", at.second)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(code: &str, value: f64) -> String {
        NumberFormat::parse(code).show(value, false)
    }

    #[test]
    fn numbers_are_shown_as_their_format_says() {
        for (code, value, shown) in [
            ("General", 187.5, "187.5"),
            ("General", 0.1 + 0.2, "0.3"),
            ("General", 1.0 / 3.0, "0.333333333"),
            ("General", 4_006_381_333_931.0, "4006381333931"),
            ("General", -0.5, "-0.5"),
            ("", 7.0, "7"),
            ("0.00%", 0.375, "37.50%"),
            ("0%", 0.005, "1%"),
            ("#,##0", 1_234_567.4, "1,234,567"),
            ("#,##0.00", -1234.5, "-1,234.50"),
            ("0.00", 1.005, "1.01"),
            ("0.00", 0.125, "0.13"),
            ("0.0", -0.01, "0.0"),
            ("0000", 42.0, "0042"),
            ("#", 0.0, ""),
            ("0.##", 1.5, "1.5"),
            ("0.##", 2.0, "2."),
            ("#,##0.00 [$€-407]", 38.2, "38.20 €"),
            ("[$£-809]#,##0.00", 38.2, "£38.20"),
            ("\"EUR\" 0.00", 3.0, "EUR 3.00"),
            (
                "_($* #,##0.00_);_($* (#,##0.00);_($* \"-\"??_);_(@_)",
                1234.5,
                "$1,234.50",
            ),
            (
                "_($* #,##0.00_);_($* (#,##0.00);_($* \"-\"??_);_(@_)",
                -1234.5,
                "$(1,234.50)",
            ),
            (
                "_($* #,##0.00_);_($* (#,##0.00);_($* \"-\"??_);_(@_)",
                0.0,
                "$-",
            ),
            ("0.0,\" k\"", 12_500.0, "12.5 k"),
            ("0.00E+00", 12_345.0, "1.23E+04"),
            ("# ?/?", 1.5, "1 1/2"),
            ("# ??/??", 0.25, "1/4"),
            ("[Red]-0;[Blue]0", 5.0, "-5"),
            ("[>=100]0\" high\";0\" low\"", 120.0, "120 high"),
            ("[>=100]0\" high\";0\" low\"", 20.0, "20 low"),
            ("\"yes\";\"no\";\"none\"", 0.0, "none"),
            ("000\\-000", 123_456.0, "123-456"),
            ("0 \"kg\"", 5.0, "5 kg"),
            (";;;", 5.0, ""),
            ("@", 5.0, "5"),
        ] {
            assert_eq!(show(code, value), shown, "{code} of {value}");
        }
    }

    #[test]
    fn dates_and_times_are_shown_as_their_format_says() {
        let at = 46_086.0 + (18.0 * 60.0 + 4.0) / 1440.0 + 9.0 / 86_400.0;
        for (code, value, shown) in [
            ("yyyy\\-mm\\-dd", at, "2026-03-05"),
            ("dd.mm.yyyy", at, "05.03.2026"),
            ("d/m/yy", at, "5/3/26"),
            ("[$-409]d mmmm yyyy;@", at, "5 March 2026"),
            ("dddd, mmm d", at, "Thursday, Mar 5"),
            ("yyyy-mm-dd hh:mm:ss", at, "2026-03-05 18:04:09"),
            ("h:mm AM/PM", at, "6:04 PM"),
            ("h:mm AM/PM", 0.0, "12:00 AM"),
            ("mm:ss", at, "04:09"),
            ("[h]:mm", 1.5, "36:00"),
            ("[mm]:ss", 1.0 / 24.0, "60:00"),
            ("[h]:mm", -0.25, "-6:00"),
            ("hh:mm:ss.000", 0.5, "12:00:00.000"),
            ("yyyy\"年\"m\"月\"d\"日\"", at, "2026年3月5日"),
            ("yyyy年m月d日", at, "2026年3月5日"),
            ("yyyy-mm-dd\"T\"hh:mm", at, "2026-03-05T18:04"),
            ("yyyy-mm-dd", -3.0, "-3"),
            ("[$-804]aaaa;@", at, "Thursday"),
            ("m/d(aaa)", at, "3/5(Thu)"),
            ("[$-411]ggge\"年\"m\"月\"d\"日\"", at, "2026年3月5日"),
            ("ggg", at, "2026-03-05"),
            ("bbbb", at, "2026-03-05"),
            ("yyyy q", at, "2026-03-05"),
            ("ww yyyy h:mm", at, "2026-03-05 18:04:09"),
            ("yyyy-mm-ddThh:mm", at, "2026-03-05T18:04"),
        ] {
            assert_eq!(show(code, value), shown, "{code} of {value}");
        }
        assert_eq!(NumberFormat::built_in(14).show(at, false), "2026-03-05");
        assert_eq!(
            NumberFormat::built_in(22).show(at, false),
            "2026-03-05 18:04"
        );
        assert_eq!(NumberFormat::built_in(10).show(0.375, false), "37.50%");
        assert_eq!(NumberFormat::built_in(46).show(1.5, false), "36:00:00");
    }

    #[test]
    fn hostile_formats_end() {
        let long = "0".repeat(100_000);
        for code in [
            "[", "\"", "\\", "_", "*", "[$", "[>", ";;;;;;;", "0.", "E+", "/", "?/", "[h", &long,
        ] {
            for value in [0.0, -1.5, 1e300, f64::NAN, f64::INFINITY, f64::MIN_POSITIVE] {
                let shown = show(code, value);
                assert!(shown.len() < 2000, "{code:.20} of {value}");
            }
        }
    }
}
