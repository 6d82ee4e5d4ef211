/** Rules of legal holds and of disclosures that went astray (policy §3.3; PIPL 47, 57). */
import { dayOfTime } from '../../kernel/dates.js'
import { readText } from '../read-data.js'
import { HOLD_LIFTED, HOLD_PLACED, MISDIRECTED } from '../safeguard-events.js'
import type { Rule } from './rule.js'

export const SAFEGUARD_RULES: readonly Rule[] = [
  {
    id: 'hold.endsAfterItBegins',
    types: [HOLD_PLACED],
    severity: 'error',
    clause: 'fact',
    pointer: '/data/until',
    zh: '保全期限早于保全日期',
    en: 'expected a day from that of the hold on',
    isBroken: ({ data, day }) => typeof data.until === 'string' && data.until < day,
  },
  {
    id: 'hold.stands',
    types: [HOLD_LIFTED],
    severity: 'error',
    clause: 'policy §3.3',
    pointer: '/data/hold',
    zh: '没有该项保全可解除',
    en: 'no such hold stands that could be lifted',
    isBroken: ({ data, state }) => !state.holds?.some(({ event }) => event === readText(data, 'hold')),
  },
  {
    id: 'hold.liftedAfterPlaced',
    types: [HOLD_LIFTED],
    severity: 'error',
    clause: 'fact',
    pointer: '/data/liftedOn',
    zh: '解除日期早于保全日期',
    en: 'expected a day from that of the hold on',
    // Told in the order of the life, a lift that comes first lifts nothing.
    isBroken: ({ data, state, day }) =>
      state.holds?.some(({ event, on }) => event === readText(data, 'hold') && day < dayOfTime(on)) === true,
  },
  {
    id: 'misdirected.toldAfterFound',
    types: [MISDIRECTED],
    severity: 'error',
    clause: 'fact',
    pointer: '/data/notifiedOn',
    zh: '告知日期早于发现日期',
    en: 'expected a day from that on which it was found',
    isBroken: ({ data, day }) => typeof data.notifiedOn === 'string' && data.notifiedOn < day,
  },
  {
    id: 'misdirected.personIsTold',
    types: [MISDIRECTED],
    severity: 'warning',
    clause: 'PIPL 57',
    pointer: '/data/notifiedOn',
    zh: '请告知本人或者监护人，并补记告知日期',
    en: 'tell the person or their guardian, and record the day',
    // Where nobody read it, harm is effectively kept away (PIPL 57(2)).
    isBroken: ({ data }) => data.notifiedOn === undefined && data.containment !== 'UNREAD',
  },
]
