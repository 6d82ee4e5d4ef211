/** How much room text takes in a sheet, in digits of the standard font: enough to size columns and rows, no typesetting. */

/** The widest line; a Chinese character takes two. */
export function widthOf(text: string): number {
  return Math.max(...text.split('\n').map(lineWidth))
}

/** The lines that text takes in a column of this width. */
export function linesIn(text: string, width: number): number {
  return text.split('\n').reduce((sum, line) => sum + Math.max(1, Math.ceil(lineWidth(line) / width)), 0)
}

function lineWidth(line: string): number {
  let width = 0
  for (const character of line) width += character > '\u00ff' ? 2 : 1
  return width
}
