/** Who asked for or decided an act of two persons, as it is answered: by pseudonym, never by name. */
import { z } from 'zod'
import { zUuid } from '../domain/define-event.js'
import { type RecordedBy, ROLES } from '../domain/event.js'

export const zActingPerson = z.strictObject({
  agency: zUuid,
  role: z.enum(ROLES),
  person: z.string().optional().describe('The pseudonym of the named person'),
  client: z.string().optional(),
} satisfies Record<keyof RecordedBy, z.ZodType>)
