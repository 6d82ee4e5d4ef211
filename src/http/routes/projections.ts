/** `/v1/projections`: the read models, how far they are, comparing one with the log, and building one anew. The operator's. */
import { z } from 'zod'
import type { Hub } from '../../hub-port.js'
import { HubError } from '../../kernel/errors.js'
import { defineRoute, type Route } from '../route.js'

const zProjection = z.strictObject({
  name: z.string(),
  version: z.number().int(),
  leafIndex: z.number().int().describe('The last event folded; -1 before the first'),
  openCuts: z.array(z.string()),
})
const zName = z.strictObject({ name: z.string().regex(/^[a-z][a-z-]{0,60}$/) })
const zParity = z.strictObject({
  projection: z.string(),
  leafIndex: z.number().int().describe('The fixed end of both builds'),
  compared: z.number().int(),
  differing: z.number().int(),
  differences: z
    .array(
      z.strictObject({ key: z.string(), kind: z.enum(['differs', 'missing', 'extra']), cut: z.string().optional() }),
    )
    .describe('The first of them, by key alone'),
})

export function projectionRoutes({ readModels }: Hub): readonly Route[] {
  const list = (): readonly z.output<typeof zProjection>[] =>
    readModels.status().projections.map(({ projection, checkpoint, openCuts }) => {
      const [name = '', version = ''] = projection.split('@')
      return { name, version: Number(version), leafIndex: checkpoint.leafIndex, openCuts: [...openCuts] }
    })
  const known = (name: string): string => {
    if (!list().some((projection) => projection.name === name))
      throw new HubError('HUB_NOT_FOUND', 'no such read model')
    return name
  }
  return [
    defineRoute({
      method: 'GET',
      path: '/v1/projections',
      operation: 'listProjections',
      tag: 'operations',
      label: { zh: '读模型', en: 'The read models and how far they are' },
      access: 'operator',
      responses: {
        200: {
          description: 'Read models',
          schema: z.strictObject({ projections: z.array(zProjection), isCaughtUp: z.boolean() }),
        },
      },
      problems: ['HUB_NOT_READY'],
      answer: () => ({ body: { projections: list(), isCaughtUp: readModels.status().isCaughtUp } }),
    }),
    defineRoute({
      method: 'POST',
      path: '/v1/projections/:name/rebuild',
      operation: 'rebuildProjection',
      tag: 'operations',
      label: { zh: '重建', en: 'Build a read model anew, compare it row by row with the live one, and switch' },
      note: 'Answers when it is done. The live one goes on answering meanwhile.',
      access: 'operator',
      params: zName,
      responses: { 200: { description: 'What was compared', schema: zParity } },
      problems: ['HUB_NOT_FOUND', 'HUB_NOT_READY', 'HUB_LOG_AWAY', 'HUB_UNKNOWN_VERSION'],
      answer: async ({ params: { name } }) => ({ body: await readModels.rebuild(known(name)) }),
    }),
    defineRoute({
      method: 'POST',
      path: '/v1/projections/:name/verify',
      operation: 'verifyProjection',
      tag: 'operations',
      label: { zh: '核对读模型', en: 'Compare a read model row by row with one built anew' },
      note: 'Answers when it is done. The live one stays as it is, also where it differs: rebuild replaces it.',
      access: 'operator',
      params: zName,
      responses: { 200: { description: 'What was compared', schema: zParity } },
      problems: ['HUB_NOT_FOUND', 'HUB_NOT_READY', 'HUB_LOG_AWAY', 'HUB_UNKNOWN_VERSION'],
      answer: async ({ params: { name } }) => ({ body: await readModels.verify(known(name)) }),
    }),
  ]
}
