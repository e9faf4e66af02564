import type { Column } from "./columns";

/** A line between the places of a passage in two columns. */
export interface Line {
  id: string;
  /** Columns, from 0. */
  from: number;
  to: number;
  /** Places within them, from 0. */
  fromRow: number;
  toRow: number;
  /** What reranking did to the passage; `stays` everywhere else. */
  turn: Turn;
}

export type Turn = "rises" | "falls" | "stays";

/** Sizes in pixels. */
export interface Geometry {
  column: number;
  /** Between two columns. */
  gap: number;
  /** From the top of a card to the top of the next. */
  row: number;
  /** Of a card. */
  card: number;
}

/** Lines that follow each passage from every column that holds it to the next that does. */
export function linesOf(columns: Column[]): Line[] {
  const seen = new Map<string, { column: number; row: number }>();
  const lines: Line[] = [];
  columns.forEach((column, to) => {
    column.places.forEach((place, toRow) => {
      const id = place.candidate.chunk_id;
      const last = seen.get(id);
      seen.set(id, { column: to, row: toRow });
      if (last) lines.push({ id, from: last.column, to, fromRow: last.row, toRow, turn: turnOf(place.moved ?? 0) });
    });
  });
  return lines;
}

export function turnOf(moved: number): Turn {
  return moved > 0 ? "rises" : moved < 0 ? "falls" : "stays";
}

/** The path of a line from the right edge of a card to the left edge of another. */
export function pathOf(line: Line, { column, gap, row, card }: Geometry): string {
  const x1 = line.from * (column + gap) + column;
  const x2 = line.to * (column + gap);
  const y1 = line.fromRow * row + card / 2;
  const y2 = line.toRow * row + card / 2;
  const bend = gap * 0.55;
  return `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`;
}

/** Width of a column where `count` of them share a width. */
export function columnWidth(width: number, gap: number, count: number): number {
  return Math.max(0, (width - gap * (count - 1)) / count);
}
