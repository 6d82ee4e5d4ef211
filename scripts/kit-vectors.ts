/**
 * Writes the conformance vectors of the receiver kit, `kit/vectors/*.json`, from the product's own rendering and signing. With
 * `--check` it writes nothing and fails where a file differs.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { deliveryVectors } from './kit-vectors/delivery-vectors.js'
import { envelopeVectors } from './kit-vectors/envelope-vectors.js'
import { heartbeatVectors } from './kit-vectors/heartbeat-vectors.js'
import { signatureVectors } from './kit-vectors/signature-vectors.js'

export interface VectorFile {
  /** `kit/vectors/signatures.json` */
  readonly path: string
  readonly text: string
}

export async function vectorFiles(): Promise<readonly VectorFile[]> {
  return [
    fileOf('signatures', { cases: signatureVectors() }),
    fileOf('envelopes', { cases: await envelopeVectors() }),
    fileOf('heartbeats', { cases: await heartbeatVectors() }),
    fileOf('deliveries', deliveryVectors()),
  ]
}

/** Paths whose text below `root` is not what would be written now. */
export async function vectorDrift(root: string): Promise<readonly string[]> {
  return (await vectorFiles())
    .filter(({ path, text }) => !existsSync(join(root, path)) || readFileSync(join(root, path), 'utf8') !== text)
    .map(({ path }) => path)
}

function fileOf(name: string, vectors: object): VectorFile {
  return { path: `kit/vectors/${name}.json`, text: `${JSON.stringify({ format: 1, ...vectors }, undefined, 2)}\n` }
}

async function main(isCheck: boolean): Promise<void> {
  const root = process.cwd()
  if (isCheck) {
    const drift = await vectorDrift(root)
    for (const path of drift) console.log(`${path} differs from the code: run node dist/scripts/kit-vectors.js`)
    if (drift.length > 0) process.exitCode = 1
    return
  }
  for (const { path, text } of await vectorFiles()) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
    console.log(path)
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main(process.argv.includes('--check'))
