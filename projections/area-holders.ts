/**
 * Who was ever put in charge of an area, also where that has ended or was corrected since: one row per area and agency, so that
 * `withPrefix(everHeld(area))` is everybody who may have answered for it on a day of the past. When they did, their own streams say.
 */
import { defineFlowProjection } from '../src/domain/define-projection.js'
import { readTexts } from '../src/domain/read-data.js'
import { streamKeyOf } from '../src/domain/streams.js'

export interface AreaHolder {
  readonly agency: string
}

export const areaHolders = defineFlowProjection<AreaHolder>({
  name: 'area-holders',
  version: 1,
  handles: new Set(['AgencyAreaAssigned']),
  initial: { agency: '' },
  keys: ({ stream, data }) =>
    [...new Set(readTexts(data, 'areas'))].map((area) => everHeld(area) + streamKeyOf(stream)),
  evolve: (_row, { stream }) => ({ agency: streamKeyOf(stream) }),
})

/** The prefix of the keys of those who were ever in charge of an area. */
export function everHeld(area: string): string {
  return `${area}/`
}
