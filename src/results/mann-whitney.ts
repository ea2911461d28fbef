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

/**
 * Numbers of the arrangements of two samples that give U = 0, 1, ... (Mann and Whitney 1947: the largest value is either
 * of the first sample, above all of the second, or of the second).
 */
function arrangements(first: number, second: number): readonly number[] {
  let rows: number[][] = Array.from({ length: second + 1 }, () => [1]);
  for (let m = 1; m <= first; m += 1) {
    const next: number[][] = [[1]];
    for (let n = 1; n <= second; n += 1) {
      const [without, withIt] = [next[n - 1] ?? [], rows[n] ?? []];
      next.push(Array.from({ length: m * n + 1 }, (_, u) => (without[u] ?? 0) + (withIt[u - n] ?? 0)));
    }
    rows = next;
  }
  return rows[second] ?? [];
}

function exactProbability(u: number, first: number, second: number): number {
  const counts = arrangements(first, second);
  const all = counts.reduce((sum, count) => sum + count, 0);
  const tail = counts.slice(0, Math.min(u, first * second - u) + 1).reduce((sum, count) => sum + count, 0);
  return Math.min((2 * tail) / all, 1);
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
 * Mann-Whitney's test of two samples, exact where no value occurs twice and the samples are small.
 * @returns `null` where a sample is empty
 */
export function mannWhitney(first: readonly number[], second: readonly number[]): RankTest | null {
  const pairs = first.length * second.length;
  if (pairs === 0) return null;
  const u = first.reduce(
    (sum, value) => sum + second.reduce((won, other) => won + (value > other ? 1 : value === other ? 0.5 : 0), 0),
    0,
  );
  const ties = tieSizes([...first, ...second]);
  const exact = ties.length === 0 && pairs <= EXACT_PAIRS;
  const p = exact
    ? exactProbability(u, first.length, second.length)
    : normalProbability(u, first.length, second.length, ties);
  return { u, p, effect: (2 * u) / pairs - 1 };
}
