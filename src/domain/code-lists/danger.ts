/** Danger behaviours of the form and incidents that only the police may assert (policy §4.4, §4.5). */
import { codeList } from './code-list.js'

/** 7 (none) is not in the list: it is what six zero counts mean. */
export const DANGER_BEHAVIOURS = codeList(
  { name: 'dangerBehaviour', zh: '危险行为', source: 'policy §4.4', evidence: 'V2' },
  [
    [1, 'MINOR_DISTURBANCE', '轻度滋事', 'Minor disturbance'],
    [2, 'PUBLIC_ORDER_OFFENCE', '肇事', 'Public-order offence'],
    [3, 'CRIMINAL_HARM', '肇祸', 'Criminal harm'],
    [4, 'OTHER_HARM', '其他危害行为', 'Other harmful behaviour'],
    [5, 'SELF_HARM', '自伤', 'Self-harm'],
    [6, 'ATTEMPTED_SUICIDE', '自杀未遂', 'Attempted suicide'],
  ],
)
export const NO_DANGER_BEHAVIOUR = 7
/** Behaviours whose target is the person themself: never counted towards others (policy §6.2). */
export const SELF_DIRECTED_BEHAVIOURS: readonly number[] = [5, 6]

/** The form's codes of some counts, in order: `{ 2: 1, 5: 3 }` → `[2, 5]`, all zero or absent → `[7]`. */
export function dangerCodes(counts: Readonly<Record<string, unknown>>): readonly number[] {
  const codes = DANGER_BEHAVIOURS.entries.map(({ code }) => code).filter((code) => Number(counts[code] ?? 0) > 0)
  return codes.length > 0 ? codes : [NO_DANGER_BEHAVIOUR]
}

export const INCIDENT_KINDS = codeList(
  { name: 'incidentKind', zh: '案（事）件类别', source: 'policy §4.5', evidence: 'V2' },
  [
    [1, 'MINOR_DISTURBANCE', '轻度滋事', 'Minor disturbance'],
    [2, 'PUBLIC_ORDER_OFFENCE', '肇事', 'Public-order offence'],
    [3, 'CRIMINAL_HARM', '肇祸', 'Criminal harm'],
  ],
)
