import t from 'tap'
import type { AgencyRow } from '../../projections/agencies.js'
import type { Role } from '../../src/domain/event.js'
import { jurisdictions } from '../../src/feeds/areas.js'

const DAY = '2026-04-08'

function agency(id: string, role: Role, areas: readonly (string | readonly [string, string, string?])[]): AgencyRow {
  return {
    id,
    role,
    name: id,
    phone: '0',
    areas: areas.map((given) => {
      const [area, from, to] = typeof given === 'string' ? [given, '2026-01-01'] : given
      return { agency: id, area, eventId: `${id}-${area}`, from, ...(to === undefined ? {} : { to }) }
    }),
  }
}

const rows = [
  agency('county', 'POLICE', ['371002']),
  agency('town', 'POLICE', ['371002001']),
  agency('village', 'POLICE', ['371002001003']),
  agency('grid', 'POLICE', ['grid:A-12']),
  agency('gone', 'POLICE', [['371002002', '2025-01-01', '2026-04-07']]),
  agency('later', 'POLICE', [['371002002', '2026-04-09']]),
  agency('office', 'PL', ['371002']),
  agency('landless', 'POLICE', []),
]

const inCharge = (place: { township: string; area?: string; gridCell?: string }): readonly string[] =>
  jurisdictions(rows, 'POLICE', DAY)
    .inCharge(place)
    .map(({ agency: id }) => id)

t.test('the longest area that holds the place wins', async (t) => {
  t.same(inCharge({ township: '371002009' }), ['county'])
  t.same(inCharge({ township: '371002001' }), ['town'])
  t.same(inCharge({ township: '371002001', area: '371002001004' }), ['town'])
  t.same(inCharge({ township: '371002001', area: '371002001003' }), ['village'])
  t.same(inCharge({ township: '371002001', area: '371002001003', gridCell: 'A-12' }), ['grid'])
})

t.test('an area counts on its days only, first and last included', async (t) => {
  const on = (day: string): readonly string[] =>
    jurisdictions(rows, 'POLICE', day)
      .inCharge({ township: '371002002' })
      .map(({ agency: id }) => id)

  t.same(on('2026-04-07'), ['gone'])
  t.same(on('2026-04-08'), ['county'])
  t.same(on('2026-04-09'), ['later'])
})

t.test('a place that nobody holds belongs to nobody', async (t) => {
  t.same(inCharge({ township: '371003001' }), [])
  t.same(inCharge({ township: '' }), [])
})

t.test('a document is owed to every agency of the role that holds an area, by id', async (t) => {
  const ids = (role: Role): readonly string[] => jurisdictions(rows, role, DAY).recipients.map(({ agency: id }) => id)

  t.same(ids('POLICE'), ['county', 'grid', 'town', 'village'])
  t.same(ids('PL'), ['office'])
  t.same(ids('COMMUNITY'), [])
})

t.test('says where the township alone does not settle it', async (t) => {
  const police = jurisdictions(rows, 'POLICE', DAY)

  t.ok(police.dependsOnArea('371002001'))
  t.ok(police.dependsOnArea('371002'), 'a county that is divided below')
  t.notOk(police.dependsOnArea('371002002'))
  const office = jurisdictions(rows, 'PL', DAY)
  t.notOk(office.dependsOnArea('371002001'))
  t.ok(office.dependsOnArea('371002'), 'a county says of no township whose it is, also where nobody holds a community')
})
