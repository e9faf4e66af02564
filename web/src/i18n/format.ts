import { language } from "./language.svelte";

const tag = () => (language.current === "zh" ? "zh-CN" : "en-GB");

/** `1,234` or `12,345`. */
export function count(value: number): string {
  return new Intl.NumberFormat(tag()).format(value);
}

/** A score with four digits behind the point. */
export function score(value: number): string {
  return value.toFixed(4);
}

/** `0.4 ms`, `23 ms`, `1.24 s`, `3 min 20 s`. */
export function duration(ms: number): string {
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(2)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}

/** `1.18×`. */
export function ratio(value: number): string {
  return `${value.toFixed(2)}×`;
}

/** `12 B`, `3.4 kB`, `1.2 GB`, in powers of 1000. */
export function bytes(value: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let size = value;
  let unit = 0;
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return `${unit === 0 || size >= 100 ? Math.round(size) : size.toFixed(1)} ${units[unit]}`;
}

/** Date and time of an RFC 3339 timestamp, in the reader's time zone. */
export function moment(timestamp: string): string {
  return new Intl.DateTimeFormat(tag(), { dateStyle: "medium", timeStyle: "short" }).format(new Date(timestamp));
}

/** A language by its code, such as `Chinese` or `中文` for `zh`. */
export function languageName(code: string): string {
  const names = new Intl.DisplayNames([tag()], { type: "language", fallback: "code" });
  return names.of(code) ?? code;
}

/** `5 minutes ago`. */
export function ago(timestamp: string, now: number = Date.now()): string {
  const seconds = Math.round((new Date(timestamp).getTime() - now) / 1000);
  const format = new Intl.RelativeTimeFormat(tag(), { numeric: "auto" });
  const steps: [Intl.RelativeTimeFormatUnit, number][] = [
    ["day", 86_400],
    ["hour", 3600],
    ["minute", 60],
  ];
  for (const [unit, size] of steps) {
    if (Math.abs(seconds) >= size) return format.format(Math.round(seconds / size), unit);
  }
  return format.format(Math.min(0, seconds), "second");
}

/** A sentence of the server, which begins small, standing alone. */
export function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
