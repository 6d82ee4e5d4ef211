/** Media types of files that more than one route takes or gives. */
import { z } from 'zod'

export const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'
/** Its bytes, as they are described. */
export const zXlsx = z.string().meta({ format: 'binary' })
