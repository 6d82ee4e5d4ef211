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
import { RECORDING } from '../route-problems.js'

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
export const zAgencyDraft = z.strictObject({
  id: zUuid.optional().describe('Give one to make a retry find the agency'),
  role: zRole,
  name: zText,
  phone: zText,
  dutyPhone: zText.optional(),
  superior: zUuid.optional(),
})
const zParticulars = z
  .strictObject({ name: zText.optional(), phone: zText.optional(), dutyPhone: zText.optional() })
  .refine((particulars) => Object.values(particulars).some((one) => one !== undefined), {
    error: 'expected name, phone or dutyPhone, got none',
  })
const zEnrolled = z.strictObject({ agencyId: zUuid })
const zEnd = z.strictObject({
  agency: zUuid,
  areas: z.array(zAgencyArea).min(1).max(500),
  to: zDay.describe('The last day on which the agency answers for them'),
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
  isStored: z.literal(false),
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
/** Where anything overlaps, nothing is stored. */
const zStored = zReport.extend({ isStored: z.literal(true), overlaps: z.array(z.never()).max(0) })
const params = z.strictObject({ id: zUuid })

export function agencyRoutes({ administration, directory }: Hub): readonly Route[] {
  const agencyOf = (id: string): z.output<typeof zAgency> => {
    const agency = directory().agency(id)
    if (!agency) throw new HubError('HUB_NOT_FOUND', 'no such agency')
    return listed(agency)
  }
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
      problems: [],
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
      answer: ({ params: { id } }) => ({ body: agencyOf(id) }),
    }),
    defineRoute({
      method: 'POST',
      path: '/v1/agencies',
      operation: 'enrolAgency',
      tag: 'administration',
      label: { zh: '单位注册', en: 'Enrol an agency' },
      access: 'operator',
      body: zAgencyDraft,
      responses: {
        200: { description: 'The same again: enrolled before', schema: zEnrolled },
        201: { description: 'Enrolled', schema: zEnrolled },
      },
      problems: [...RECORDING, 'HUB_ALREADY_DECIDED', 'HUB_NOT_FOUND'],
      async answer({ principal, body: { id, ...draft } }) {
        const { agencyId, isKnown } = await administration.enrolAgency(principal, without(draft), id)
        return { status: isKnown ? 200 : 201, body: { agencyId } }
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/v1/agencies/:id',
      operation: 'changeAgency',
      tag: 'administration',
      label: { zh: '变更单位信息', en: 'State name or telephones of an agency anew; what is left out stays' },
      note: 'Alerts and rows from then on say so; what was sent before stays as it was.',
      access: 'operator',
      params,
      body: zParticulars,
      responses: { 200: { description: 'The agency as it is now', schema: zAgency } },
      problems: [...RECORDING, 'HUB_NOT_FOUND'],
      async answer({ principal, params: { id }, body }) {
        await administration.changeAgency(principal, id, without(body))
        return { body: agencyOf(id) }
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
        201: { description: 'Stored', schema: zStored },
      },
      problems: [...RECORDING, 'HUB_RULE_VIOLATED', 'HUB_NOT_FOUND'],
      async answer({ principal, body: { assignments, dryRun = false } }) {
        const report = await administration.assignAreas(principal, assignments.map(without), { dryRun })
        return { status: report.isStored ? 201 : 200, body: report }
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/v1/areas/end',
      operation: 'endAreas',
      tag: 'administration',
      label: { zh: '终止辖区', en: 'End areas of an agency after a day, so that another may hold them' },
      access: 'operator',
      body: zEnd,
      responses: { 200: { description: 'How many ended', schema: z.strictObject({ ended: z.number().int() }) } },
      problems: [...RECORDING, 'HUB_NOT_FOUND'],
      answer: async ({ principal, body }) => ({ body: await administration.endAreas(principal, body) }),
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
      problems: [...RECORDING, 'HUB_ALREADY_DECIDED', 'HUB_NOT_FOUND'],
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
export function without<T extends object>(draft: T): { readonly [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(draft).filter(([, value]) => value !== undefined)) as never
}
