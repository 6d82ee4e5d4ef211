/** Files and pages that more than one route takes or gives: their media types, and how they are answered. */
import { z } from 'zod'

export const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'
/** Its bytes, as they are described. */
export const zXlsx = z.string().meta({ format: 'binary' })

export const HTML = 'text/html; charset=utf-8'
/** A page fetches and runs nothing, wherever it is opened. */
export const PAGE_HEADERS = {
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
  'cache-control': 'no-store',
}
