/** The hub of an older version in `npm run chaos`: it really lacks a type, by a loader and by nothing in the hub. */
import { execFileSync } from 'node:child_process'
import t from 'tap'
import { NEWER_TYPE } from '../../scripts/cluster/older-catalogue.js'
import { CATALOGUE } from '../../src/domain/catalogue.js'

const loader = new URL('../../scripts/cluster/older-catalogue.js', import.meta.url).href
const catalogue = new URL('../../src/domain/catalogue.js', import.meta.url).href

t.test('an older hub knows every type but one', async (t) => {
  const register = `import { register } from 'node:module'; register(${JSON.stringify(loader)});`
  const list = `const { CATALOGUE } = await import(${JSON.stringify(catalogue)}); console.log([...CATALOGUE.keys()].join(' '))`
  const told = execFileSync(process.execPath, ['--input-type=module', '-e', register + list], { encoding: 'utf8' })

  t.same(
    told.trim().split(' '),
    [...CATALOGUE.keys()].filter((key) => key !== `${NEWER_TYPE}@1`),
  )
  t.ok(CATALOGUE.has(`${NEWER_TYPE}@1`))
})
