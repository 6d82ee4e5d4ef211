/**
 * What a person’s account is told of one-off disclosures: what was let out, and who read of them. Whether it may be said today the
 * account asks.
 */
import { oneOffsOf } from '../../projections/one-offs.js'
import { betweenOf, type OneOff, silentUntil } from '../domain/one-offs.js'
import { disclosureStream } from '../domain/streams.js'
import { type PeopleDeps, readWords } from './person.js'
import type { LetterWords, OneOffGivenOut, OneOffsTold, OneOffTold } from './port.js'

type ToldDeps = Pick<PeopleDeps, 'log' | 'vault' | 'rows'>

export function createOneOffsTold(deps: ToldDeps): OneOffsTold {
  return async (patientId) => {
    const told: OneOffTold[] = []
    for (const { row } of deps.rows().withPrefix(oneOffsOf(patientId))) told.push(await toldOf(deps, row))
    return told
  }
}

async function toldOf(deps: ToldDeps, oneOff: OneOff): Promise<OneOffTold> {
  const { disclosure, handedOut } = oneOff
  const [given, until] = [await givenOut(deps, oneOff), silentUntil(oneOff)]
  return {
    disclosure,
    ...(given ? { given } : {}),
    readings: handedOut
      .filter(({ what }) => what === 'HEAD' || what === 'REQUEST')
      .map(({ at, agency, role }) => ({ at, agency, role })),
    ...(until === undefined ? {} : { silentUntil: until }),
    between: betweenOf(oneOff),
  }
}

async function givenOut(deps: ToldDeps, oneOff: OneOff): Promise<OneOffGivenOut | undefined> {
  const { kind, until, decided, handedOut, recalled } = oneOff
  if (!decided?.document) return undefined
  const words = await wordsOf(deps, oneOff)
  return {
    ...{ kind, until, at: decided.at, fields: decided.fields, fieldSet: decided.document.fieldSet },
    ...(words ? { words } : {}),
    handedOutAt: handedOut.filter(({ what }) => what === 'DOCUMENT' || what === 'PAGE').map(({ at }) => at),
    ...(recalled ? { recalled } : {}),
  }
}

async function wordsOf({ log, vault }: ToldDeps, { disclosure }: OneOff): Promise<LetterWords | undefined> {
  for await (const requested of log.readStream(disclosureStream(disclosure))) return readWords({ vault }, requested)
  return undefined
}
