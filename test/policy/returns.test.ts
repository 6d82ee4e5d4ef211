import t from 'tap'
import { FEEDS } from '../../projections/feeds.js'
import { mayRecord } from '../../src/domain/authority.js'
import { definitionOf } from '../../src/domain/catalogue.js'
import { ROLES } from '../../src/domain/event.js'
import { RETURN_TYPE } from '../../src/domain/return-events.js'
import {
  dataSchemaOf,
  isForCentre,
  RETURN_ITEMS,
  RETURN_KINDS,
  RETURNING_ROLES,
  type ReturnMember,
  returnItemsOf,
} from '../../src/policy/returns.js'

/** A value that fits a member. */
function valueFor({ value }: ReturnMember): unknown {
  switch (value.kind) {
    case 'choice':
      return value.list.entries[0]?.code
    case 'flag':
      return true
    case 'count':
      return 0
    case 'time':
      return '2026-03-02T09:30:00+08:00'
    case 'day':
      return '2026-03-02'
    default:
      return '示例'
  }
}

t.test('lets every recipient of a feed send back what is its own to say, and nobody else anything', async (t) => {
  t.same([...RETURNING_ROLES].sort(), [...new Set(FEEDS.map(({ audience }) => audience))].sort())
  const told = Object.fromEntries(RETURNING_ROLES.map((role) => [role, returnItemsOf(role).map(({ kind }) => kind)]))
  t.same(told, {
    POLICE: ['INCIDENT', 'DANGER', 'CONTACT', 'WHEREABOUTS', 'ADDRESS'],
    PL: ['INCIDENT_NOTED', 'WHEREABOUTS', 'ADDRESS'],
    CA: ['POVERTY', 'AID'],
    DPF: ['ADDRESS', 'CERTIFICATE'],
    LABOUR: ['ENROLMENT'],
  })
  for (const role of ROLES) if (!RETURNING_ROLES.includes(role)) t.same(returnItemsOf(role), [], role)
  t.same([...new Set(RETURN_ITEMS.map(({ kind }) => kind))].sort(), [...RETURN_KINDS].sort())
})

t.test('becomes an event that the role may record and that fits the catalogue', async (t) => {
  for (const item of RETURN_ITEMS) {
    const definition = definitionOf(item.type, 1)
    for (const role of item.roles) t.ok(mayRecord(role, definition), `${role} ${item.kind}`)
    t.equal(isForCentre(item), item.type === RETURN_TYPE)
    for (const members of [item.members, item.members.filter(({ isRequired }) => isRequired)]) {
      const data = Object.fromEntries(members.map((member) => [member.name, valueFor(member)]))
      const parsed = dataSchemaOf(item).safeParse(data)
      t.ok(parsed.success, `${item.kind}: ${parsed.error?.message}`)
      const event = item.eventOf(data)
      const stored = definition.data.safeParse(event.data)
      t.ok(stored.success, `${item.kind}: ${stored.error?.message}`)
      t.equal(definition.moment === undefined || definition.moment in event.data, true, `${item.kind}: its moment`)
    }
    t.notOk(dataSchemaOf(item).safeParse({}).success, `${item.kind} says something`)
    t.notOk(dataSchemaOf(item).safeParse({ identity: {} }).success)
  }
})

t.test('says in Chinese and English what is asked for, each heading once a role', async (t) => {
  for (const role of RETURNING_ROLES) {
    const items = returnItemsOf(role)
    const headings = items.flatMap(({ label, members }) => members.map((member) => `${label.zh}：${member.label.zh}`))
    t.equal(new Set(headings).size, headings.length, role)
    for (const heading of headings) t.match(heading, /^\p{Script=Han}+：\p{Script=Han}+$/u)
  }
})
