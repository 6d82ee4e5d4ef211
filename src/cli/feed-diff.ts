/** `lianhu feed diff`: what differs between two versions of a feed, in numbers or as the page to print. Nothing is sent by it. */
import type { Command } from 'commander'
import type { CoarseDiff, CoarsePeriod } from '../feeds/diff-told.js'
import { OPENNESS_WORDS } from '../policy/plain-words.js'
import { columns } from './columns.js'
import { type CommandLine, OK, tell } from './command-line.js'
import { askingHub, fetchToFile, textFlag } from './commands.js'

export function registerFeedDiff(feed: Command, line: CommandLine): void {
  const diff = feed
    .command('diff')
    .argument('<feed>', 'e.g. police-quarterly')
    .requiredOption('--to <version>', 'the version that would be in force')
    .option('--from <version>', 'the version to compare with, 0 for none; the one in force where absent')
    .option('--periods <number>', 'how many closed periods, 1 to 8', '4')
    .option('--html <file>', 'write it as a page to print, in Chinese')
    .description('版本差别 · what differs between two versions over the last closed periods; nothing is sent')
  askingHub(diff, line, async (asking, [name = ''], flags) => {
    const query = new URLSearchParams({ to: textFlag(flags, 'to') ?? '', periods: textFlag(flags, 'periods') ?? '' })
    const from = textFlag(flags, 'from')
    if (from !== undefined) query.set('from', from)
    const path = `/v1/feeds/${encodeURIComponent(name)}/diff`
    const file = textFlag(flags, 'html')
    if (file !== undefined) {
      query.set('format', 'html')
      return fetchToFile(asking, { path: `${path}?${query}`, file }, line)
    }
    const told = await asking.client.request<CoarseDiff>('GET', `${path}?${query}`)
    tell(line, asking.isJson, told, () => diffLines(told))
    return OK
  })
}

function diffLines({
  feed,
  label,
  audience,
  from,
  to,
  isWider,
  losesCorrections,
  opened,
  closed,
  periods,
}: CoarseDiff): readonly string[] {
  const word = (openness: string): string => OPENNESS_WORDS[openness] ?? openness
  const rule = (sign: string, was: string, now: string) => (one: CoarseDiff['opened'][number]) => [
    `  ${sign}`,
    one.label.zh,
    one.what,
    `${word(one.was ?? was)} → ${word(one.now ?? now)}`,
  ]
  return [
    `${feed} · ${label.zh} → ${audience}　第${from ?? '-'}版 → 第${to}版：${verdictOf(isWider, losesCorrections)}`,
    ...columns([
      ...opened.map(rule('+', 'withhold', 'allow')),
      ...closed.map((one) =>
        rule('-', 'allow', 'withhold')({ ...one, was: one.now ?? 'allow', now: one.was ?? 'withhold' }),
      ),
    ]),
    ...periods.flatMap(periodLines),
  ]
}

function verdictOf(isWider: boolean, losesCorrections: boolean): string {
  const words = [isWider ? '放宽' : '不放宽', ...(losesCorrections ? ['不再告知更正'] : [])]
  return [...words, ...(isWider || losesCorrections ? ['须由第二人同意'] : [])].join('，')
}

function periodLines({ period, isClosed, people, closings, fields, agencies, agenciesAlike }: CoarsePeriod): string[] {
  const { from, to, gained, lost, more, less, otherwise } = people
  return [
    `${period}${isClosed ? '' : '（进行中）'}：列入 ${from} → ${to} 人，新列入 ${gained}，不再列入 ${lost}，被告知更多 ${more}、更少 ${less}、内容有变 ${otherwise}；“不再列入”通知 ${closings.from} → ${closings.to}`,
    ...columns(
      fields.map((one) => [
        ...[`  ${one.field}`, one.label.zh, `+${one.gained} -${one.lost} ≠${one.changed}`, one.clauses.join('、')],
      ]),
    ),
    ...(agencies.length === 0 ? [] : [`  ${agencies.length} 个单位有变化，${agenciesAlike} 个没有`]),
  ]
}
