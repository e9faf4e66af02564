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

/// What the styles of a text document say of what has them, by themselves or by the styles they are based on.
#[derive(Default)]
pub(super) struct TextStyles {
    /// Ids of those that hide.
    pub(super) hidden: HashSet<String>,
    /// Levels of those that are headings by their names alone, by their ids; the library looks at levels.
    pub(super) headings: HashMap<String, usize>,
}

impl TextStyles {
    /// Reads the part `styles.xml`.
    pub(super) fn read(root: &Element<'_>) -> Self {
        let styles = root.children_named("style");
        let own: HashMap<String, &Element<'_>> = styles
            .filter_map(|style| Some((style.attribute("styleId")?, style)))
            .collect();
        let hides = |id: &String| {
            let says = |style: &Element<'_>| style.child("rPr").and_then(vanishes);
            first_of(&own, id, says) == Some(true)
        };
        let level = |id: &String| {
            let level = first_of(&own, id, heading_level).flatten()?;
            Some((id.clone(), level))
        };
        Self {
            hidden: own.keys().filter(|id| hides(id)).cloned().collect(),
            headings: own.keys().filter_map(level).collect(),
        }
    }
}

/// What a style says, or else the one that it is based on.
fn first_of<T>(
    styles: &HashMap<String, &Element<'_>>,
    id: &str,
    says: impl Fn(&Element<'_>) -> Option<T>,
) -> Option<T> {
    let mut next = Some(id.to_owned());
    // Styles that are based on each other in a circle end here.
    for _ in 0..32 {
        let style = styles.get(&next?)?;
        if let Some(said) = says(style) {
            return Some(said);
        }
        let based_on = style.child("basedOn");
        next = based_on.and_then(|base| base.attribute("val"));
    }
    None
}

/// The level of a heading by the name of its style, which is the same in all languages; `Some(None)` where the style
/// gives a level of its own.
fn heading_level(style: &Element<'_>) -> Option<Option<usize>> {
    if style
        .child("pPr")
        .and_then(|all| all.child("outlineLvl"))
        .is_some()
    {
        return Some(None);
    }
    let name = style.child("name")?.attribute("val")?.to_lowercase();
    let level: usize = name.strip_prefix("heading ")?.trim().parse().ok()?;
    (1..=6).contains(&level).then_some(Some(level))
}

/// Whether properties of a run hide it; `None` where they do not say.
pub(super) fn vanishes(properties: &Element<'_>) -> Option<bool> {
    let vanish = properties.child("vanish")?;
    let off = ["0", "false", "off"];
    let value = vanish.attribute("val");
    Some(!value.is_some_and(|value| off.contains(&value.as_str())))
}
