//! Styles: number formats of cells, and what is hidden in texts.

use std::collections::{HashMap, HashSet};

use super::number_format::NumberFormat;
use super::xml::Element;

/// The number formats of a workbook's cells.
pub(super) struct Formats {
    formats: HashMap<usize, NumberFormat>,
    /// The format of each style of cells.
    cells: Vec<usize>,
    general: NumberFormat,
    from_1904: bool,
}

impl Formats {
    /// Reads the part `styles.xml`.
    pub(super) fn of_workbook(xml: &str, from_1904: bool) -> Self {
        let root = Element::parse(xml);
        let mut formats = HashMap::new();
        let mut cells = Vec::new();
        if let Some(root) = &root {
            let own = root.child("numFmts");
            for format in own.iter().flat_map(|all| all.children_named("numFmt")) {
                if let (Some(id), Some(code)) =
                    (format.number("numFmtId"), format.attribute("formatCode"))
                {
                    formats.insert(id, NumberFormat::parse(&code));
                }
            }
            let styles = root.child("cellXfs");
            for style in styles.iter().flat_map(|all| all.children_named("xf")) {
                let id = style.number("numFmtId").unwrap_or_default();
                formats
                    .entry(id)
                    .or_insert_with(|| NumberFormat::built_in(id));
                cells.push(id);
            }
        }
        Self {
            formats,
            cells,
            general: NumberFormat::built_in(0),
            from_1904,
        }
    }

    /// A number as a cell of this style shows it; what is no number stays as it is.
    pub(super) fn show(&self, style: usize, value: &str) -> String {
        let Ok(number) = value.parse::<f64>() else {
            return value.to_owned();
        };
        let format = self.cells.get(style).and_then(|id| self.formats.get(id));
        format.unwrap_or(&self.general).show(number, self.from_1904)
    }
}

/// Ids of the styles of a text document that hide what has them, by themselves or by the styles they are based on.
pub(super) fn hidden_styles(root: &Element<'_>) -> HashSet<String> {
    let mut own: HashMap<String, (Option<bool>, Option<String>)> = HashMap::new();
    for style in root.children_named("style") {
        let Some(id) = style.attribute("styleId") else {
            continue;
        };
        let based_on = style
            .child("basedOn")
            .and_then(|base| base.attribute("val"));
        let hides = style.child("rPr").and_then(vanishes);
        own.insert(id, (hides, based_on));
    }
    let hides = |id: &String| {
        let mut next = Some(id);
        // Styles that are based on each other in a circle end here.
        for _ in 0..32 {
            match next.and_then(|id| own.get(id)) {
                Some((Some(hides), _)) => return *hides,
                Some((None, based_on)) => next = based_on.as_ref(),
                None => return false,
            }
        }
        false
    };
    own.keys().filter(|id| hides(id)).cloned().collect()
}

/// Whether properties of a run hide it; `None` where they do not say.
pub(super) fn vanishes(properties: &Element<'_>) -> Option<bool> {
    let vanish = properties.child("vanish")?;
    let off = ["0", "false", "off"];
    let value = vanish.attribute("val");
    Some(!value.is_some_and(|value| off.contains(&value.as_str())))
}
