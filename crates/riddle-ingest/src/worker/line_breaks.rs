//! Spaces that the library puts where a line of a page ended. Chinese and Japanese have none between words, so one
//! there parts a word in two.

/// Columns that a line has at least, two for a wide character. A space after fewer stands between two short things: the
/// number and the name of a chapter, or the columns of a table that has no borders.
const SHORTEST_LINE: usize = 16;

/// The text without the spaces and breaks that parted lines written without spaces. Code stays as it is.
pub(super) fn without_line_breaks(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut is_code = false;
    for line in text.split_inclusive('\n') {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
        }
        match is_code {
            true => kept.push_str(line),
            false => push_joined(line, &mut kept),
        }
    }
    kept
}

/// Adds a line without the spaces in it that parted nothing.
fn push_joined(line: &str, kept: &mut String) {
    let mut columns = 0;
    let mut last = None;
    let mut rest = line;
    while let Some(character) = rest.chars().next() {
        let after = rest.trim_start_matches(' ');
        if after.len() == rest.len() {
            kept.push(character);
            columns = if character == '|' {
                0
            } else {
                columns + width(character)
            };
            last = Some(character);
            rest = &rest[character.len_utf8()..];
            continue;
        }
        match (last, after.chars().next()) {
            (Some(before), Some(next)) if parts_nothing(before, next, columns) => columns = 0,
            (Some(before), Some(next)) => {
                kept.push_str(&rest[..rest.len() - after.len()]);
                // What follows is another thing, which may be short too.
                columns = if is_letter(before) && is_letter(next) {
                    0
                } else {
                    columns + 1
                };
            }
            _ => kept.push_str(&rest[..rest.len() - after.len()]),
        }
        rest = after;
    }
}

/// Whether a space between these, behind so many columns, only stands for the end of a line.
fn parts_nothing(before: char, next: char, columns: usize) -> bool {
    let both = (is_letter(before) || is_sign(before)) && (is_letter(next) || is_sign(next));
    let with_sign = is_letter(before) != is_letter(next) || is_sign(before) && is_sign(next);
    let western = is_western(before) && is_western(next);
    both && !western && (with_sign || columns >= SHORTEST_LINE)
}

/// Quotation marks, dashes and dots of other languages too, which have spaces around them there.
fn is_western(character: char) -> bool {
    matches!(character, '\u{2018}'..='\u{201D}' | '\u{2014}' | '\u{2026}')
}

fn width(character: char) -> usize {
    1 + usize::from(is_letter(character) || is_sign(character))
}

/// A Chinese character or kana.
fn is_letter(character: char) -> bool {
    matches!(character,
        '々' | '〇' | '\u{3041}'..='\u{3096}' | '\u{309D}'..='\u{309F}' | '\u{30A1}'..='\u{30FA}'
        | '\u{30FC}'..='\u{30FF}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}'
        | '\u{FF66}'..='\u{FF9F}' | '\u{20000}'..='\u{323AF}')
}

/// Punctuation of Chinese and Japanese. Their space is part of the sign.
fn is_sign(character: char) -> bool {
    matches!(character,
        '\u{3001}'..='\u{3003}' | '\u{3008}'..='\u{3011}' | '\u{3014}'..='\u{301F}' | '\u{30FB}'
        | '\u{FF01}' | '\u{FF08}' | '\u{FF09}' | '\u{FF0C}' | '\u{FF0E}' | '\u{FF1A}' | '\u{FF1B}' | '\u{FF1F}'
        | '\u{FF5E}' | '\u{FF61}'..='\u{FF65}' | '\u{2018}'..='\u{201D}' | '\u{2014}' | '\u{2026}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_space_that_ended_a_line_goes() {
        for (read, joined) in [
            (
                "报销单须在费用发生后三十日内提交，并附上 发票原件。",
                "报销单须在费用发生后三十日内提交，并附上发票原件。",
            ),
            (
                "逾期不予受理， 特殊情况须说明。",
                "逾期不予受理，特殊情况须说明。",
            ),
            ("见附件 （第二页）。", "见附件（第二页）。"),
            (
                "この規程は社員の出張に関する手続き を定める。",
                "この規程は社員の出張に関する手続きを定める。",
            ),
            (
                "安装 Riddle 以后请先运行备份命 令，再停止服务。",
                "安装 Riddle 以后请先运行备份命令，再停止服务。",
            ),
            (
                "| 项目 | 说明 |\n|---|---|\n| 住宿 | 每晚费用不得超过规定的最高 限额 |",
                "| 项目 | 说明 |\n|---|---|\n| 住宿 | 每晚费用不得超过规定的最高限额 |",
            ),
        ] {
            assert_eq!(without_line_breaks(read), joined);
        }
    }

    #[test]
    fn other_spaces_stay() {
        for text in [
            "The line ends here and goes on.",
            "He said “yes” “no” — “maybe” … and “nothing” after so long a line.",
            "请使用 GPU 加速，版本 12 以上。",
            "第三章 附则",
            "# 第三章 附则 说明",
            "姓名 部门 电话\n王芳 财务部 2301",
            "| 姓名 | 部门 电话 |",
            "费用由财务部在十个工作日之内审核。\n\n超过期限的申请须由经理批准。",
            "서울의 겨울은 매우 춥고 눈이 많이 내린다",
            "名称：\u{3000}第一分公司",
            "```\nprint('这是一行很长的中文注释文字 不能改动')\n```",
            "- 第一项\n- 第二项",
        ] {
            assert_eq!(without_line_breaks(text), text);
        }
    }
}
