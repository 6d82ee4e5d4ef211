/**
 * `/v1/versions`: which versions of feeds, policy and alerts are in force, and who puts another one in force; and what would
 * differ. Whether a version widens is computed: whoever proposes one claims nothing.
 */
import { z } from 'zod'
import { zCode } from '../../domain/code-lists/code-list.js'
import { APPROVAL_REFUSALS } from '../../domain/code-lists/hub.js'
import { zNarrative, zUuid } from '../../domain/define-event.js'
import type { Role } from '../../domain/event.js'
import { diffPage } from '../../feeds/diff-page.js'
import { coarseDiff } from '../../feeds/diff-told.js'
import type { Hub } from '../../hub-port.js'
import { dayOf } from '../../kernel/dates.js'
import type { Principal } from '../../recording/port.js'
import { PERIODS_COMPARED, refuseReader } from '../../versions/versions.js'
import { HTML, PAGE_HEADERS } from '../media-types.js'
import { defineRoute, type Route } from '../route.js'
import { OPENING, RECORDING } from '../route-problems.js'
import { zFeedDiff, zInForce, zProposal, zProposalRead, zVersionInfo, zWaits } from '../version-answers.js'

/** Who may know exact numbers of people anyway. */
const EXACT_FOR: readonly Role[] = ['HEALTH_COMMISSION', 'MHPC', 'AUDITOR']
/** As far back as a feed looks back at all. */
const MOST_PERIODS = 8

const zName = z.string().regex(/^[a-z][a-z0-9-]{0,60}$/)
const zVersion = z.coerce.number().int().min(1).max(9999)
const zFrom = z.coerce.number().int().min(0).max(9999)
const idParams = z.strictObject({ id: zUuid })
const COMPARING = [
  ...OPENING,
  'HUB_NOT_FOUND',
  'HUB_NOT_READY',
  'HUB_LOG_CORRUPT',
  'HUB_UNKNOWN_VERSION',
  'HUB_OVERLOADED',
] as const
const BY_PERSONS = { access: 'person', tag: 'versions' } as const

export function versionRoutes(hub: Hub): readonly Route[] {
  return [...comparing(hub), ...deciding(hub)]
}

function comparing({ feeds, versions, directory, calendar }: Hub): readonly Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/v1/versions',
      operation: 'listVersions',
      access: 'key',
      tag: 'versions',
      label: {
        zh: '版本清单',
        en: 'The versions that are in force or known, what each would change, and who proposed which',
      },
      note: 'For health authorities, the leading office, operators and the auditor.',
      responses: {
        200: {
          description: 'Versions, and proposals newest first',
          schema: z.strictObject({ versions: z.array(zVersionInfo), proposals: z.array(zProposal) }),
        },
      },
      problems: ['HUB_FORBIDDEN', 'HUB_NOT_READY'],
      answer: async ({ principal }) => ({ body: await versions.list(principal) }),
    }),
    defineRoute({
      method: 'GET',
      path: '/v1/feeds/:feed/diff',
      operation: 'diffFeed',
      access: 'key',
      tag: 'versions',
      label: { zh: '两个版本的差别', en: 'What differs between two versions over the last closed periods' },
      note: 'Compiles everybody twice at each cut, and appends and sends nothing: it may take minutes. For those who may list versions.',
      params: z.strictObject({ feed: zName }),
      query: z.strictObject({
        from: zFrom.optional().describe('The version in force where absent; 0: nothing, as if the feed were new'),
        to: zVersion,
        periods: z.coerce.number().int().min(1).max(MOST_PERIODS).default(PERIODS_COMPARED),
        format: z.enum(['json', 'html']).default('json').describe('html: a page to print, in Chinese'),
      }),
      responses: {
        200: {
          description: 'In numbers, or as a page that has none which says something about one person',
          schema: zFeedDiff,
          renderings: { 'text/html': z.string() },
        },
      },
      problems: [...COMPARING, 'HUB_FORBIDDEN'],
      async answer({ principal, params: { feed }, query: { to, periods, format, ...query }, signal }) {
        refuseReader(principal)
        const from = query.from ?? directory().versions().get(`feed:${feed}`) ?? 0
        const diff = await feeds.diff({ feed, to, periods, ...(from === 0 ? {} : { from }) }, signal)
        if (format === 'json') return { body: seesExact(principal) ? diff : coarseDiff(diff) }
        return { body: diffPage(diff, dayOf(calendar.now())), type: HTML, headers: PAGE_HEADERS }
      },
    }),
  ]
}

