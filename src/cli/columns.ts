/** Columns for a terminal, where a Chinese character is two cells wide. */
const WIDE = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6]/u

/** Rows as lines, each column as wide as its widest cell; the last one is not padded. */
export function columns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths: number[] = []
  for (const row of rows) {
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cellWidth(cell))
  }
  return rows.map((row) =>
    row
      .map((cell, i) => (i === row.length - 1 ? cell : cell + ' '.repeat((widths[i] ?? 0) - cellWidth(cell))))
      .join('  ')
      .trimEnd(),
  )
}

/** The text, or as much of it as fits into so many cells with `…` after it. */
export function shortened(text: string, maxCells: number): string {
  let out = ''
  for (const character of text) {
    if (cellWidth(out + character) > maxCells - 1) return `${out}…`
    out += character
  }
  return out
}

export function cellWidth(text: string): number {
  let width = 0
  for (const character of text) width += WIDE.test(character) ? 2 : 1
  return width
}
