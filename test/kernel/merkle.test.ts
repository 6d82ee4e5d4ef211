import { createHash } from 'node:crypto'
import t from 'tap'
import { leafHash, nodeHash, treeHasher, treeRoot } from '../../src/kernel/merkle.js'

const LARGEST = 256
const entries = Array.from({ length: LARGEST }, (_, i) => Buffer.from(`entry ${i} ${'x'.repeat(i % 70)}`))

/** RFC 6962 §2.1, word for word. */
function naiveRoot(leaves: readonly Buffer[]): Buffer {
  const [only] = leaves
  if (!only) return createHash('sha256').digest()
  if (leaves.length === 1)
    return createHash('sha256')
      .update(Buffer.from([0x00]))
      .update(only)
      .digest()
  let half = 1
  while (half * 2 < leaves.length) half *= 2
  return createHash('sha256')
    .update(Buffer.from([0x01]))
    .update(naiveRoot(leaves.slice(0, half)))
    .update(naiveRoot(leaves.slice(half)))
    .digest()
}

t.test('finds the roots that the Certificate Transparency tests publish', async (t) => {
  const leaves = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f']
  const roots = [
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
    'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
    'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
    'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
    '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
    'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
    '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
  ]

  for (const [size, root] of roots.entries()) {
    const some = leaves.slice(0, size).map((hex) => Buffer.from(hex, 'hex'))
    t.equal(treeRoot(some).toString('hex'), root, `${size} leaves`)
  }
})

t.test(`agrees with the recursive definition for every size from 0 to ${LARGEST}`, async (t) => {
  const growing = treeHasher()

  for (let size = 0; size <= LARGEST; size++) {
    const wanted = naiveRoot(entries.slice(0, size)).toString('hex')
    t.equal(treeRoot(entries.slice(0, size)).toString('hex'), wanted, `${size} leaves at once`)
    t.equal(growing.root().toString('hex'), wanted, `${size} leaves, one after the other`)
    t.equal(growing.size(), size)
    growing.add(leafHash(entries[size] ?? Buffer.alloc(0)))
  }
})

t.test('depends on every leaf and on their order', async (t) => {
  for (const size of [1, 2, 3, 7, 64, 100]) {
    const some = entries.slice(0, size)
    const root = treeRoot(some).toString('hex')
    const others = some.map((_, at) => treeRoot(some.map((entry, i) => (i === at ? Buffer.from('other') : entry))))
    const roots = new Set([root, ...others.map((other) => other.toString('hex'))])
    t.equal(roots.size, size + 1, `${size} leaves, each changed once`)
    if (size > 1) t.not(treeRoot([...some].reverse()).toString('hex'), root)
  }
})

t.test('takes no node for a leaf', async (t) => {
  const [one, two] = [leafHash('a'), leafHash('b')]
  const node = nodeHash(one, two)

  t.same(treeRoot(['a', 'b']), node)
  t.notSame(treeRoot([Buffer.concat([one, two])]), node)
})

t.test('keeps a leaf that its caller overwrites afterwards', async (t) => {
  const tree = treeHasher()
  const leaf = leafHash('a')

  tree.add(leaf)
  leaf.fill(0)

  t.same(tree.root(), treeRoot(['a']))
})

t.test('takes text as its UTF-8 bytes', async (t) => {
  t.same(treeRoot(['患', '者']), treeRoot([Buffer.from('患'), Buffer.from('者')]))
})
