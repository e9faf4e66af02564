import type { Table } from "./chart";

/** A table as RFC 4180 has it, for spreadsheets in UTF-8. */
export function csv({ columns, rows }: Table): string {
  const line = (cells: (string | number | null)[]) => cells.map(cell).join(",");
  return `\uFEFF${[columns, ...rows].map(line).join("\r\n")}\r\n`;
}

function cell(value: string | number | null): string {
  if (value === null) return "";
  if (typeof value === "number") return String(value);
  // A spreadsheet would run what begins like a formula.
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
