/**
 * A small county by hand for the feeds' tests: three police stations, one political-legal office, one committee, one health
 * centre, and people of whom each stands for one rule. Real store, real recording, real read models; ids, keys and clock are
 * fixed, so that documents come out to the byte.
 */
import { join } from 'node:path'
import { FEEDS } from '../../projections/feeds.js'
import { PROJECTIONS } from '../../projections/index.js'
import { patientRecord } from '../../projections/patient-record.js'
import { CATALOGUE } from '../../src/domain/catalogue.js'
import { projectionId } from '../../src/domain/define-projection.js'
import { scopedId } from '../../src/domain/derived-ids.js'
import { createDirectory } from '../../src/domain/directory.js'
import type { Role } from '../../src/domain/event.js'
import { agencyStream, HUB_STREAM } from '../../src/domain/streams.js'
import { createFeeds } from '../../src/feeds/create-feeds.js'
import type { FeedsDeps } from '../../src/feeds/feeds-deps.js'
import type { Feeds } from '../../src/feeds/port.js'
import { INITIAL_VERSIONS, type InitialVersion } from '../../src/hub-versions.js'
import { type DrivenClock, drivenClock, wallClock } from '../../src/kernel/clock.js'
import { sha256 } from '../../src/kernel/hash.js'
import { openSqliteLogReader } from '../../src/log/sqlite-reader.js'
import { LOG_FILE } from '../../src/log/sqlite-schema.js'
import { WEIHAI_2019 } from '../../src/policy/pack.js'
import { currentFile } from '../../src/readmodel/file-names.js'
import { inProcess } from '../../src/readmodel/follower.js'
import type { ReadModels } from '../../src/readmodel/port.js'
import { openProjectionReader } from '../../src/readmodel/projection-reader.js'
import { createReadModels } from '../../src/readmodel/read-models.js'
import { createClockGuard } from '../../src/recording/clock-guard.js'
import { createHubRecorder } from '../../src/recording/hub-recorder.js'
import type { Principal } from '../../src/recording/port.js'
import { createRecorder } from '../../src/recording/recorder.js'
import type { Store } from '../../src/store.js'
import { agencyKeyName, type Vault } from '../../src/vault/port.js'
import { principalOf } from '../fixtures/recording.js'
import { type Cleanup, openTempStore } from '../fixtures/store.js'

export const LOG_ID = '0199aaaa-0000-7000-8000-0000000000c0'

export const agency = (number: number): string => `0199bbbb-0000-7000-8000-${String(number).padStart(12, '0')}`

export const CENTRE = agency(1)
export const STATION_1 = agency(2)
export const STATION_2 = agency(3)
/** Has an area and nobody in it. */
export const STATION_3 = agency(4)
export const OFFICE = agency(5)
export const COMMITTEE = agency(6)
export const HOSPITAL = agency(7)

export type CountyAgency = readonly [id: string, role: Role, name: string, phone: string, areas: readonly string[]]

const AGENCIES: readonly CountyAgency[] = [
  [CENTRE, 'CHC', '示例社区卫生服务中心', '0631-5200001', ['371002']],
  [STATION_1, 'POLICE', '示例第一派出所', '0631-5200002', ['371002001']],
  [STATION_2, 'POLICE', '示例第二派出所', '0631-5200003', ['371002002', '371002001009']],
  [STATION_3, 'POLICE', '示例第三派出所', '0631-5200004', ['371002003']],
  [OFFICE, 'PL', '示例综治办', '0631-5200005', ['371002']],
  [COMMITTEE, 'COMMUNITY', '示例社区', '0631-5200006', ['371002001003']],
  [HOSPITAL, 'HOSPITAL', '示例精神卫生中心', '0631-5200007', []],
]

/** In force from the start, as a log names them when it begins; this one leaves that out, for its leaves stand in the goldens. */
const versionsOf = (initial: readonly InitialVersion[]): ReadonlyMap<string, number> =>
  new Map(initial.map(({ kind, name, version }) => [`${kind}:${name}`, version]))

