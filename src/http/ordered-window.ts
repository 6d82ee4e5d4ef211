/**
 * Works on many items at once and tells their results in the order of the items. Items of one key are worked on one after the
 * other; at most so many, of so many bytes, are under way or waiting to be told, so that a slow reader slows the source down.
 */
interface Slot<Result> {
  readonly bytes: number
  result: Result | undefined
  isDone: boolean
}

export interface WindowOptions<Item, Result> {
  /** Items come by the page; each is taken from its page only when there is room for it. */
  readonly pages: AsyncIterable<Iterable<Item>>
  readonly concurrency: number
  /** One item is always taken, whatever its size. */
  readonly maxBytes: number
  readonly bytesOf: (item: Item) => number
  /** Items with the same key keep their order; undefined has none to keep. */
  readonly keyOf: (item: Item) => string | undefined
  /** Never rejects: a failure is a result. */
  readonly work: (item: Item) => Promise<Result>
}

/** Yields all results that are ready, in order, as soon as the next one is. */
export async function* orderedWindow<Item, Result>(
  options: WindowOptions<Item, Result>,
): AsyncGenerator<readonly Result[]> {
  const { pages, concurrency, maxBytes, bytesOf, keyOf, work } = options
  const slots: Slot<Result>[] = []
  const lastOfKey = new Map<string, Promise<unknown>>()
  let bytes = 0
  let isDrained = false
  let isStopped = false
  let failure: { readonly error: unknown } | undefined
  let wakeTeller: () => void = () => {}
  let wakeReader: () => void = () => {}

  const start = (item: Item): void => {
    const slot: Slot<Result> = { bytes: bytesOf(item), result: undefined, isDone: false }
    slots.push(slot)
    bytes += slot.bytes
    const key = keyOf(item)
    const before = key === undefined ? undefined : lastOfKey.get(key)
    const working = (before ? before.then(() => work(item)) : work(item)).then((result) => {
      slot.result = result
      slot.isDone = true
      if (key !== undefined && lastOfKey.get(key) === working) lastOfKey.delete(key)
      if (slots[0] === slot) wakeTeller()
    })
    if (key !== undefined) lastOfKey.set(key, working)
  }
  const read = async (): Promise<void> => {
    try {
      for await (const page of pages) {
        for (const item of page) {
          if (isStopped) return
          start(item)
          while ((slots.length >= concurrency || bytes >= maxBytes) && !isStopped) {
            await new Promise<void>((resolve) => {
              wakeReader = resolve
            })
          }
        }
      }
    } catch (error) {
      failure = { error }
    } finally {
      isDrained = true
      wakeTeller()
    }
  }

  const reading = read()
  try {
    for (;;) {
      while (slots.length > 0 && !slots[0]?.isDone) {
        await new Promise<void>((resolve) => {
          wakeTeller = resolve
        })
      }
      const ready: Result[] = []
      while (slots[0]?.isDone) {
        ready.push(slots[0].result as Result)
        bytes -= slots[0].bytes
        slots.shift()
      }
      if (ready.length > 0) {
        yield ready
        wakeReader()
      } else if (isDrained) break
      else {
        await new Promise<void>((resolve) => {
          wakeTeller = resolve
        })
      }
    }
    if (failure) throw failure.error
  } finally {
    isStopped = true
    wakeReader()
    void reading
  }
}