function deciding({ versions }: Hub): readonly Route[] {
  return [
    defineRoute({
      method: 'POST',
      path: '/v1/versions/:name/:version/propose',
      operation: 'proposeVersion',
      ...BY_PERSONS,
      label: { zh: '提出新版本', en: 'Propose a version of a feed, a policy or the alerts' },
      note: 'For a named person of a health authority or the leading office, or a named operator. What opens something, or by the last four periods tells anybody more, or takes corrections away (closing rows, amendments, marks of what is disputed), waits for a second person, and so does every version of the alerts, which counts from the next event on; everything else takes effect at the next close.',
      params: z.strictObject({ name: zName, version: zVersion }),
      body: z.strictObject({
        id: zUuid.optional().describe('A UUID of the client’s own, so that a retry finds the proposal'),
        reason: zNarrative.describe('In words; stored sealed where it waits'),
      }),
      responses: {
        200: { description: 'Proposed before', schema: zWaits },
        201: { description: 'In force: it tells nobody more, and takes no correction away', schema: zInForce },
        202: { description: 'Waits for a second person', schema: zWaits },
      },
      problems: [...COMPARING, ...RECORDING, 'HUB_FORBIDDEN', 'HUB_ALREADY_DECIDED', 'HUB_DIFFERENT_CONTENT'],
      async answer({ principal, params: { name, version }, body: { id, reason } }) {
        const draft = { name, version, reason, ...(id === undefined ? {} : { id }) }
        const proposed = await versions.propose(principal, draft)
        if (proposed.outcome === 'IN_FORCE') return { status: 201, body: proposed }
        const { isKnown, ...waits } = proposed
        return { status: isKnown ? 200 : 202, body: waits }
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/v1/versions/proposals/:id',
      operation: 'readProposal',
      access: 'key',
      tag: 'versions',
      label: { zh: '查看版本申请', en: 'One proposal, with its reason' },
      params: idParams,
      responses: { 200: { description: 'As it stands', schema: zProposalRead } },
      problems: [...OPENING, 'HUB_FORBIDDEN'],
      answer: async ({ principal, params: { id } }) => ({ body: await versions.read(principal, id) }),
    }),
    defineRoute({
      method: 'POST',
      path: '/v1/versions/proposals/:id/approve',
      operation: 'approveVersion',
      ...BY_PERSONS,
      label: { zh: '同意新版本', en: 'Approve one, as the second person' },
      note: 'Not for whoever proposed it, for an agency that gains, or for an operator. It takes effect at the next close.',
      params: idParams,
      responses: { 204: { description: 'In force', isEmpty: true } },
      problems: [
        ...OPENING,
        ...RECORDING,
        'HUB_FORBIDDEN',
        'HUB_SECOND_PERSON',
        'HUB_ALREADY_DECIDED',
        'HUB_UNKNOWN_VERSION',
        'HUB_NOT_READY',
      ],
      async answer({ principal, params: { id } }) {
        await versions.approve(principal, id)
        return { status: 204 }
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/v1/versions/proposals/:id/refuse',
      operation: 'refuseVersion',
      ...BY_PERSONS,
      label: { zh: '驳回或撤回', en: 'Refuse one, or withdraw the own' },
      params: idParams,
      body: z.strictObject({ reason: zCode(APPROVAL_REFUSALS) }),
      responses: { 204: { description: 'Ended', isEmpty: true } },
      problems: [...RECORDING, 'HUB_FORBIDDEN', 'HUB_ALREADY_DECIDED'],
      async answer({ principal, params: { id }, body: { reason } }) {
        await versions.refuse(principal, id, reason)
        return { status: 204 }
      },
    }),
  ]
}

function seesExact({ role, isOperator }: Principal): boolean {
  return isOperator || EXACT_FOR.includes(role)
}
