//! Tables in which a merged cell's value stands in each row and column that it covers, and the lines of a header are
//! one.

mod inner;
mod layout;

use std::rc::Rc;

use super::dom::Node;

/// Most cells of a table after its merged cells are spread; a larger one stays as it is.
const MAX_CELLS: usize = 500_000;
const MAX_COLUMNS: usize = 1_000;
/// More lines are no header.
const MAX_HEADER_ROWS: usize = 4;

/// Rewrites the tables of data, and makes plain boxes of those that lay out a page.
pub(super) fn expand_tables(root: &Node) {
    let children = root.children.borrow();
    for page in children.iter() {
        let tables = page.descendants().filter(|node| node.name() == "table");
        for table in tables.collect::<Vec<_>>() {
            if layout::is_layout(&table) {
                layout::unwrap(&table);
            } else if let Some(grid) = Grid::of(&table) {
                grid.write(&table);
            }
        }
        inner::join(page);
    }
}

#[derive(Clone)]
struct Cell {
    node: Rc<Node>,
    is_header: bool,
    /// Covers a whole row, as the title of the rows below does.
    is_title: bool,
    /// The first place of the cell.
    is_first: bool,
}

struct Grid {
    rows: Vec<Vec<Option<Cell>>>,
    /// Rows of `<thead>`.
    head: usize,
}

impl Grid {
    fn of(table: &Rc<Node>) -> Option<Self> {
        let sections = sections(table);
        let mut grid = Self {
            rows: Vec::new(),
            head: 0,
        };
        for section in sections {
            let begin = grid.rows.len();
            let count = section.rows.len();
            grid.rows.resize(begin + count, Vec::new());
            for (at, row) in section.rows.iter().enumerate() {
                grid.place(row, begin + at, begin + count)?;
            }
            if section.is_head && grid.head == begin {
                grid.head = begin + count;
            }
        }
        let columns = grid.rows.iter().map(Vec::len).max()?;
        for row in &mut grid.rows {
            row.resize(columns, None);
        }
        grid.mark_titles(columns);
        (grid.rows.len() > 1 || columns > 1).then_some(grid)
    }

    /// Puts the cells of a row into the places that cells from above leave free.
    fn place(&mut self, row: &Rc<Node>, at: usize, end: usize) -> Option<()> {
        let mut column = 0;
        for cell in row.children.borrow().iter() {
            if !matches!(cell.name(), "td" | "th") {
                continue;
            }
            while self.rows[at].get(column).is_some_and(Option::is_some) {
                column += 1;
            }
            let wide = span(cell, "colspan").clamp(1, MAX_COLUMNS);
            let high = match span(cell, "rowspan") {
                0 => end - at,
                rows => rows.min(end - at),
            };
            let filled: usize = self.rows.iter().map(Vec::len).max()?.max(column + wide);
            if column + wide > MAX_COLUMNS || filled * self.rows.len() > MAX_CELLS {
                return None;
            }
            for line in &mut self.rows[at..at + high] {
                if line.len() < column + wide {
                    line.resize(column + wide, None);
                }
                for (offset, place) in line[column..column + wide].iter_mut().enumerate() {
                    place.get_or_insert_with(|| Cell {
                        node: Rc::clone(cell),
                        is_header: cell.name() == "th",
                        is_title: false,
                        is_first: offset == 0,
                    });
                }
            }
            column += wide;
        }
        Some(())
    }

    fn mark_titles(&mut self, columns: usize) {
        for row in self.rows.iter_mut().filter(|_| columns > 1) {
            let Some(Some(first)) = row.first().cloned() else {
                continue;
            };
            let covers = row.iter().all(|cell| {
                cell.as_ref()
                    .is_some_and(|cell| Rc::ptr_eq(&cell.node, &first.node))
            });
            for cell in row.iter_mut().flatten().filter(|_| covers) {
                cell.is_title = true;
            }
        }
    }

    /// Rows from the top that name columns: those of `<thead>`, else those of `<th>` alone.
    fn header_rows(&self) -> usize {
        let named = |row: &Vec<Option<Cell>>| {
            let mut cells = row.iter().flatten().peekable();
            cells.peek().is_some() && cells.all(|cell| cell.is_header && !cell.is_title)
        };
        let filled = |row: &Vec<Option<Cell>>| row.iter().all(Option::is_some);
        let rows = match self.head {
            0 => {
                let rows = self.rows.iter().enumerate();
                // A lower row of few cells names the rows below it, not columns.
                rows.take_while(|(at, row)| named(row) && (*at == 0 || filled(row)))
                    .count()
            }
            head => head,
        };
        match rows {
            rows if rows >= self.rows.len() || rows > MAX_HEADER_ROWS => 1,
            rows => rows,
        }
    }

