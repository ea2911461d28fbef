/** Numbers as people read them. A missing number is a dash, never a zero. */
export const MISSING = "-";

/** 12345.6 with one decimal -> "12,345.6"; independent of the locale, so that output can be compared. */
function grouped(value: number, decimals: number): string {
  const [whole = "", fraction] = value.toFixed(decimals).split(".");
  const digits = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return fraction === undefined ? digits : `${digits}.${fraction}`;
}

/** Whole number with thousands separators. */
export function count(value: number | null): string {
  return value === null ? MISSING : grouped(value, 0);
}

/** Least and greatest of at least one whole number: "8", or "1 to 64". */
export function span(values: readonly number[]): string {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return least === most ? count(most) : `${count(least)} to ${count(most)}`;
}

/** Bytes as megabytes (10^6 bytes) with one decimal, without the unit. */
export function megabytes(bytes: number | null): string {
  return bytes === null ? MISSING : grouped(bytes / 1e6, 1);
}

/** A fraction as whole percent; never "100 %" or "0 %" for what is only close to it. */
export function percent(fraction: number | null): string {
  if (fraction === null) return MISSING;
  const rounded = Math.round(fraction * 100);
  if (rounded === 100 && fraction < 1) return `${Math.floor(fraction * 1000) / 10} %`;
  if (rounded === 0 && fraction > 0) return "<1 %";
  return `${rounded} %`;
}

/** A ratio with two decimals. */
export function ratio(value: number | null): string {
  return value === null ? MISSING : value.toFixed(2);
}

/** Seconds as milliseconds with one decimal, without the unit. */
export function milliseconds(seconds: number | null | undefined): string {
  return seconds === null || seconds === undefined ? MISSING : grouped(seconds * 1000, 1);
}

/** A duration: "0.4 s", "12 s", "3 min 05 s". */
export function duration(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 100) return `${whole} s`;
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
}

/** A horizontal bar of fixed width. It is full or empty only where the fraction is 1 or 0. */
export function bar(fraction: number | null, width: number): string {
  if (fraction === null) return " ".repeat(width);
  const nearest = Math.round(fraction * width);
  const filled = fraction <= 0 ? 0 : fraction >= 1 ? width : Math.min(Math.max(nearest, 1), width - 1);
  return "█".repeat(filled) + "░".repeat(width - filled);
}

const SPARKS = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"] as const;

/**
 * How a number went, in one line; the lowest is at the bottom, the highest at the top.
 * @param width - glyphs at most; of a longer series each stands for the mean of its part
 */
export function sparkline(values: readonly number[], width: number): string {
  if (width < 1 || values.length === 0) return "";
  const parts = Math.min(width, values.length);
  const means = Array.from({ length: parts }, (_, index) => {
    const from = Math.floor((index * values.length) / parts);
    const part = values.slice(from, Math.floor(((index + 1) * values.length) / parts));
    return part.reduce((sum, value) => sum + value, 0) / part.length;
  });
  const [least, most] = [Math.min(...means), Math.max(...means)];
  const height = (value: number): number => (most === least ? 0 : (value - least) / (most - least));
  return means.map((value) => SPARKS[Math.round(height(value) * (SPARKS.length - 1))]).join("");
}
