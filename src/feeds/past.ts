/**
 * People and releases as they stood at earlier leaves, read one person at a time: the past of a compile, and that of a recompute,
 * which folds lives in its own way so that the two can disagree.
 */
import type { PatientRecord } from '../../projections/patient-record.js'
import { documentStream, patientStream } from '../domain/streams.js'
import { createLru } from '../kernel/lru.js'
import type { PlacedEvent, PlacedReads } from '../log/port.js'
import { lifeByLeaf } from './life-by-leaf.js'
import type { Past } from './look-back.js'
import { releasedBy } from './release.js'
import { recordOf } from './replay.js'

/** A person is asked about several times in a row, a document for each of its people. */
const KEPT_LIVES = 64
const KEPT_RELEASES = 50_000
const NEVER = -1

type RecordAt = (leafIndex: number) => PatientRecord | undefined

/** The past as a compile reads it: who was not touched since the last cut is not asked for. */
export function pastOf(placed: PlacedReads): Past {
  return pastIn(placed, true, (life) => lifeByLeaf(life).recordAt)
}

/** The past as a recompute reads it: everybody's, each time folded as a whole. */
export function replayedPast(placed: PlacedReads): Past {
  return pastIn(placed, false, (life) => {
    const known = new Map<number, PatientRecord>()
    return (leafIndex) => {
      const before = life.filter((event) => event.leafIndex <= leafIndex).map(({ event }) => event)
      if (before.length === 0) return undefined
      const record = known.get(before.length) ?? recordOf(before)
      known.set(before.length, record)
      return record
    }
  })
}

function pastIn(placed: PlacedReads, trustsTouched: boolean, fold: (life: readonly PlacedEvent[]) => RecordAt): Past {
  const lives = createLru<string, RecordAt>(KEPT_LIVES)
  const releases = createLru<string, number>(KEPT_RELEASES)
  return {
    trustsTouched,
    recordAt(patientId, leafIndex) {
      const known = lives.get(patientId)
      if (known) return known(leafIndex)
      const recordAt = fold(placed.placedStream(patientStream(patientId)))
      lives.set(patientId, recordAt)
      return recordAt(leafIndex)
    },
    releasedThrough(document) {
      const known = releases.get(document)
      if (known !== undefined) return known === NEVER ? undefined : known
      const tail = placed.placedTail(documentStream(document))
      const through = tail && releasedBy(tail.event).suppressionsThrough
      releases.set(document, through ?? NEVER)
      return through
    },
  }
}
