import t from 'tap'
import * as guideRules from './deploy/guide-rules.js'
import { readRepositoryFile } from './fixtures/repository.js'

const { codeOf: _, differencesOf, ...rules } = guideRules
const RULES: Readonly<Record<string, guideRules.GuideRule>> = rules
const english = readRepositoryFile('docs/operate.md')
const chinese = readRepositoryFile('docs/operate.zh-CN.md')

t.test('the guide names nothing that is not there, and every metric and check', async (t) => {
  for (const [name, rule] of Object.entries(RULES)) {
    t.same(rule(english), [], name)
    t.same(rule(chinese), [], `${name}, in Chinese`)
  }
})

t.test('both languages say the same', async (t) => {
  t.same(differencesOf(english, chinese), [])
})

/** Each of these must be caught. */
const BROKEN: readonly (readonly [rule: string, from: string, to: string, says: RegExp])[] = [
  ['commandsExist', '`lianhu clock confirm`', '`lianhu clock agree`', /clock agree is no command/],
  [
    'commandsExist',
    'trial keys create --operator --init',
    'trial keys make --operator --init',
    /keys make --operator --init is no command/,
  ],
  [
    'commandsExist',
    'keys create --operator --init --data-dir',
    'keys create --owner --init --data-dir',
    /takes no --owner/,
  ],
  ['commandsExist', '`--dry-run`', '`--pretend`', /--pretend is no option/],
  ['variablesAndOptionsExist', '`LIANHU_HOST`', '`LIANHU_ADDRESS`', /LIANHU_ADDRESS is no variable/],
  ['variablesAndOptionsExist', '`delivery.allowedHosts`', '`delivery.hosts`', /delivery\.hosts is no option/],
  ['metricsAreTheHubs', '`lianhu_ready == 0`', '`lianhu_up == 0`', /lianhu_up is no metric/],
  ['metricsAreTheHubs', '| `lianhu_held_writes` |', '| `lianhu_ready` |', /lianhu_held_writes is not told of/],
  ['metricsAreTheHubs', '{state="running"}', '{mode="running"}', /a label mode/],
  ['checksAreTheHubs', '- `vault`:', '- vault:', /what to do about vault/],
  ['servicesExist', 'cluster stop es3', 'cluster stop es4', /es4 is no service/],
  ['servicesExist', '--profile trial up', '--profile test up', /test is no profile/],
  ['servicesExist', 'lianhu_es3-data', 'lianhu_es9-data', /es9-data is no volume/],
  ['servicesExist', 'lianhu:0.1.0', 'lianhu:0.0.9', /not this version/],
  ['alarmsHaveRunbooks', '### Parked\n', '### Set aside\n', /no section parked/],
]

for (const [name, from, to, says] of BROKEN) {
  t.test(`${name} catches ${to.trim()}`, async (t) => {
    const broken = english.replace(from, () => to)

    const found = RULES[name]?.(broken) ?? []

    t.not(broken, english, 'there is something to break')
    t.ok(
      found.some((sentence) => says.test(sentence)),
      `expected ${says}, got ${JSON.stringify(found)}`,
    )
  })
}

t.test('a language that falls behind is caught', async (t) => {
  t.match(differencesOf(`${english}\n## More\n`, chinese), [/same headings/])
  t.match(differencesOf(english.replace('stop es3', 'stop es2'), chinese), [/same commands/, /section/])
  t.match(differencesOf(english.replace('`chaser.chk`', 'it'), chinese), [/only there \["chaser.chk"\]/])
})

t.test('each rule is seen to catch something', async (t) => {
  t.same([...new Set(BROKEN.map(([name]) => name))].sort(), Object.keys(RULES).sort())
})
