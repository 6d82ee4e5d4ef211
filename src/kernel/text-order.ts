/** The order of texts that no locale changes: by their UTF-16 units, as moments, days and ids are to be sorted. Pure. */

/** For `sort`: below 0 where `a` comes first. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
