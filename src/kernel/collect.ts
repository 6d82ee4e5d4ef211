/** Everything that a reading gives, held in memory: for readings that are known to be short, such as one stream. */
export async function collect<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const collected: T[] = []
  for await (const item of items) collected.push(item)
  return collected
}
