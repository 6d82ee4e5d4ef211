/** A policy file is refused with the place of whatever is wrong in it. */
import t from 'tap'
import { isHubError } from '../../src/kernel/errors.js'
import { POLICE_HIGH_1 } from '../../src/policy/feed-field-sets.js'
import { setOpened } from '../../src/policy/openings.js'
import { WEIHAI_2019 } from '../../src/policy/pack.js'
import { parsePackFile } from '../../src/policy/pack-file.js'

const { id: _, ...police } = POLICE_HIGH_1
const FILE = {
  ...WEIHAI_2019,
  calendars: [
    { cadence: 'QUARTER', clauses: ['W43'], graceDays: 7, to: '2026-06-30' },
    { cadence: 'QUARTER', clauses: ['W43'], graceDays: 10, from: '2026-07-01' },
    { cadence: 'HALF_YEAR', clauses: ['W44'], graceDays: 7 },
  ],
  fieldSets: [{ ...police, rules: police.rules.filter(({ action }) => action !== 'withhold') }],
}

type Change = (file: typeof FILE) => object
const edited = (change: Change): string => JSON.stringify({ ...FILE, ...change(structuredClone(FILE)) })
const rulesWith =
  (at: number, change: object): Change =>
  ({ fieldSets: [set] }) => ({
    fieldSets: [{ ...set, rules: set?.rules.map((rule, i) => (i === at ? { ...rule, ...change } : rule)) }],
  })

function faultOf(text: string): string {
  try {
    parsePackFile(text)
    return 'taken'
  } catch (error) {
    return isHubError(error, 'HUB_CONFIG') ? error.message : String(error)
  }
}

t.test('takes a file that is right: what no rule names stays', async (t) => {
  const { pack, fieldSets } = parsePackFile(JSON.stringify(FILE))

  t.match(pack, { name: 'weihai-2019', recallDays: 15 })
  t.equal(fieldSets[0]?.id, 'police.high@1')
  t.same(fieldSets[0] && setOpened(POLICE_HIGH_1, fieldSets[0]), [], 'the same leaves as from the code')
  t.same(fieldSets[0] && setOpened(fieldSets[0], POLICE_HIGH_1), [])
})

t.test('refuses each with its place', async (t) => {
  const calendars =
    (...changes: readonly object[]): Change =>
    (file) => ({
      calendars: file.calendars.map((one, i) => ({ ...one, ...changes[i] })),
    })
  const cases: readonly (readonly [change: Change, fault: RegExp])[] = [
    [rulesWith(3, { basis: undefined }), /^fieldSets\[0\]\.rules\[3\]\.basis: expected a string, got nothing$/],
    [rulesWith(3, { basis: '' }), /^fieldSets\[0\]\.rules\[3\]\.basis: expected at least 1 characters/],
    [rulesWith(2, { clauses: [] }), /^fieldSets\[0\]\.rules\[2\]\.clauses: expected at least 1 items/],
    [rulesWith(1, { field: 'religion' }), /^fieldSets\[0\]\.rules\[1\]\.field: expected one of patientId/],
    [rulesWith(1, { field: 'patientId' }), /^fieldSets\[0\]\.rules\[1\]\.field: .* one in rules\[0\] too$/],
    [rulesWith(1, { action: 'pseudonymise' }), /^fieldSets\[0\]\.rules\[1\]\.field: expected patientId/],
    [rulesWith(1, { action: 'generalise' }), /^fieldSets\[0\]\.rules\[1\]\.to: expected one of DAY, TOWNSHIP/],
    [rulesWith(1, { note: 'x' }), /^fieldSets\[0\]\.rules\[1\]\.note: expected no such member/],
    [() => ({ recalDays: 3 }), /^recalDays: expected no such member/],
    [() => ({ pushScope: 'ALL' }), /^pushScope: expected one of LITERAL_W46, LEVEL_3_PLUS/],
    [
      calendars({ to: '2026-07-01' }),
      /^calendars\[1\]\.from: expected days apart from calendars\[0\], got an overlap$/,
    ],
    [calendars({ to: undefined }), /^calendars\[1\]\.from: .*overlap/],
    [calendars({ from: '2026-08-01' }), /^calendars\[0\]\.to: expected 2026-08-01 or later, got 2026-06-30$/],
    [({ fieldSets }) => ({ fieldSets: [...fieldSets, ...fieldSets] }), /^fieldSets\[1\]: expected another name/],
  ]
  for (const [change, fault] of cases) t.match(faultOf(edited(change)), fault)
  t.match(faultOf('{'), /expected JSON/)
  t.match(faultOf('[]'), /^the file: expected an object, got a list of 0$/)
  const two = faultOf(edited((file) => ({ ...rulesWith(0, { basis: '' })(file), recallDays: 0 })))
  t.same(two.split('\n').length, 2, 'all at once')
})
