/** The pages of what can be said: events with their members, code lists, rules. Read from the catalogue, never typed. */
import { CATALOGUE, catalogueKey, PERSON_EVENTS } from '../../src/domain/catalogue.js'
import { CODE_LISTS } from '../../src/domain/code-lists/all-code-lists.js'
import type { EventDefinition, Member } from '../../src/domain/define-event.js'
import { HUB_EVENTS } from '../../src/domain/hub-events.js'
import { ONE_OFF_RULES } from '../../src/domain/rules/one-off-rules.js'
import { type RuleEntry, ruleCatalogue } from '../../src/domain/rules.js'
import { code, codes, type Page, type Section } from './page.js'

const MEMBERS = ['Member', '中文', 'English', 'Kept']

export function eventsPage(): Page {
  return {
    path: 'docs/reference/events.md',
    title: 'Events 事件',
    intro: `${CATALOGUE.size} types. *Kept* says how a member is stored: clear, sealed under somebody's key (personal, or quasi: read models may index it), or as the envelope's \`occurredAt\` (moment). A trailing \`?\` marks what may be absent. Every type as JSON Schema: \`/schemas\` of a running hub.`,
    sections: [
      { heading: 'What people say of a person 患者事件', columns: [], rows: [] },
      ...PERSON_EVENTS.map(sectionOf),
      { heading: 'What the hub says of itself 系统事件', columns: [], rows: [] },
      ...HUB_EVENTS.map(sectionOf),
    ],
  }
}

export function codeListsPage(): Page {
  return {
    path: 'docs/reference/code-lists.md',
    title: 'Code lists 代码表',
    intro:
      'Evidence: V verified in its source, V2 seen in a weak secondary source, M from memory and to be checked, D decided here. Codes are retired, never reused.',
    sections: [...CODE_LISTS.values()].map(({ name, zh, source, evidence, entries }) => ({
      heading: `${zh} ${code(name)}`,
      text: `Source: ${source}. Evidence: ${evidence}.`,
      columns: ['Code', 'Id', '中文', 'English'],
      rows: entries.map((entry) => [code(String(entry.code)), code(entry.id), entry.zh, entry.en]),
    })),
  }
}

export function rulesPage(): Page {
  const rules: readonly RuleEntry[] = [...ruleCatalogue(), ...ONE_OFF_RULES]
  const rowsOf = (severity: 'error' | 'warning'): readonly (readonly string[])[] =>
    rules
      .filter((rule) => rule.severity === severity)
      .map(({ id, clause, types, zh, en }) => [
        code(id),
        types === 'ALL' ? 'every event of a person' : codes(types),
        clause,
        zh,
        en,
      ])
  const columns = ['Rule', 'Of', 'Clause', '中文', 'English']
  return {
    path: 'docs/reference/rules.md',
    title: 'Rules 业务规则',
    intro: 'No rule computes, raises or suggests a risk level, and no rule’s words hold a value.',
    sections: [
      { heading: 'Errors: 422, nothing is stored', columns, rows: rowsOf('error') },
      { heading: 'Warnings: stored, returned and counted', columns, rows: rowsOf('warning') },
    ],
  }
}

function sectionOf(definition: EventDefinition): Section {
  const { type, version, label, recorders, clauses, stream, members } = definition
  const by = recorders.length > 0 ? codes(recorders) : 'the hub alone'
  return {
    heading: `${code(catalogueKey(type, version))} ${label.zh}`,
    text: `${label.en}. Recorded by ${by}, in ${code(stream)} streams. Clauses: ${clauses.join(', ')}.`,
    columns: MEMBERS,
    rows: Object.entries(members).map(([name, member]) => [
      code(member.optional ? `${name}?` : name),
      member.label.zh,
      member.label.en,
      keptOf(member),
    ]),
  }
}

function keptOf({ mark }: Member): string {
  return typeof mark === 'string' ? mark : `sealed, ${mark.kind}, ${mark.subject}`
}
