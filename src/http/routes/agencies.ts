/** `/v1/agencies` and `/v1/areas`: who takes part, and who answers for which area. Administration is the operator's; the list is everybody's. */
import { z } from 'zod'
import { zDay, zText, zUuid } from '../../domain/define-event.js'
import type { Agency } from '../../domain/directory.js'
import { ROLES } from '../../domain/event.js'
import { zAgencyArea } from '../../domain/person-members.js'
import type { Hub } from '../../hub-port.js'
import { HubError } from '../../kernel/errors.js'
import { zReceipt } from '../event-schemas.js'
import { defineRoute, type Route } from '../route.js'

const zRole = z.enum(ROLES)
const zAgency = z.strictObject({
  id: zUuid,
  role: zRole,
  name: z.string(),
  phone: z.string(),
  dutyPhone: z.string().optional(),
  superior: zUuid.optional(),
  liveFrom: z.string().optional(),
  areas: z.array(z.strictObject({ area: z.string(), from: z.string(), to: z.string().optional() })),
})
const zDraft = z.strictObject({
  id: zUuid.optional().describe('Give one to make a retry find the agency'),
  role: zRole,
  name: zText,
  phone: zText,
  dutyPhone: zText.optional(),
  superior: zUuid.optional(),
})
const zAssignments = z.strictObject({
  assignments: z
    .array(
      z.strictObject({ agency: zUuid, areas: z.array(zAgencyArea).min(1).max(5000), from: zDay, to: zDay.optional() }),
    )
    .min(1)
    .max(5000),
  dryRun: z.boolean().optional(),
})
const zReport = z.strictObject({
  assignments: z.number().int(),
  areas: z.number().int(),
  isStored: z.boolean(),
  overlaps: z.array(
    z.strictObject({
      assignment: z.number().int(),
      area: z.string(),
      heldBy: zUuid,
      from: z.string(),
      to: z.string().optional(),
      otherAssignment: z.number().int().optional(),
    }),
  ),
})
const params = z.strictObject({ id: zUuid })

export function agencyRoutes({ administration, directory }: Hub): readonly Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/v1/agencies',
      operation: 'listAgencies',
      tag: 'administration',
      label: { zh: '单位名录', en: 'The agencies that take part' },
      access: 'key',
      query: z.strictObject({ role: zRole.optional() }),
      responses: { 200: { description: 'By name', schema: z.strictObject({ agencies: z.array(zAgency) }) } },
      answer: ({ query: { role } }) => ({
        body: {
          agencies: directory()
            .agencies()
            .filter((agency) => role === undefined || agency.role === role)
            .map(listed)
            .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)),
        },
      }),
    }),
    defineRoute({
      method: 'GET',
      path: '/v1/agencies/:id',
      operation: 'readAgency',
      tag: 'administration',
      label: { zh: '单位', en: 'One agency' },
      access: 'key',
      params,
      responses: { 200: { description: 'The agency', schema: zAgency } },
      problems: ['HUB_NOT_FOUND'],
      answer({ params: { id } }) {
        const agency = directory().agency(id)
        if (!agency) throw new HubError('HUB_NOT_FOUND', 'no such agency')
        return { body: listed(agency) }
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/v1/agencies',
      operation: 'enrolAgency',
      tag: 'administration',
      label: { zh: '单位注册', en: 'Enrol an agency' },
      access: 'operator',
      body: zDraft,
      responses: { 201: { description: 'Enrolled', schema: z.strictObject({ agencyId: zUuid }) } },
      problems: ['HUB_ALREADY_DECIDED', 'HUB_NOT_FOUND'],
      async answer({ principal, body: { id, ...draft } }) {
        return { status: 201, body: await administration.enrolAgency(principal, without(draft), id) }
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/v1/areas',
      operation: 'assignAreas',
      tag: 'administration',
      label: { zh: '划定辖区', en: 'Assign areas to agencies, all or none, with a report of overlaps' },
      access: 'operator',
      body: zAssignments,
      responses: {
        200: { description: 'What would be stored (dryRun)', schema: zReport },
        201: { description: 'Stored', schema: zReport },
      },
      problems: ['HUB_RULE_VIOLATED', 'HUB_NOT_FOUND'],
      async answer({ principal, body: { assignments, dryRun = false } }) {
        const report = await administration.assignAreas(principal, assignments.map(without), { dryRun })
        return { status: report.isStored ? 201 : 200, body: report }
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/v1/agencies/:id/live',
      operation: 'goLive',
      tag: 'administration',
      label: { zh: '单位上线', en: 'State from when on a unit is live' },
      access: 'operator',
      params,
      body: z.strictObject({ from: zDay }),
      responses: { 201: { description: 'Stated', schema: zReceipt } },
      problems: ['HUB_ALREADY_DECIDED', 'HUB_NOT_FOUND'],
      async answer({ principal, params: { id }, body: { from } }) {
        return { status: 201, body: await administration.goLive(principal, id, from) }
      },
    }),
  ]
}

function listed({ areas, ...agency }: Agency): z.output<typeof zAgency> {
  return {
    ...agency,
    areas: areas.map(({ area, from, to }) => (to === undefined ? { area, from } : { area, from, to })),
  }
}

/** Zod gives absent members as `undefined`; the domain wants them absent. */
function without<T extends object>(draft: T): { readonly [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(draft).filter(([, value]) => value !== undefined)) as never
}
