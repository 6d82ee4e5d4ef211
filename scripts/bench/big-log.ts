/** A log of a million events over 20,000 patients, recorded through the one way in, for benchmarks of reading. */
import { addDays, dayOf } from '../../src/kernel/dates.js'
import { uuidv7 } from '../../src/kernel/ids.js'
import { type BenchHub, openBenchHub, registerPatients } from './bench-hub.js'
import { say } from './measure.js'

export interface BigLog extends BenchHub {
  readonly patients: readonly string[]
  readonly events: number
}

const PATIENTS = 20_000
/** Follow-ups of one atomic write: the log's own speed is not what is measured here. */
const GROUP = 7
const ROUNDS = 7
const CONCURRENT = 64

let shared: Promise<BigLog> | undefined

/** Made once per run; the last benchmark that uses it closes it. */
export function bigLog(): Promise<BigLog> {
  shared ??= makeBigLog()
  return shared
}

export async function closeBigLog(): Promise<void> {
  await (await shared)?.close()
  shared = undefined
}

async function makeBigLog(): Promise<BigLog> {
  const bench = await openBenchHub({ follow: 'recording' })
  const patients = await registerPatients(bench, PATIENTS)
  const today = dayOf(Date.now())
  for (let round = 0; round < ROUNDS; round++) {
    say(`  making the log: ${round * GROUP * PATIENTS} events`)
    const queue = [...patients]
    const work = async (): Promise<void> => {
      for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
        const events = Array.from({ length: GROUP }, (_, i) => followUp(addDays(today, -400 + (round * GROUP + i) * 7)))
        await bench.hub.recorder.record(bench.doctor, { patientId: id, events })
      }
    }
    await Promise.all(Array.from({ length: CONCURRENT }, work))
  }
  return { ...bench, patients, events: Number(await bench.hub.log.head()) }
}

function followUp(day: string): unknown {
  return {
    id: uuidv7(Date.now()),
    type: 'FollowUpCompleted',
    version: 1,
    data: {
      date: day,
      form: 1,
      respondents: [1, 2],
      hospitalStay: 0,
      adherence: 1,
      dangerCounts: {},
      confinement: 1,
      referralAdvised: false,
      nextDate: addDays(day, 80),
      doctor: 'staff-0001',
      note: '随访时情绪稳定，家属陪同，已嘱按时服药。',
    },
  }
}
