/** Ascending copy. */
export function ascending(values: readonly number[]): number[] {
  return [...values].sort((a, b) => a - b);
}

/**
 * Quantile of a sorted sample, interpolated between neighbours (Hyndman and Fan 1996, type 7, the default of R and numpy).
 * @param sorted - ascending, at least one value
 * @param fraction - 0 to 1
 */
export function quantile(sorted: readonly number[], fraction: number): number {
  const place = (sorted.length - 1) * fraction;
  const below = sorted[Math.floor(place)];
  const above = sorted[Math.ceil(place)];
  if (below === undefined || above === undefined) throw new RangeError("a quantile needs a value, and 0 to 1");
  return below === above ? below : below + (above - below) * (place - Math.floor(place));
}

/** @param values - at least one, in any order */
export function median(values: readonly number[]): number {
  return quantile(ascending(values), 0.5);
}

/** Modified z-score above which a value is an outlier (Iglewicz and Hoaglin 1993). */
const FAR = 3.5;
/** Makes the median absolute deviation of a normal sample its standard deviation. */
const NORMAL = 1.4826;

/** Values that lie far from the median of all, by the median absolute deviation; none where fewer than five were measured. */
export function outliers(values: readonly number[]): readonly number[] {
  if (values.length < 5) return [];
  const centre = median(values);
  const deviation = NORMAL * median(values.map((value) => Math.abs(value - centre)));
  return deviation === 0 ? [] : values.filter((value) => Math.abs(value - centre) / deviation > FAR);
}
