/** Latencies from the request leaving the client to the receiver holding the verified message. Pure. */

export interface Latencies {
  readonly count: number
  readonly p50Ms: number
  readonly p99Ms: number
}

/** By class; a class without a sample is absent. */
export function causeLatencies(
  samples: readonly { readonly class: string; readonly ms: number }[],
): ReadonlyMap<string, Latencies> {
  const byClass = new Map<string, number[]>()
  for (const sample of samples) {
    const list = byClass.get(sample.class)
    if (list) list.push(sample.ms)
    else byClass.set(sample.class, [sample.ms])
  }
  const latencies = new Map<string, Latencies>()
  for (const [name, list] of byClass) {
    list.sort((a, b) => a - b)
    latencies.set(name, { count: list.length, p50Ms: quantile(list, 0.5), p99Ms: quantile(list, 0.99) })
  }
  return latencies
}

/** The nearest rank: of 100 samples the 0.99 quantile is the 99th. */
export function quantile(sorted: readonly number[], q: number): number {
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? Number.NaN
}
