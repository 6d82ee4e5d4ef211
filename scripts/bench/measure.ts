/** What every benchmark shares: medians, percentiles, and the one shape in which a figure is reported. */

export interface Figure {
  readonly name: string
  readonly value: number
  readonly unit: string
  /** The same work done bare, in the same run. */
  readonly baseline: number
  readonly ratio: number
  /** `≥ 0.25`, `≤ 3`, … or `reported`. */
  readonly target: string
  readonly met: boolean | 'reported'
  /** What the reader has to know to believe it. */
  readonly note?: string
}

export interface BenchOptions {
  /** The part of its full size that a benchmark of a nation runs at. */
  readonly scale: number
}

export type Benchmark = (options: BenchOptions) => Promise<readonly Figure[]>

export function median(values: readonly number[]): number {
  return percentile(values, 50)
}

/** The nearest-rank percentile; of no values: NaN. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? Number.NaN
}

export function round(value: number): number {
  return Number(value.toPrecision(4))
}

/** A ratio that should be large (a throughput) or small (a latency). */
export function figure(
  name: string,
  measured: { readonly value: number; readonly unit: string; readonly baseline: number; readonly note?: string },
  target: { readonly atLeast: number } | { readonly atMost: number } | 'reported',
): Figure {
  const ratio = measured.value / measured.baseline
  const isMet =
    target === 'reported' ? 'reported' : 'atLeast' in target ? ratio >= target.atLeast : ratio <= target.atMost
  return {
    name,
    value: round(measured.value),
    unit: measured.unit,
    baseline: round(measured.baseline),
    ratio: round(ratio),
    target: target === 'reported' ? 'reported' : 'atLeast' in target ? `>= ${target.atLeast}` : `<= ${target.atMost}`,
    met: isMet,
    ...(measured.note === undefined ? {} : { note: measured.note }),
  }
}

/** Progress goes to standard error, so that `--json` stays clean. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`)
}
