/**
 * How each event of the agency, subscription and hub streams changes the directory. Types that change nothing there are
 * passed over by name; an event that names something unknown (a key, a subscription) changes nothing.
 */
import { type DirectoryState, putKey, putSubscription, type Subscription } from './directory-state.js'
import { type EventData, ROLES, type Role, type StoredEvent } from './event.js'
import { present } from './fold-state.js'
import { findText, readFlag, readNumber, readObject, readText, readTexts } from './read-data.js'
import { streamKeyOf } from './streams.js'
import { CHANNELS } from './subscription-events.js'

export function foldAgencyEvent(state: DirectoryState, event: StoredEvent): void {
  const agency = streamKeyOf(event.stream)
  const { data } = event
  switch (event.type) {
    case 'AgencyEnrolled':
      enrol(state, agency, data)
      break
    case 'AgencyAreaAssigned':
      assignAreas(state, agency, event)
      break
    case 'UnitWentLive':
      state.liveFrom.set(readText(data, 'unit'), readText(data, 'from'))
      refreshAgency(state, readText(data, 'unit'))
      break
    case 'EnrolmentOpened': {
      const codeHash = readText(data, 'codeHash')
      state.enrolments.set(codeHash, { codeHash, agency, expiresAt: readText(data, 'expiresAt'), used: false })
      break
    }
    case 'ApiKeyIssued':
      issueKey(state, agency, data)
      break
    case 'ApiKeyRevoked': {
      const key = state.keys.get(readText(data, 'keyId'))
      if (key) putKey(state, { ...key, revoked: true })
      break
    }
    default:
      break
  }
}

export function foldSubscriptionEvent(state: DirectoryState, event: StoredEvent): void {
  const id = streamKeyOf(event.stream)
  if (event.type === 'SubscriptionOpened') putSubscription(state, openedSubscription(id, event.data))
  const known = state.subscriptions.get(id)
  if (!known) return
  if (event.type === 'SubscriptionChanged') putSubscription(state, changed(known, event.data))
  if (event.type === 'SecretRotated') putSubscription(state, rotated(known, event.data))
  if (event.type === 'PublicKeyRegistered') putSubscription(state, { ...known, publicKey: publicKeyOf(event.data) })
  if (event.type === 'SecretRetired') {
    const { retiringSecret: _, ...rest } = known
    putSubscription(state, rest)
  }
  // Test requests and the state of deliveries lie in the same stream and are no matter of the directory.
  if (event.type === 'SubscriptionClosed') putSubscription(state, { ...known, isOpen: false })
}

export function foldHubEvent(state: DirectoryState, event: StoredEvent): void {
  const { data } = event
  switch (event.type) {
    case 'LogCreated':
      state.log = { logId: readText(data, 'logId'), simulated: readFlag(data, 'simulated') }
      break
    case 'VersionActivated':
      state.versions.set(`${readText(data, 'kind')}:${readText(data, 'name')}`, readNumber(data, 'version'))
      break
    case 'ClockDoubted':
      state.isClockDoubted = true
      break
    case 'ClockConfirmed':
      state.isClockDoubted = false
      break
    default:
      break
  }
}

/** A second enrolment of the same agency states its particulars anew; areas, keys and the live day stay. */
function enrol(state: DirectoryState, id: string, data: EventData): void {
  const liveFrom = state.liveFrom.get(id)
  state.agencies.set(id, {
    id,
    role: roleOf(readText(data, 'role')),
    name: readText(data, 'name'),
    phone: readText(data, 'phone'),
    ...present({ superior: findText(data, 'superior'), dutyPhone: findText(data, 'dutyPhone'), liveFrom }),
    areas: state.areas.ofAgency(id),
  })
}

/** A correction takes the place of what it corrects; one that names nothing of this agency's in force is ignored. */
function assignAreas(state: DirectoryState, agency: string, event: StoredEvent): void {
  const { id: eventId, corrects, data } = event
  if (corrects !== undefined && !state.areas.stands(corrects, agency)) return
  const days = { from: readText(data, 'from'), ...present({ to: findText(data, 'to') }) }
  const areas = [...new Set(readTexts(data, 'areas'))]
  state.areas.assign(
    eventId,
    areas.map((area) => ({ agency, area, eventId, ...days })),
    corrects,
  )
  refreshAgency(state, agency)
}

function refreshAgency(state: DirectoryState, id: string): void {
  const agency = state.agencies.get(id)
  if (!agency) return
  const liveFrom = state.liveFrom.get(id)
  state.agencies.set(id, { ...agency, ...present({ liveFrom }), areas: state.areas.ofAgency(id) })
}

function issueKey(state: DirectoryState, agency: string, data: EventData): void {
  const used = state.enrolments.get(findText(data, 'enrolment') ?? '')
  if (used) state.enrolments.set(used.codeHash, { ...used, used: true })
  putKey(state, {
    keyId: readText(data, 'keyId'),
    keyHash: readText(data, 'keyHash'),
    agency,
    ...present({ person: findText(data, 'person') }),
    isOperator: data.isOperator === true,
    revoked: false,
  })
}

function openedSubscription(id: string, data: EventData): Subscription {
  return {
    id,
    agency: readText(data, 'agency'),
    alerts: readFlag(data, 'alerts'),
    feeds: readTexts(data, 'feeds'),
    channel: channelOf(data),
    ...present({ url: findText(data, 'url') }),
    duty: data.duty === true,
    ...present({ ping: findText(data, 'ping') }),
    ...(typeof data.heartbeats === 'boolean' ? { heartbeats: data.heartbeats } : {}),
    paused: false,
    isOpen: true,
    secretNumber: 1,
  }
}

function rotated(known: Subscription, data: EventData): Subscription {
  const retiringSecret = { number: known.secretNumber, until: readText(data, 'previousUntil') }
  return { ...known, secretNumber: readNumber(data, 'number'), retiringSecret }
}

function changed(known: Subscription, data: EventData): Subscription {
  const { ping, ...others } = { ...known, ...changesOf(data) }
  return { ...others, ...(ping === undefined || ping === '' ? {} : { ping }) }
}

function changesOf(data: EventData): Partial<Subscription> {
  return {
    ...(typeof data.alerts === 'boolean' ? { alerts: data.alerts } : {}),
    ...(data.feeds === undefined ? {} : { feeds: readTexts(data, 'feeds') }),
    ...(data.channel === undefined ? {} : { channel: channelOf(data) }),
    ...present({ url: findText(data, 'url'), ping: findText(data, 'ping') }),
    ...(typeof data.duty === 'boolean' ? { duty: data.duty } : {}),
    ...(typeof data.heartbeats === 'boolean' ? { heartbeats: data.heartbeats } : {}),
    ...(typeof data.paused === 'boolean' ? { paused: data.paused } : {}),
  }
}

function channelOf(data: EventData): Subscription['channel'] {
  return CHANNELS.find((channel) => channel === data.channel) ?? 'mailbox'
}

function publicKeyOf(data: EventData): NonNullable<Subscription['publicKey']> {
  const jwk = Object.entries(readObject(data, 'jwk')).flatMap(([name, value]) =>
    typeof value === 'string' ? [[name, value] as const] : [],
  )
  return { thumbprint: readText(data, 'thumbprint'), jwk: Object.fromEntries(jwk) }
}

function roleOf(text: string): Role {
  const role = ROLES.find((candidate) => candidate === text)
  if (!role) throw new Error(`directory: impossible role ${text}`)
  return role
}