    /// Whether the first cell of each row names the row, and nothing names the columns.
    fn names_rows(&self) -> bool {
        let is_named = |row: &Vec<Option<Cell>>| {
            let mut cells = row.iter().flatten().filter(|cell| cell.is_first);
            cells.next().is_some_and(|cell| cell.is_header) && cells.all(|cell| !cell.is_header)
        };
        self.head == 0 && self.rows.iter().all(is_named)
    }

    /// Writes the table anew, its caption in front of it.
    fn write(self, table: &Rc<Node>) {
        let captions: Vec<Rc<Node>> = table
            .descendants()
            .filter(|node| node.name() == "caption")
            .collect();
        let header = self.header_rows();
        let lines = match header {
            0 if self.names_rows() => 0,
            header => header.max(1).min(self.rows.len()),
        };
        table.children.borrow_mut().clear();
        let (head, body) = self.rows.split_at(lines);
        let names = Node::element("tr");
        for column in 0..self.rows.first().map_or(0, Vec::len) {
            names.push(name_of(head, column, header > 0 || lines == 0));
        }
        table.push(names);
        for (at, row) in body.iter().enumerate() {
            if body.get(at + 1).is_some_and(|next| only_names(row, next)) {
                continue;
            }
            let line = Node::element("tr");
            for cell in row {
                let written = Node::element("td");
                if let Some(cell) = cell.as_ref().filter(|cell| !cell.is_title || cell.is_first) {
                    copy_children(&cell.node, &written);
                }
                line.push(written);
            }
            table.push(line);
        }
        captions
            .iter()
            .for_each(|caption| put_before(caption, table));
    }
}

/// Whether a row has nothing but names of the rows below it, each of which begins with them.
fn only_names(row: &[Option<Cell>], next: &[Option<Cell>]) -> bool {
    let goes_on = |(cell, below): (&Option<Cell>, &Option<Cell>)| match (cell, below) {
        (Some(cell), Some(below)) => cell.is_header && Rc::ptr_eq(&cell.node, &below.node),
        (Some(_), None) => false,
        (None, _) => true,
    };
    row.iter().any(Option::is_none)
        && row.iter().any(Option::is_some)
        && row.iter().zip(next).all(goes_on)
}

struct Section {
    is_head: bool,
    rows: Vec<Rc<Node>>,
}

/// Rows of the head first, of the foot last, as browsers show them.
fn sections(table: &Rc<Node>) -> Vec<Section> {
    let mut sections = Vec::new();
    for child in table.children.borrow().iter() {
        let rows: Vec<Rc<Node>> = match child.name() {
            "tr" => vec![Rc::clone(child)],
            "thead" | "tbody" | "tfoot" => {
                let inner = child.children.borrow();
                inner
                    .iter()
                    .filter(|row| row.name() == "tr")
                    .cloned()
                    .collect()
            }
            _ => continue,
        };
        let order = match child.name() {
            "thead" => 0,
            "tfoot" => 2,
            _ => 1,
        };
        sections.push((
            order,
            Section {
                is_head: order == 0,
                rows,
            },
        ));
    }
    sections.sort_by_key(|(order, _)| *order);
    sections.into_iter().map(|(_, section)| section).collect()
}

fn span(cell: &Node, name: &str) -> usize {
    let value = cell.attribute(name);
    value
        .and_then(|value| value.trim().parse().ok())
        .unwrap_or(1)
}

/// The name of a column: what the lines of the header say over it, each once.
fn name_of(head: &[Vec<Option<Cell>>], column: usize, is_header: bool) -> Rc<Node> {
    let name = Node::element(if is_header { "th" } else { "td" });
    let mut known: Vec<Rc<Node>> = Vec::new();
    for cell in head.iter().filter_map(|row| row.get(column)?.as_ref()) {
        let title_again = cell.is_title && !cell.is_first;
        if title_again || known.iter().any(|other| Rc::ptr_eq(other, &cell.node)) {
            continue;
        }
        if !known.is_empty() && !cell.node.text().trim().is_empty() {
            name.push(Node::text_node(" "));
        }
        copy_children(&cell.node, &name);
        known.push(Rc::clone(&cell.node));
    }
    name
}

/// Children are shared by all copies: from here on the tree is only read.
fn copy_children(from: &Node, to: &Rc<Node>) {
    for child in from.children.borrow().iter() {
        to.children.borrow_mut().push(Rc::clone(child));
    }
}

fn put_before(caption: &Rc<Node>, table: &Rc<Node>) {
    let Some(parent) = table.parent() else {
        return;
    };
    let paragraph = Node::element("p");
    copy_children(caption, &paragraph);
    // The colon tells chunks of the table that the line is its caption.
    if !caption.text().trim_end().ends_with([':', '：']) && !caption.text().trim().is_empty() {
        paragraph.push(Node::text_node(":"));
    }
    let place = parent
        .children
        .borrow()
        .iter()
        .position(|child| Rc::ptr_eq(child, table));
    if let Some(place) = place {
        parent.insert(place, paragraph);
    }
}
