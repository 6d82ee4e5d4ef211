/** Every call of the vault's port, by its name: what a vault that is away has to refuse. */
import { SIGNING_SECRET, type Vault } from '../../src/vault/port.js'
import { newStream } from '../contract/log-events.js'

/** Of a vault that holds a key of `patient:1` under this id, and the signing secret. */
export function everyCall(vault: Vault, kid: string): readonly (readonly [string, () => Promise<unknown>])[] {
  return [
    ['keyFor, known', () => vault.keyFor('patient:1')],
    ['keyFor, new', () => vault.keyFor('patient:2')],
    ['keyById', () => vault.keyById(kid)],
    ['keysById', () => vault.keysById([kid])],
    ['claim', () => vault.claim(['1', '11010519491231002X'], newStream(), kid, async () => 'UNUSED')],
    ['findClaim', () => vault.findClaim(['1', '11010519491231002X'])],
    ['destroy', () => vault.destroy('patient:1')],
    ['secret', () => vault.secret(SIGNING_SECRET)],
    ['check', () => vault.check()],
  ]
}
