/**
 * Takes the acknowledgements that an agency put into its folder: `ack-<anything>.json` with `{"through":14}`. What was recorded
 * moves to `done/`, what cannot be read to `refused/` with its reason; one that may still be under way is left for the next look.
 */
import { z } from 'zod'
import { subscriptionStream } from '../domain/streams.js'
import { momentOf, SECOND } from '../kernel/dates.js'
import type { FileFolder } from './file-folder.js'
import type { MailboxDeps } from './mailbox.js'
import type { Timers } from './timers.js'
import type { Track } from './track.js'

const acknowledgement = z.strictObject({ subscription: z.string().optional(), through: z.int().nonnegative() })
/** A file that cannot be read yet may still be being written. */
const SETTLING_MS = 10 * SECOND

const REASONS = {
  UNREADABLE: '无法识别：应为 {"through":14} · expected {"through":14}',
  OTHER_SUBSCRIPTION: '属于另一订阅 · it names another subscription',
  NO_SUCH_MESSAGE: '没有该序号的消息 · there is no message of that number',
} as const

export async function takeAcknowledgements(
  deps: Pick<MailboxDeps, 'recorder' | 'calendar'> & { readonly timers: Timers },
  track: Track,
  folder: FileFolder,
): Promise<void> {
  for (const { name, text, at } of await folder.acknowledgements()) {
    const read = parsed(text)
    if (!read && text !== undefined && Math.abs(deps.timers.now() - at) < SETTLING_MS) continue
    const reason = !read
      ? REASONS.UNREADABLE
      : read.subscription !== undefined && read.subscription !== track.subscription.id
        ? REASONS.OTHER_SUBSCRIPTION
        : read.through >= track.length
          ? REASONS.NO_SUCH_MESSAGE
          : undefined
    if (!read || reason !== undefined) await folder.refuse(name, reason ?? REASONS.UNREADABLE)
    else {
      await acknowledge(deps, track, read.through)
      await folder.done(name)
    }
  }
}

/** What was handed over stands in the log before it is acknowledged; saying it again, or of less, changes nothing. */
async function acknowledge(
  { recorder, calendar }: Pick<MailboxDeps, 'recorder' | 'calendar'>,
  { subscription, progress, ledger }: Track,
  through: number,
): Promise<void> {
  if (through <= progress.acknowledgedThrough()) return
  await ledger.flush()
  await recorder.appendNext({
    stream: subscriptionStream(subscription.id),
    type: 'MessageAcknowledged',
    data: { through, at: momentOf(calendar.now()) },
  })
  progress.acknowledged(through)
}

function parsed(text: string | undefined): z.output<typeof acknowledgement> | undefined {
  if (text === undefined) return undefined
  try {
    return acknowledgement.safeParse(JSON.parse(text.replace(/^\ufeff/, ''))).data
  } catch {
    return undefined
  }
}
