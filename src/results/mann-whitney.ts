import { ascending } from "./distribution.js";

export interface RankTest {
  /** Pairs in which the first sample's value is larger; a tie counts half. */
  readonly u: number;
  /** Two-sided probability of a difference like this one where both samples come from one distribution. */
  readonly p: number;
  /** Cliff's delta: -1 (every value of the first is smaller) to 1; 0 where neither tends to be larger. */
  readonly effect: number;
}

/** Above this many pairs the exact distribution is replaced by the normal one. */
const EXACT_PAIRS = 1000;

/** Twice the mean rank of each value among all, which is a whole number for ties, too. */
function doubledRanks(values: readonly number[]): ReadonlyMap<number, number> {
  const sorted = ascending(values);
  const ranks = new Map<number, number>();
  for (let from = 0; from < sorted.length; ) {
    const value = sorted[from] as number;
    const to = sorted.lastIndexOf(value);
    ranks.set(value, from + to + 2);
    from = to + 1;
  }
  return ranks;
}

/**
 * In how many ways so many of these ranks can be drawn, by their sum.
 * @param ranks - of all values, in any order
 */
function waysBySum(ranks: readonly number[], drawn: number): Float64Array {
  const most = ascending(ranks)
    .slice(-drawn)
    .reduce((sum, rank) => sum + rank, 0);
  const ways = Array.from({ length: drawn + 1 }, () => new Float64Array(most + 1));
  (ways[0] as Float64Array)[0] = 1;
  for (const rank of ranks) {
    for (let count = drawn; count > 0; count -= 1) {
      const [more, fewer] = [ways[count] as Float64Array, ways[count - 1] as Float64Array];
      for (let sum = rank; sum <= most; sum += 1) more[sum] = (more[sum] as number) + (fewer[sum - rank] as number);
    }
  }
  return ways[drawn] as Float64Array;
}

/** Of all ways to part the values into two samples, those whose ranks lie as far apart as here; right with ties, too. */
function exactProbability(first: readonly number[], second: readonly number[]): number {
  const smaller = first.length <= second.length ? first : second;
  const all = [...first, ...second];
  const ranks = doubledRanks(all);
  const rankOf = (value: number): number => ranks.get(value) as number;
  const here = smaller.reduce((sum, value) => sum + rankOf(value), 0);
  const ways = waysBySum(all.map(rankOf), smaller.length);
  const total = (part: Float64Array): number => part.reduce((sum, count) => sum + count, 0);
  const tail = Math.min(total(ways.subarray(0, here + 1)), total(ways.subarray(here)));
  return Math.min((2 * tail) / total(ways), 1);
}

/** Complement of the normal distribution, relative error below 1.2e-7 (Numerical Recipes, `erfcc`, from Chebyshev). */
function normalTail(z: number): number {
  const x = z / Math.SQRT2;
  const t = 1 / (1 + x / 2);
  const terms = [
    -1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587, -0.82215223,
    0.17087277,
  ];
  const polynomial = terms.reduceRight((sum, term) => sum * t + term, 0);
  return (t * Math.exp(polynomial - x * x)) / 2;
}

/** Normal approximation, corrected for ties and for continuity. */
function normalProbability(u: number, first: number, second: number, ties: readonly number[]): number {
  const all = first + second;
  const tied = ties.reduce((sum, t) => sum + t ** 3 - t, 0) / (all * (all - 1));
  const deviation = Math.sqrt(((first * second) / 12) * (all + 1 - tied));
  const distance = Math.max(Math.abs(u - (first * second) / 2) - 0.5, 0);
  return deviation === 0 ? 1 : Math.min(2 * normalTail(distance / deviation), 1);
}

/** Sizes of the groups of equal values. */
function tieSizes(values: readonly number[]): readonly number[] {
  const sizes = new Map<number, number>();
  for (const value of values) sizes.set(value, (sizes.get(value) ?? 0) + 1);
  return [...sizes.values()].filter((size) => size > 1);
}

/**
 * Mann-Whitney's test of two samples, exact where they are small: the normal distribution finds too much in a few ties.
 * @returns `null` where a sample is empty
 */
export function mannWhitney(first: readonly number[], second: readonly number[]): RankTest | null {
  const pairs = first.length * second.length;
  if (pairs === 0) return null;
  const u = first.reduce(
    (sum, value) => sum + second.reduce((won, other) => won + (value > other ? 1 : value === other ? 0.5 : 0), 0),
    0,
  );
  const p =
    pairs <= EXACT_PAIRS
      ? exactProbability(first, second)
      : normalProbability(u, first.length, second.length, tieSizes([...first, ...second]));
  return { u, p, effect: (2 * u) / pairs - 1 };
}
