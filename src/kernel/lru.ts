/**
 * A memory of at most so many entries, which forgets what was asked for least recently. It takes room as it fills: a limit in
 * entries (`max`) would have the package take all of it at once, before the hub's first event.
 */
import { LRUCache } from 'lru-cache'

export type Lru<K extends object | string | number, V extends NonNullable<unknown>> = LRUCache<K, V>

export function createLru<K extends object | string | number, V extends NonNullable<unknown>>(max: number): Lru<K, V> {
  return new LRUCache({ maxSize: max, sizeCalculation: () => 1 })
}
