import type { Column } from "./columns";

/** A card: its column and its row, from 0. */
export interface Cell {
  column: number;
  row: number;
}

/**
 * Where a key leads from a card: up and down within its column; to the left and right to the same passage in the next
 * column that is not empty, or else to the card at the same height.
 */
export function stepFrom(columns: Column[], { column, row }: Cell, key: string, oneColumn: boolean): Cell | undefined {
  const rows = columns[column]?.places.length ?? 0;
  switch (key) {
    case "ArrowDown":
      return { column, row: Math.min(row + 1, rows - 1) };
    case "ArrowUp":
      return { column, row: Math.max(row - 1, 0) };
    case "Home":
      return { column, row: 0 };
    case "End":
      return { column, row: rows - 1 };
    case "ArrowLeft":
      return oneColumn ? undefined : aside(columns, { column, row }, -1);
    case "ArrowRight":
      return oneColumn ? undefined : aside(columns, { column, row }, 1);
    default:
      return undefined;
  }
}

function aside(columns: Column[], { column, row }: Cell, way: 1 | -1): Cell {
  const id = columns[column]?.places[row]?.candidate.chunk_id;
  for (let to = column + way; to >= 0 && to < columns.length; to += way) {
    const places = columns[to]?.places ?? [];
    if (places.length === 0) continue;
    const same = places.findIndex((place) => place.candidate.chunk_id === id);
    return { column: to, row: same >= 0 ? same : Math.min(row, places.length - 1) };
  }
  return { column, row };
}