export const doctor = principalOf(CENTRE, 'CHC', 'staff-1')
export const officer = principalOf(STATION_1, 'POLICE', 'staff-9')
export const psychiatrist = principalOf(HOSPITAL, 'HOSPITAL', 'staff-5')
export const operator: Principal = { ...principalOf(CENTRE, 'CHC', 'staff-0'), isOperator: true }

export interface County {
  readonly store: Store
  readonly vault: Vault
  readonly calendar: DrivenClock
  readonly readModels: ReadModels
  readonly feeds: Feeds
  readonly deps: FeedsDeps
  readonly directory: string
  /** People by what they stand for. */
  readonly people: Readonly<Record<PersonName, string>>
  record(
    by: Principal,
    patientId: string,
    type: string,
    data: Record<string, unknown>,
    occurredAt?: string,
    corrects?: string,
  ): Promise<string>
  /** A fresh feeds object on the same store, as after a restart. */
  feedsAgain(changes?: Partial<FeedsDeps>): Feeds
  idKey(agencyId: string): Promise<Uint8Array>
}

export type PersonName =
  | 'high'
  | 'token'
  | 'unassessed'
  | 'detained'
  | 'divided'
  | 'aidOnly'
  | 'dead'
  | 'excluded'
  | 'unmapped'

export const Q1 = '2026Q1'

export interface CountyOptions {
  /** Agencies beside those of the quarterly goldens, in whose bytes every event of the log counts. */
  readonly more?: readonly CountyAgency[]
  /** The versions in force; those of a new log where absent. */
  readonly versions?: readonly InitialVersion[]
}

