/**
 * `lianhu feed verify <document> <manifest>`: a recipient checks what it received. It reads the two files and nothing else: no
 * hub, no key, no data directory. It tells kinds, lines and row ids, and no value of a row.
 */
import { createReadStream, readFileSync, statSync } from 'node:fs'
import { PUBLIC_KEY } from '../feeds/check-manifest.js'
import type { DocumentFinding, FindingKind } from '../feeds/document-findings.js'
import { type DigestVerdict, type DocumentVerdict, documentCheck } from '../feeds/verify-document.js'
import { type CommandLine, FAILED, OK, tell, UsageError } from './command-line.js'
import { type Flags, textFlag } from './commands.js'
import { createProgress } from './progress.js'

/** What can only be meant as a period, e.g. `2026Q1`. A file that is called so is `./2026Q1`. */
const PERIOD = /^\d{4}[QH]\d$/

const CHINESE: Readonly<Record<FindingKind, string>> = {
  MANIFEST_UNREADABLE: '清单无法读取',
  MANIFEST_SIGNATURE: '清单签名无效',
  MANIFEST_SIGNER: '清单由其他密钥签名',
  MANIFEST_ROOT: '清单的根与承诺值不符',
  MANIFEST_COUNT: '清单的行数与承诺值个数不符',
  MANIFEST_ORDER: '清单的行编号未按顺序',
  MANIFEST_DOUBLED: '清单的行编号重复',
  HEADER_UNREADABLE: '首行无法读取',
  HEADER_DIFFERS: '首行与清单不符',
  NOT_CANONICAL: '不是规范格式',
  TRUNCATED: '文件不完整',
  ROW_COUNT: '行数不符',
  ROW_UNREADABLE: '行无法读取',
  ROW_DROPPED: '缺行',
  ROW_DOUBLED: '行重复',
  ROW_MISPLACED: '行次序不符',
  ROW_ALTERED: '行内容被改动',
  ROW_FOREIGN: '清单中没有的行',
  DIGEST_DIFFERS: '摘要不符',
}

const DIGESTS: Readonly<Record<DigestVerdict, string>> = {
  EQUAL: '摘要与清单一致',
  WITHOUT_RECALLED: '摘要与清单不同，只因有行被撤回；首行中的用途、删除日期和接收单位名称因此无法核对',
  DIFFERENT: '摘要与清单不同',
}

/** @returns undefined where the arguments are a feed and a period */
export async function verifyFiles(
  isJson: boolean,
  [document = '', manifest = '']: readonly string[],
  flags: Flags,
  line: CommandLine,
): Promise<number | undefined> {
  const key = textFlag(flags, 'key')
  if (PERIOD.test(manifest)) {
    if (key === undefined) return undefined
    throw new UsageError('--key: expected a document and its manifest beside it, got a feed and a period')
  }
  if (key !== undefined && !PUBLIC_KEY.test(key)) {
    throw new UsageError('--key: expected ed25519: and a public key of 32 bytes in base64url')
  }
  const verdict = await verdictOn(document, manifest, key, line)
  tell(line, isJson, verdict, () => linesOf(verdict))
  return verdict.isSound ? OK : FAILED
}

async function verdictOn(
  document: string,
  manifest: string,
  key: string | undefined,
  line: CommandLine,
): Promise<DocumentVerdict> {
  for (const file of [document, manifest]) expectFile(file)
  const { size } = statSync(document)
  const check = documentCheck(readFileSync(manifest), key)
  const progress = createProgress(line)
  let read = 0
  try {
    for await (const chunk of createReadStream(document) as AsyncIterable<Buffer>) {
      check.add(chunk)
      read += chunk.length
      progress.at('核对', read, Math.max(size, read))
    }
  } finally {
    progress.stop()
  }
  return check.end()
}

function expectFile(file: string): void {
  const found = statSync(file, { throwIfNoEntry: false })
  if (found && !found.isDirectory()) return
  throw new UsageError(
    `feed verify: expected a feed and a period such as 2026Q1, or the files of a document and of its manifest; ${file} is no file`,
  )
}

function linesOf({ isSound, found, findings, checked }: DocumentVerdict): readonly string[] {
  const untold = found - findings.length
  return [
    ...(checked ? checkedLines(checked) : []),
    ...findings.map(findingLine),
    ...(untold > 0 ? [`另有 ${untold} 处未列出`] : []),
    isSound ? '文档与清单一致' : `发现 ${found} 处不符`,
  ]
}

function checkedLines(checked: NonNullable<DocumentVerdict['checked']>): readonly string[] {
  const { document, feed, period, signer, rows, recalled, digest } = checked
  return [
    `${feed} ${period} ${document}：${rows} 行，其中 ${recalled} 行已撤回`,
    DIGESTS[digest],
    `清单所示签名公钥 ${signer.key}`,
    signer.isKnown
      ? '该公钥即 --key 给出的公钥'
      : '该公钥未与已知公钥核对：任何人都可以用自己的密钥签名。请用 --key 给出从系统运营方另行取得的公钥',
  ]
}

function findingLine({ kind, line, row, message }: DocumentFinding): string {
  const where = [...(line === undefined ? [] : [`第 ${line} 行`]), ...(row === undefined ? [] : [row])]
  return `不符 [${kind}] ${[...where, `${CHINESE[kind]} · ${message}`].join(' ')}`
}
