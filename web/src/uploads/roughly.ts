/** A time no more exact than an estimate can be: `5 s`, `40 s`, `3 min`, `1 h 20 min`. */
export function roughly(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 90) {
    const step = seconds < 20 ? 5 : 10;
    return `${Math.max(1, Math.round(seconds / step)) * step} s`;
  }
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const tens = Math.round(minutes / 10) * 10;
  return tens % 60 === 0 ? `${tens / 60} h` : `${Math.floor(tens / 60)} h ${tens % 60} min`;
}
