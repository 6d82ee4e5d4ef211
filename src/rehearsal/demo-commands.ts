/** Commands to paste into another terminal while the demo stays up, each with an address and key that work. */
import { addDays } from '../kernel/dates.js'
import { canonicalJson } from '../kernel/jcs.js'

export interface PasteableFacts {
  readonly url: string
  readonly dataDir: string
  readonly today: string
  readonly patientId: string
  readonly health: { readonly name: string; readonly key: string }
  readonly auditorKey: string
  readonly mailbox: { readonly name: string; readonly key: string; readonly subscription: string }
}

export interface Pasteable {
  readonly what: string
  readonly command: string
}

/** In the order in which one would try them. */
export function pasteableCommands(facts: PasteableFacts): readonly Pasteable[] {
  const { url, patientId, health, auditorKey, mailbox, today } = facts
  const lianhu = (key: string, rest: string): string => `LIANHU_KEY=${key} npm run -s lianhu -- ${rest} --url ${url}`
  return [
    {
      what: `${health.name}回放该患者的经历（curl）`,
      command: `curl -s -H 'Authorization: Bearer ${health.key}' '${url}/v1/patients/${patientId}/history'`,
    },
    { what: '同上，命令行', command: lianhu(health.key, `replay ${patientId}`) },
    {
      what: '审计：截至 2026-03-31 发生、当时已知的情况（身份密封）',
      command: lianhu(auditorKey, `replay ${patientId} --as-of 2026-03-31 --known-at 2026-03-31`),
    },
    {
      what: `${mailbox.name}读取信箱`,
      command: `curl -s -H 'Authorization: Bearer ${mailbox.key}' '${url}/v1/subscriptions/${mailbox.subscription}/messages?after=-1'`,
    },
    {
      what: `${health.name}录入一次随访与评估（派出所随即收到消息）`,
      command: `curl -s -H 'Authorization: Bearer ${health.key}' -H 'Content-Type: application/json' -d '${visitBody(patientId, today)}' '${url}/v1/events'`,
    },
  ]
}

function visitBody(patientId: string, today: string): string {
  return canonicalJson({
    patientId,
    events: [
      {
        type: 'FollowUpCompleted',
        data: {
          date: today,
          form: 2,
          respondents: [1],
          hospitalStay: 0,
          adherence: 1,
          dangerCounts: {},
          confinement: 1,
          referralAdvised: false,
          nextDate: addDays(today, 14),
          doctor: 'staff-demo',
        },
      },
      {
        type: 'RiskAssessed',
        data: { level: 0, assessedAt: today, evidence: ['NONE'], targets: 'NONE' },
      },
    ],
  })
}