export async function openCounty(
  t: Cleanup,
  { more = [], versions = INITIAL_VERSIONS }: CountyOptions = {},
): Promise<County> {
  const inForce = versionsOf(versions)
  const { store, dataDir } = await openTempStore(t)
  const vault = withFixedSecrets(store.vault)
  const calendar = drivenClock(Date.parse('2026-01-05T08:00:00+08:00'))
  const clockGuard = createClockGuard(calendar, undefined)
  const known = createDirectory()
  const patients = new Set<string>()
  const { log } = store
  const recorder = createRecorder({
    logId: LOG_ID,
    log,
    sealing: log,
    vault,
    directory: () => known,
    calendar,
    wall: wallClock,
    clockGuard,
    async resolvePseudonym(agencyId, pseudonym) {
      const key = await vault.secret(agencyKeyName(agencyId))
      return [...patients].find((patient) => scopedId(key, 'pseudonym', patient) === pseudonym)
    },
    options: { cachedLives: 100, maxFollowUpDays: 92 },
  })
  const hubRecorder = createHubRecorder({ logId: LOG_ID, log, vault, clockGuard, wall: wallClock })

  await hubRecorder.appendAt('new', {
    stream: HUB_STREAM,
    type: 'LogCreated',
    data: { logId: LOG_ID, format: 1, simulated: true },
  })
  for (const [id, role, name, phone, areas] of [...AGENCIES, ...more]) {
    const stream = agencyStream(id)
    await hubRecorder.appendAt('new', { stream, type: 'AgencyEnrolled', data: { role, name, phone } })
    if (areas.length === 0) continue
    const data = { areas, from: '2026-01-01' }
    await hubRecorder.appendAt({ after: 0 }, { stream, type: 'AgencyAreaAssigned', data })
  }
  for await (const { event } of log.readAll('')) known.apply(event)

  const directory = join(dataDir, 'readmodels')
  const isKnown = (type: string, version: number): boolean => CATALOGUE.has(`${type}@${version}`)
  const readModels = createReadModels({
    directory,
    projections: PROJECTIONS,
    follower: inProcess({ log: log.reader, projections: PROJECTIONS, directory, isKnown }),
  })
  await readModels.start()
  const deps: FeedsDeps = {
    logId: LOG_ID,
    isSimulated: true,
    log,
    placed: log.reader,
    openLog: () => openSqliteLogReader(join(dataDir, LOG_FILE)),
    vault,
    recorder: hubRecorder,
    readModels,
    openPatients: () => openProjectionReader(currentFile(directory, projectionId(patientRecord)), { snapshot: true }),
    definitions: FEEDS,
    pack: WEIHAI_2019,
    versions: () => inForce,
    isClockDoubted: () => known.isClockDoubted(),
    calendar,
    spoolDirectory: join(dataDir, 'spool'),
  }
  const opened: Feeds[] = []
  const feedsAgain = (changes: Partial<FeedsDeps> = {}): Feeds => {
    const feeds = createFeeds({ ...deps, ...changes })
    opened.push(feeds)
    return feeds
  }
  const feeds = feedsAgain()
  t.teardown(async () => {
    for (const one of opened) await one.stop()
    await readModels.stop()
    await recorder.stop()
  })

  let events = 0
  const nextId = (): string => `0199cccc-0000-7000-8000-${String(++events).padStart(12, '0')}`
  const record: County['record'] = async (by, patientId, type, data, occurredAt, corrects) => {
    const id = nextId()
    const isHealth = ['CHC', 'HOSPITAL'].includes(by.role)
    const key = isHealth ? undefined : await vault.secret(agencyKeyName(by.agency))
    const addressed = key ? scopedId(key, 'pseudonym', patientId) : patientId
    const outcome = await recorder.record(by, {
      ...(patientId === '' ? {} : { patientId: addressed }),
      events: [
        {
          id,
          type,
          data,
          ...(occurredAt === undefined ? {} : { occurredAt }),
          ...(corrects === undefined ? {} : { corrects }),
        },
      ],
    })
    if (outcome.kind === 'held') throw new Error('county: held')
    const patient = (outcome.receipts[0]?.stream ?? '').slice('patient-'.length)
    patients.add(patient)
    readModels.notify()
    return patientId === '' ? patient : id
  }
  const people = await populate(record, calendar)
  await readModels.through()
  return {
    ...{ store, vault, calendar, readModels, feeds, deps, directory: dataDir, people, record, feedsAgain },
    idKey: (agencyId) => vault.secret(agencyKeyName(agencyId)),
  }
}

/** Drives the clock and lets the feeds work off what is due. */
export async function driveTo(county: County, moment: string, feeds = county.feeds): Promise<void> {
  county.calendar.advanceTo(Date.parse(moment))
  await feeds.start()
  feeds.tick()
  await feeds.idle()
}

/** Named secrets that are the same in every run; data keys stay the vault's own. */
function withFixedSecrets(vault: Vault): Vault {
  return {
    ...vault,
    secret: async (name) => sha256(`test secret ${name}`),
    cachedSecret: (name) => sha256(`test secret ${name}`),
  }
}

interface Person {
  readonly name: string
  readonly idNumber: string
  readonly township?: string
  readonly area?: string
  readonly programme?: string
}

const PEOPLE: Readonly<Record<PersonName, Person>> = {
  high: { name: '王示例', idNumber: '440524188001010014', area: '371002001003' },
  token: { name: '李示例', idNumber: '11010519491231002X' },
  unassessed: { name: '赵示例', idNumber: '371002199001010018' },
  detained: { name: '孙示例', idNumber: '371002199001010026', township: '371002002' },
  divided: { name: '周示例', idNumber: '371002199001010034', area: '371002001009' },
  aidOnly: { name: '吴示例', idNumber: '371002199001010042', programme: 'MEDICAL_AID' },
  dead: { name: '郑示例', idNumber: '371002199001010050' },
  excluded: { name: '冯示例', idNumber: '371002199001010069' },
  unmapped: { name: '陈示例', idNumber: '371002199001010077', township: '371003001' },
}

