/** What is done to the agencies' ends, and on the way to them. */
import { setTimeout as delay } from 'node:timers/promises'
import type { TcpProxy } from '../../test/fixtures/tcp-proxy.js'
import type { Fault } from './fault.js'
import { BAD_MOODS, type Mood } from './receivers.js'

/** Some receivers are in a mood for a while. */
const misbehaving = (mood: Mood, name: string): Fault => ({
  name,
  breaks: 'receivers',
  async run({ story, random }) {
    const ends = story.subscribers.map(({ end }) => end).filter(() => random.chance(0.6))
    for (const end of ends) end.be(mood)
    await delay(random.whole(300, 2500))
    for (const end of ends) end.be('well')
  },
})

const onTheWay = (name: string, set: (way: TcpProxy, isOn: boolean) => void): Fault => ({
  name,
  breaks: 'receivers',
  async run({ story, random }) {
    const ways = story.subscribers.map(({ end }) => end.way).filter(() => random.chance(0.6))
    for (const way of ways) set(way, true)
    await delay(random.whole(500, 3000))
    for (const way of ways) set(way, false)
  },
})

const NAMES: Readonly<Record<(typeof BAD_MOODS)[number], string>> = {
  hangs: 'receivers hang',
  late: 'receivers take it and answer too late',
  fails: 'receivers answer 500',
  unavailable: 'receivers answer 503',
  refuses: 'receivers answer 422',
  huge: 'receivers answer 64 MiB',
  elsewhere: 'receivers redirect to a metadata address',
  gone: 'receivers hang up',
}

export const RECEIVER_FAULTS: readonly Fault[] = [
  ...BAD_MOODS.map((mood) => misbehaving(mood, NAMES[mood])),
  onTheWay('requests to receivers doubled', (way, isOn) => way.repeat(isOn)),
  onTheWay('receivers slow to reach', (way, isOn) => way.delay(isOn ? 400 : 0)),
  onTheWay('requests to receivers cut in the middle', (way, isOn) => {
    way.cutAfter(isOn ? 900 : undefined)
    way.cut()
  }),
  {
    name: 'old state of a receiver restored',
    breaks: 'receivers',
    async run({ story, random, blame }) {
      const { name, end } = random.pick(story.subscribers)
      const backup = await end.backUp()
      await delay(random.whole(500, 4000))
      const before = end.book().applied.size
      await end.restore(backup)
      if (before < backup.book.applied.size) blame(`${name} held less than its own backup`)
    },
  },
]
