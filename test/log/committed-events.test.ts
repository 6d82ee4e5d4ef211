import t from 'tap'
import { createCommittedEvents, NO_SEALS } from '../../src/log/committed-events.js'
import { newEvent, newStream } from '../contract/log-events.js'

const STREAM = newStream()

function withEvents(from: number, through: number) {
  const committed = createCommittedEvents()
  for (let pos = from; pos <= through; pos++) committed.add(pos, STREAM, pos, newEvent(), NO_SEALS)
  return committed
}

const positions = (committed: ReturnType<typeof createCommittedEvents>, from: number): readonly string[] | undefined =>
  committed.from(from, 100)?.map(({ position }) => position)

t.test('gives what was let go to nobody, and all that came after it to everybody', async (t) => {
  const committed = withEvents(1, 5)

  committed.letGo(3)

  t.equal(positions(committed, 3), undefined, 'read from the disk')
  t.strictSame(positions(committed, 4), ['4', '5'])
  committed.add(6, STREAM, 6, newEvent(), NO_SEALS)
  t.strictSame(positions(committed, 4), ['4', '5', '6'])
  t.equal(committed.head(), 6)
})

t.test('takes what comes next after all of it was let go', async (t) => {
  const committed = withEvents(1, 3)

  committed.letGo(3)

  t.equal(positions(committed, 3), undefined)
  t.equal(positions(committed, 4), undefined, 'not there yet')
  committed.add(4, STREAM, 4, newEvent(), NO_SEALS)
  t.strictSame(positions(committed, 4), ['4'])
})

t.test('keeps everything for a follower that is still at the start', async (t) => {
  const committed = withEvents(1, 3)

  committed.letGo(0)

  t.strictSame(positions(committed, 1), ['1', '2', '3'])
})

t.test('lets go beyond its head without losing what comes', async (t) => {
  const committed = withEvents(1, 2)

  committed.letGo(Number.POSITIVE_INFINITY)
  committed.add(3, STREAM, 3, newEvent(), NO_SEALS)

  t.strictSame(positions(committed, 3), ['3'])
})
