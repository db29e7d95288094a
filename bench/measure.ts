/** How the benchmarks measure: medians of several runs, after a run that is not counted. */

export type Measurement = {
  readonly name: string;
  /** Null when it could not be measured here; `note` says why. */
  readonly measured: number | null;
  readonly budget: number;
  readonly unit: 'x' | 'ms' | 's' | 'MB';
  readonly note?: string;
};

export type Benchmark = { readonly id: string; readonly run: () => Promise<readonly Measurement[]> };

export const withinBudget = ({ measured, budget }: Measurement): boolean =>
  measured === null || measured <= budget;

export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low = Number.NaN, high = Number.NaN] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[middle]];
  return (low + high) / 2;
};

/** What earlier work left behind is not the next one's to clear away. Needs `node --expose-gc`. */
const collectGarbage = (): void => globalThis.gc?.();

/** Milliseconds one call takes. */
export const time = async (work: () => unknown): Promise<number> => {
  collectGarbage();
  const start = performance.now();
  await work();
  return performance.now() - start;
};

/** Median milliseconds of `runs` calls, after `warmUps` that are not counted. */
export const medianTime = async (runs: number, work: () => unknown, warmUps = 1): Promise<number> => {
  for (let i = 0; i < warmUps; i++) await time(work);
  const times: number[] = [];
  for (let i = 0; i < runs; i++) times.push(await time(work));
  return median(times);
};

/**
 * How many times longer `work` takes than `bare`: the median over pairs run one right after the other, so that a machine
 * that is slow for a while is slow for both.
 */
export const medianRatio = async (
  runs: number,
  work: () => unknown,
  bare: () => unknown,
  warmUps = 1,
): Promise<number> => {
  const ratios: number[] = [];
  for (let i = -warmUps; i < runs; i++) {
    const without = await time(bare);
    const ratio = (await time(work)) / without;
    if (i >= 0) ratios.push(ratio);
  }
  return median(ratios);
};
