/**
 * Two letters about one person, played over HTTP as their health centre answers them: a court is given part of the record, the police
 * are refused a diagnosis. One named person records each, another decides it and fetches what is handed out.
 */
import { effectiveHistory } from '../domain/effective-history.js'
import { foldPatient } from '../domain/patient-fold.js'
import { patientStream } from '../domain/streams.js'
import { collect } from '../kernel/collect.js'
import { addDays, type CalendarDate } from '../kernel/dates.js'
import type { OneOffDraft } from '../oneoff/port.js'
import type { DemoHub } from './demo-port.js'
import type { Stage } from './demo-stage.js'

const ROUTE = '/v1/one-off-disclosures'
/** Days for which a copy may be held. */
const COPY_DAYS = 180

type Letter = Pick<OneOffDraft, 'letter' | 'requesterKind' | 'requesterName' | 'purpose' | 'fields'>

const OF_COURT: Letter = {
  ...{ letter: '演法函〔2026〕12号', requesterKind: 'COURT', requesterName: '演练县人民法院' },
  ...{ purpose: '审理一起案件（演练）', fields: ['patientId', 'name', 'level', 'assessedOn'] },
}
const OF_POLICE: Letter = {
  ...{ letter: '演公调〔2026〕7号', requesterKind: 'POLICE_INVESTIGATION', requesterName: '演练县公安局' },
  ...{ purpose: '了解情况（演练）', fields: ['diagnosis'] },
}

export async function playLetters(
  { log, administration }: Pick<DemoHub, 'log' | 'administration'>,
  { county, enrolled, client }: Pick<Stage, 'county' | 'enrolled' | 'client'>,
  { patientId, today }: { readonly patientId: string; readonly today: CalendarDate },
): Promise<void> {
  const unit = await whoAnswers(log, patientId)
  if (unit === undefined) return
  const [, staffName = ''] = county.agency(unit).staff
  const first = enrolled.keys.get(unit)?.key ?? ''
  const { key: second } = await administration.issueKey(enrolled.operator, { agency: unit, staffName })
  const until = addDays(today, COPY_DAYS)
  const answered = async (letter: Letter, verdict: object, paper: string): Promise<void> => {
    const draft = { patientId, ...letter, until }
    const { disclosure } = await client.request<{ readonly disclosure: string }>('POST', ROUTE, first, draft)
    await client.request('GET', `${ROUTE}/${disclosure}/letter`, second)
    await client.request('POST', `${ROUTE}/${disclosure}/decide`, second, verdict)
    await client.request('GET', `${ROUTE}/${disclosure}/${paper}`, second)
  }
  await answered(OF_COURT, { decision: 'GRANTED' }, 'document')
  await answered(OF_POLICE, { decision: 'REFUSED', reason: 'WITHHELD' }, 'refusal')
}

/** Undefined where nobody is responsible any more, or the processing is restricted: then nothing is given out. */
async function whoAnswers(log: DemoHub['log'], patientId: string): Promise<string | undefined> {
  const events = await collect(log.readStream(patientStream(patientId)))
  const { responsibleUnit, restricted } = foldPatient(effectiveHistory(events))
  return restricted ? undefined : responsibleUnit
}