async function populate(record: County['record'], calendar: DrivenClock): Promise<Record<PersonName, string>> {
  const people: Record<string, string> = {}
  for (const [key, person] of Object.entries(PEOPLE)) people[key] = await register(record, key, person)
  const {
    high = '',
    token = '',
    detained = '',
    divided = '',
    aidOnly = '',
    dead = '',
    excluded = '',
    unmapped = '',
  } = people

  calendar.advanceTo(Date.parse('2026-03-02T09:00:00+08:00'))
  const assess = (patient: string, level: number, assessedAt: string, targets = level === 0 ? 'NONE' : 'PROPERTY') =>
    record(doctor, patient, 'RiskAssessed', { level, assessedAt, evidence: [], targets })
  await assess(high, 2, '2026-01-20T10:00:00+08:00')
  await assess(high, 4, '2026-02-20T10:00:00+08:00')
  await assess(token, 1, '2026-02-21T10:00:00+08:00')
  await assess(detained, 3, '2026-02-22')
  await assess(divided, 3, '2026-02-23T10:00:00+08:00')
  await assess(aidOnly, 5, '2026-02-24T10:00:00+08:00')
  await assess(dead, 4, '2026-02-10T10:00:00+08:00')
  await assess(excluded, 4, '2026-02-10T10:00:00+08:00')
  await assess(unmapped, 5, '2026-02-25T10:00:00+08:00')
  await record(officer, high, 'PublicSafetyIncidentRecorded', {
    kind: 2,
    at: '2026-02-19T22:00:00+08:00',
    policeRef: '警情示例1',
  })
  await record(officer, high, 'DangerousBehaviorReported', { kind: 4, at: '2026-02-19T22:00:00+08:00', injured: 0 })
  await record(doctor, high, 'DangerousBehaviorReported', { kind: 4, at: '2026-02-18T22:00:00+08:00', injured: 0 })
  await record(
    doctor,
    high,
    'GuardianDesignated',
    {
      guardian: { name: '王父示例', phones: ['13900000001', '+8613900000002'] },
      kind: 'PARENT',
      relation: '5',
      reason: '父母',
      capacity: true,
    },
    '2026-01-15',
  )
  await record(doctor, high, 'LossOfContactDeclared', {
    reason: 3,
    lastSeenOn: '2026-02-26',
    declaredAt: '2026-02-27T09:00:00+08:00',
  })
  await record(psychiatrist, detained, 'HospitalAdmitted', {
    route: 'ART30_2',
    consentBy: 'NOT_REQUIRED',
    date: '2026-02-24T11:00:00+08:00',
    institution: '示例精神卫生中心',
  })
  await record(doctor, dead, 'PatientDied', { date: '2026-02-15', cause: 1 })
  await record(psychiatrist, excluded, 'DiagnosisExcluded', { excludedOn: '2026-02-16', by: 'RE_DIAGNOSIS' })
  return people as Record<PersonName, string>
}

function register(record: County['record'], key: string, person: Person): Promise<string> {
  const { name, idNumber, township = '371002001', area, programme = 'COMMUNITY_MANAGEMENT' } = person
  const text = `=示例路${key.length}号`
  return record(
    doctor,
    '',
    'PatientRegistered',
    {
      identity: { name, idType: '9', idNumber, status: 'VERIFIED', sex: '2', phones: ['13800000000'] },
      householdTownship: '371002001',
      householdAddress: { text: '户籍示例路1号' },
      presentTownship: township,
      presentAddress: { text },
      ...(area === undefined ? {} : { presentArea: area }),
      responsibleUnit: CENTRE,
      registrationBasis: programme === 'MEDICAL_AID' ? 'NEEDY_AID' : 'SIX_DISEASES',
      programme,
      householdType: 1,
      economicStatus: 3,
    },
    '2026-01-04',
  )
}
