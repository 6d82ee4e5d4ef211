/**
 * `/v1/patients/{id}/disclosures`: a person's account, for whoever answers for their care to hand on, and for the auditor. Nobody who
 * was told anything may ask what others were told. The reading is recorded first, as a reading of the history.
 */
import { z } from 'zod'
import { accountPage } from '../../account/account-page.js'
import type { Account } from '../../account/port.js'
import { zUuid } from '../../domain/define-event.js'
import type { Role } from '../../domain/event.js'
import type { PatientState } from '../../domain/patient-state.js'
import type { Hub } from '../../hub-port.js'
import { dayOf } from '../../kernel/dates.js'
import { HubError } from '../../kernel/errors.js'
import { zAccountAnswer } from '../disclosure-answers.js'
import { HTML, PAGE_HEADERS } from '../media-types.js'
import type { ReadPerson } from '../read-person.js'
import { PURPOSES } from '../record-access.js'
import { defineRoute, type Route } from '../route.js'
import { OPENING, RECORDING } from '../route-problems.js'

/** The health centre that is responsible, or stands above it, and the auditor; of readers of records no other. */
const ACCOUNT_ROLES: readonly Role[] = ['CHC', 'AUDITOR']
const MOST_ENTRIES = 1000

const params = z.strictObject({
  id: zUuid.describe('Patient id; an auditor may give its own pseudonym for the person'),
})
const query = z.strictObject({
  purpose: z.enum(PURPOSES).optional().describe('CARE unless said otherwise; an auditor\u2019s is AUDIT'),
  format: z.enum(['json', 'html']).default('json').describe('html: the whole account as a page to print'),
  for: z.enum(['patient', 'guardian']).default('patient').describe('Whose version of the page'),
  limit: z.coerce.number().int().min(1).max(MOST_ENTRIES).default(MOST_ENTRIES),
  after: z.string().min(1).max(200).optional().describe('The id of an entry: those that are older'),
})

export function disclosureRoutes(hub: Hub, readPerson: ReadPerson): readonly Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/v1/patients/:id/disclosures',
      operation: 'accountOfDisclosures',
      tag: 'records',
      label: { zh: '个人信息提供情况', en: 'Who was given what of a person, why, and what became of it' },
      access: 'key',
      roles: ACCOUNT_ROLES,
      params,
      query,
      responses: {
        200: {
          description: 'Newest first, or the whole of it as a page to print',
          schema: zAccountAnswer,
          renderings: { 'text/html': z.string() },
        },
      },
      problems: [...OPENING, ...RECORDING, 'HUB_NOT_FOUND', 'HUB_NOT_READY', 'HUB_UNKNOWN_VERSION', 'HUB_LOG_CORRUPT'],
      async answer({ principal, params: { id }, query: { purpose, format, for: version, limit, after } }) {
        const { patientId, latest } = await readPerson(principal, { id, purpose, kind: 'HISTORY', isAccount: true })
        if (format === 'json') {
          const account = await hub.account(patientId, principal)
          return { body: pageOf(account, { patientId: id, limit, after }) }
        }
        // The page is for the person: who prints it makes no difference.
        const page = accountPage({
          account: await hub.account(patientId),
          version,
          number: id,
          ...unitOf(hub, latest.state),
          printedOn: dayOf(hub.calendar.now()),
        })
        return { body: page, type: HTML, headers: PAGE_HEADERS }
      },
    }),
  ]
}

interface Asked {
  readonly patientId: string
  readonly limit: number
  readonly after: string | undefined
}

function pageOf({ entries, erasedAt }: Account, { patientId, limit, after }: Asked) {
  const from = after === undefined ? 0 : entries.findIndex(({ id }) => id === after) + 1
  if (after !== undefined && from === 0) throw new HubError('HUB_BAD_QUERY', 'after: expected an entry of this account')
  const page = entries.slice(from, from + limit)
  const last = from + page.length < entries.length ? page.at(-1) : undefined
  return {
    patientId,
    ...(erasedAt === undefined ? {} : { erasedAt }),
    total: entries.length,
    entries: page,
    ...(last ? { next: last.id } : {}),
  }
}

function unitOf({ directory }: Hub, { responsibleUnit }: PatientState) {
  const unit = responsibleUnit === undefined ? undefined : directory().agency(responsibleUnit)
  return unit ? { unit: { name: unit.name, phone: unit.phone } } : {}
}
