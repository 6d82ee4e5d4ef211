/**
 * Refused options told to the operator as *expected X, got Y*, each under the name by which it was given. Unlike faults of
 * requests these repeat the value: an option holds no personal data and no secret, only the paths of files that do.
 */
import type { z } from 'zod'
import { faultAt, type Merged } from './config-sources.js'
import type { Fault } from './kernel/errors.js'
import { faultsOf } from './kernel/zod-faults.js'

export function configFaults(error: z.ZodError, merged: Merged): readonly Fault[] {
  return faultsOf(error, merged.values).map(({ pointer, expected = 'another value' }) => {
    const name = pointer.slice(1).replaceAll('/', '.')
    const value = optionAt(merged.values, pointer)
    const got = value === undefined ? 'nothing' : JSON.stringify(value)
    return faultAt(
      pointer,
      merged.origins.get(name) ?? name,
      expected === 'no such member' ? 'no such option' : expected,
      got,
    )
  })
}

function optionAt(values: unknown, pointer: string): unknown {
  let value = values
  for (const part of pointer.split('/').slice(1)) {
    if (typeof value !== 'object' || value === null) return undefined
    value = Reflect.get(value, part)
  }
  return value
}
