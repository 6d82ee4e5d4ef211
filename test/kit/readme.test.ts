import t from 'tap'
import { STATUS_OF } from '../../kit/kit-error.js'
import { readRepositoryFile } from '../fixtures/repository.js'

const [english, chinese] = [readRepositoryFile('kit/README.md'), readRepositoryFile('kit/README.zh-CN.md')]
const matches = (text: string, pattern: RegExp): readonly string[] =>
  [...text.matchAll(pattern)].map(([, first = '']) => first)

t.test('the code in the READMEs is that of the tested examples', async (t) => {
  const examples = ['webhook', 'mailbox'].map((name) => {
    const [, text = ''] =
      /\/\/ readme:begin\n([\s\S]*)\/\/ readme:end/.exec(readRepositoryFile(`kit/examples/${name}.ts`)) ?? []
    return text
  })

  for (const readme of [english, chinese]) t.same(matches(readme, /^```ts\n([\s\S]*?)^```/gm), examples)
})

t.test('both READMEs name every code that is answered, with its status, and the same commands and files', async (t) => {
  const thrown = new Set(['BAD_SECRET', 'STATE_UNREADABLE', 'OTHER_SUBSCRIPTION', 'AHEAD_OF_HUB', 'REFUSED_BY_HUB'])
  const answered = Object.entries(STATUS_OF).filter(([code]) => !thrown.has(code))

  for (const readme of [english, chinese]) {
    const rows = matches(readme, /^(\| [2-5]\d\d.*)$/gm)
    for (const [code, status] of answered) {
      const row = rows.find((one) => one.includes(`\`${code}\``)) ?? ''
      t.ok(row.split('|')[1]?.includes(String(status)), `${code} ${status}`)
    }
  }
  t.same(matches(chinese, /^```sh\n([\s\S]*?)^```/gm), matches(english, /^```sh\n([\s\S]*?)^```/gm))
  const links = (text: string) => matches(text, /\]\(([^)#]+)\)/g).filter((link) => !link.startsWith('README'))
  t.same(links(chinese), links(english))
})
