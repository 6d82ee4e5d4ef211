/** Faults of a return, told at the place where the clerk or the client wrote what is wrong. Pure. */
import { type Fault, HubError } from '../kernel/errors.js'
import type { ItemPlace } from './port.js'

/** More faults help nobody. */
export const MOST_FAULTS = 200

/** `/at`, `/data/at`, `/data/disabilityCert/level` → where that member was written; the item's own place where it is none of its. */
export function memberPlace(place: ItemPlace, pointer: string): string {
  const name = pointer.split('/').at(-1) ?? ''
  return place.member(name === 'occurredAt' ? 'on' : name)
}

/** Unknown, another's, gone from the area, erased: nobody learns which. */
export function unknownPerson(place: ItemPlace): Fault {
  const expected = 'the pseudonym of a person in the area of this agency'
  return { ...fault(place.pseudonym, expected, '人员代号不是本辖区现有人员'), rule: 'return.person' }
}

/** @param first where the same stands already */
export function saidTwice(place: ItemPlace, first: ItemPlace): Fault {
  const expected = `each thing once, got the same as at ${first.pseudonym}`
  return { ...fault(place.pseudonym, expected, `与 ${first.pseudonym} 重复`), rule: 'return.once' }
}

export function tooMuch(place: ItemPlace, most: number): Fault {
  const expected = `at most ${most} things about one person`
  return { ...fault(place.pseudonym, expected, `同一人员最多 ${most} 条`), rule: 'return.most' }
}

/** @param isUnknown the log has not answered yet */
export function notRecorded(place: ItemPlace, isUnknown: boolean): Fault {
  return {
    pointer: place.pseudonym,
    rule: 'return.notRecorded',
    message: isUnknown ? 'it is not known yet whether this was recorded' : 'this was not recorded',
    messageZh: isUnknown ? '尚不能确定是否已登记' : '未登记',
  }
}

export function fault(pointer: string, expected: string, messageZh: string): Fault {
  return { pointer, rule: 'schema', message: `expected ${expected}`, messageZh, expected }
}

export function refused(faults: readonly Fault[]): HubError {
  const count = `${faults.length} ${faults.length === 1 ? 'fault' : 'faults'}`
  const few = faults.slice(0, MOST_FAULTS)
  return new HubError('HUB_BAD_RETURN', `${count}, nothing was recorded by this sending`, { faults: few })
}
