/** The page of what leaves for whom: every feed, and every field set with each fact that it lets out or keeps, and why. */
import { FEEDS } from '../../projections/feeds.js'
import type { DisclosureRule, FieldSet } from '../../src/policy/disclosure.js'
import { FACT_FIELDS } from '../../src/policy/facts.js'
import { FIELD_SETS } from '../../src/policy/field-sets.js'
import { ONE_OFF_SETS } from '../../src/policy/one-off-field-sets.js'
import { code, codes, type Page, type Section } from './page.js'

export function disclosurePage(): Page {
  return {
    path: 'docs/reference/disclosure.md',
    title: 'Disclosure 信息披露',
    intro:
      'What leaves for whom, by which clause. The default is to keep: a fact that no rule names never leaves, and a role without a field set receives nothing about anybody.',
    sections: [feedsSection(), ...FIELD_SETS.map(sectionOf), ...Object.values(ONE_OFF_SETS).map(sectionOf)],
  }
}

function feedsSection(): Section {
  return {
    heading: 'Feeds 定期报送',
    columns: ['Feed', '中文', 'For', 'Each', 'Clauses', 'Field sets'],
    rows: FEEDS.map(({ name, version, label, audience, cadence, clauses, fields }) => [
      code(`${name}@${version}`),
      label.zh,
      code(audience),
      cadence === 'QUARTER' ? 'quarter' : 'half-year',
      clauses.join(', '),
      codes(fields.map(({ id }) => id)),
    ]),
  }
}

function sectionOf({ id, audience, purpose, instruction, rules }: FieldSet): Section {
  const kept = rules.filter(({ action }) => action === 'withhold')
  const asked = instruction ? ` The recipient is asked: ${instruction.zh} (${instruction.en})` : ''
  return {
    heading: code(id),
    text: `For ${audience.length === 0 ? 'whoever asks by an official letter' : codes(audience)}, purpose ${code(purpose)}.${asked}\n\nKept: ${kept.map(({ field }) => code(field)).join(', ')}.`,
    columns: ['Leaves', '中文', 'How', 'Clauses', 'Basis'],
    rows: rules
      .filter(({ action }) => action !== 'withhold')
      .map((rule) => [
        code(rule.field),
        FACT_FIELDS[rule.field].label.zh,
        howOf(rule),
        rule.clauses.join(', '),
        rule.basis,
      ]),
  }
}

function howOf(rule: DisclosureRule): string {
  if (rule.action === 'generalise') return rule.to === 'DAY' ? 'its day' : 'its township'
  return rule.action === 'pseudonymise' ? 'as the recipient’s own pseudonym' : 'as it is'
}
