import type { Estimate } from "./types";

/** A share without the zero before its point, as papers have it: `.643`, `1.000`, `–` where there is none. */
export function share(value: number | null | undefined, digits = 3): string {
  if (value == null) return "–";
  return value
    .toFixed(digits)
    .replace(/^(-?)0\./, "$1.")
    .replace("-", "−");
}

/** A difference with its sign: `+.042`, `−.012`, `.000`. */
export function signed(value: number | null | undefined, digits = 3): string {
  const text = share(value, digits);
  return value != null && Number(value.toFixed(digits)) > 0 ? `+${text}` : text;
}

/** `.601 … .684`: the bounds of a 95 % interval; empty where there is none. */
export function range(interval: Estimate["interval"], show: (value: number) => string = share): string {
  return interval ? `${show(interval.low)} … ${show(interval.high)}` : "";
}

/** `38 %`, and with a decimal where little would be left without: `0.4 %`. */
export function percent(value: number | null | undefined): string {
  if (value == null) return "–";
  const hundredths = value * 100;
  return `${Number(hundredths.toFixed(Math.abs(hundredths) < 10 ? 1 : 0))} %`;
}
