import t from 'tap'
import { MESSAGE_KINDS } from '../../src/delivery/port.js'
import { FIELD_SETS } from '../../src/policy/field-sets.js'
import { clausesInWords, MESSAGE_WORDS, NOTICE, PURPOSE_WORDS, ROLE_WORDS } from '../../src/policy/plain-words.js'

t.test('puts every clause by which anything leaves into words of its own', async (t) => {
  const clauses = new Set(FIELD_SETS.flatMap(({ rules }) => rules.flatMap((rule) => rule.clauses)))

  for (const clause of clauses) {
    const words = clausesInWords([clause])
    t.notMatch(words, /[A-Za-z§]/, clause)
    t.not(words, '其他有关规定', clause)
  }
})

t.test('names a law once, with its articles in Chinese numerals', async (t) => {
  t.equal(
    clausesInWords(['MHL 28', 'W43', 'MHL 30(2)(ii)', 'W46', 'PIPL 6', 'MHL 28']),
    '《精神卫生法》第二十八条、第三十条；《个人信息保护法》第六条；当地部门间信息交换规定',
  )
  t.equal(clausesInWords(['MHL 10', 'MHL 11', 'MHL 83']), '《精神卫生法》第十条、第十一条、第八十三条')
  t.equal(
    clausesInWords(['Civil Code 100', 'Civil Code 105', 'Civil Code 110', 'Civil Code 112']),
    '《民法典》第一百条、第一百零五条、第一百一十条、第一百一十二条',
  )
  t.equal(clausesInWords(['an agreement']), '其他有关规定')
})

t.test('says of no purpose, agency or message what would be a diagnosis, a level or a source', async (t) => {
  const words = [
    ...FIELD_SETS.map(({ purpose }) => PURPOSE_WORDS[purpose]),
    ...Object.values(ROLE_WORDS),
    ...MESSAGE_KINDS.map((kind) => MESSAGE_WORDS[kind] ?? NOTICE),
  ]

  for (const word of words) t.notMatch(word, /障碍|精神|患者|高风险|级|举报|报告人/, word)
})
