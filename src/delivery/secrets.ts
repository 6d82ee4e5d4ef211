/** Which secrets a subscription's webhooks are signed with at a moment, from the vault. It makes and ends none by itself. */
import type { Subscription } from '../domain/directory.js'
import { epochMsOf } from '../kernel/dates.js'
import { type Vault, webhookSecretName } from '../vault/port.js'

/** The number of the older secret while it signs too. */
export function retiringNumber({ retiringSecret }: Subscription, nowMs: number): number | undefined {
  return retiringSecret && epochMsOf(retiringSecret.until) > nowMs ? retiringSecret.number : undefined
}

/** The one in force first. */
export async function secretsInForce(
  vault: Pick<Vault, 'secret' | 'cachedSecret'>,
  subscription: Subscription,
  nowMs: number,
): Promise<readonly Uint8Array[]> {
  const older = retiringNumber(subscription, nowMs)
  const numbers = [subscription.secretNumber, ...(older === undefined ? [] : [older])]
  const names = numbers.map((number) => webhookSecretName(subscription.id, number))
  return Promise.all(names.map(async (name) => vault.cachedSecret(name) ?? vault.secret(name)))
}
