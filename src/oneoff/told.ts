/**
 * What a person’s account is told of one-off disclosures: those that let something out. Whether it may be said today the account
 * asks.
 */
import { oneOffsOf } from '../../projections/one-offs.js'
import { betweenOf, type OneOff } from '../domain/one-offs.js'
import { disclosureStream } from '../domain/streams.js'
import { type PeopleDeps, readWords } from './person.js'
import type { OneOffsTold, OneOffTold } from './port.js'

type ToldDeps = Pick<PeopleDeps, 'log' | 'vault' | 'rows'>

export function createOneOffsTold(deps: ToldDeps): OneOffsTold {
  return async (patientId) => {
    const told: OneOffTold[] = []
    for (const { row } of deps.rows().withPrefix(oneOffsOf(patientId))) {
      const one = await toldOf(deps, row)
      if (one) told.push(one)
    }
    return told
  }
}

async function toldOf({ log, vault }: ToldDeps, oneOff: OneOff): Promise<OneOffTold | undefined> {
  const { disclosure, kind, until, decided, handedOut, recalled } = oneOff
  if (!decided?.document) return undefined
  let words: OneOffTold['words']
  for await (const requested of log.readStream(disclosureStream(disclosure))) {
    words = await readWords({ vault }, requested)
    break
  }
  const { accountFrom } = decided
  return {
    ...{ disclosure, kind, until, at: decided.at, fields: decided.fields, fieldSet: decided.document.fieldSet },
    ...(words ? { words } : {}),
    handedOutAt: handedOut.filter(({ what }) => what === 'DOCUMENT' || what === 'PAGE').map(({ at }) => at),
    ...(recalled ? { recalled } : {}),
    ...(accountFrom === undefined ? {} : { accountFrom }),
    between: betweenOf(oneOff),
  }
}
