/**
 * Where webhooks may go: hosts that the operator listed, over TLS; in a simulated log loopback and nothing else. The name is
 * checked when a subscription is opened, the address that it resolves to at every connection.
 */
import { type LookupAddress, type LookupOptions, lookup } from 'node:dns'
import { BlockList, isIP } from 'node:net'
import { HubError } from '../kernel/errors.js'

export interface AddressRules {
  /** Hosts, or hosts with ports: `hub.police.local`, `10.1.2.3:8443`. */
  readonly allowedHosts: readonly string[]
  readonly simulated: boolean
}

const LOOPBACK = new BlockList()
LOOPBACK.addSubnet('127.0.0.0', 8)
LOOPBACK.addAddress('::1', 'ipv6')

/**
 * Never a receiver, whatever name leads there: link-local and other addresses of cloud metadata, unspecified, multicast, and
 * IPv4 behind a translation. An IPv4 address that is written as one of IPv6 is found too.
 */
const NEVER = new BlockList()
NEVER.addAddress('100.100.100.200')
NEVER.addAddress('fd00:ec2::254', 'ipv6')
NEVER.addSubnet('64:ff9b::', 96, 'ipv6')
NEVER.addSubnet('169.254.0.0', 16)
NEVER.addSubnet('0.0.0.0', 8)
NEVER.addSubnet('224.0.0.0', 3)
NEVER.addSubnet('fe80::', 10, 'ipv6')
NEVER.addSubnet('ff00::', 8, 'ipv6')
NEVER.addAddress('::', 'ipv6')

/** The URL, if webhooks may go there. Throws `HUB_RULE_VIOLATED` naming the rule that it breaks, never the URL itself. */
export function parseWebhookUrl(text: string, rules: AddressRules): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw refused('subscription.urlScheme', 'expected an http or https address', '地址应以 https:// 或 http:// 开头')
  }
  if (url.username !== '' || url.password !== '') {
    throw refused('subscription.urlUserinfo', 'expected an address without user or password', '地址不得含用户名或密码')
  }
  const host = bareHost(url)
  const isLocal = isLoopbackHost(host)
  if (rules.simulated && !isLocal) {
    throw refused('subscription.urlLoopback', 'a simulated log sends to loopback only', '模拟数据只能发送到本机')
  }
  if (!rules.simulated && !rules.allowedHosts.some((allowed) => allowed === host || allowed === url.host)) {
    throw refused('subscription.urlAllowed', 'the host is not in delivery.allowedHosts', '该主机不在允许名单内')
  }
  if (url.protocol === 'http:' && !isLocal) {
    throw refused('subscription.urlTls', 'expected https: only loopback is reached without TLS', '须使用 https')
  }
  if (isIP(host) !== 0 && !mayConnect(host, host, rules)) {
    throw refused('subscription.urlAddress', 'no receiver has such an address', '该地址不可用')
  }
  return url
}

/** True where a connection to this address may be made for a URL with this host. */
export function mayConnect(address: string, host: string, { simulated }: AddressRules): boolean {
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
  if (LOOPBACK.check(address, family)) return simulated || isLoopbackHost(host)
  return !simulated && !NEVER.check(address, family)
}

type LookupCallback = (error: NodeJS.ErrnoException | null, address: string | LookupAddress[], family?: number) => void

/** Resolves a name to all of its addresses; `lookup` of `node:dns`. */
export type ResolveAll = (
  hostname: string,
  options: LookupOptions & { readonly all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void

/**
 * A `lookup` for `net.connect` that resolves a name and refuses addresses that may not be reached. What was checked is what is
 * connected to: the name is asked for once, so that a second answer cannot lead elsewhere.
 */
export function guardedLookup(rules: AddressRules, resolve: ResolveAll = lookup) {
  return (hostname: string, options: LookupOptions, callback: LookupCallback): void => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, [])
      const allowed = addresses.filter(({ address }) => mayConnect(address, hostname, rules))
      const [first] = allowed
      if (!first) return callback(Object.assign(new Error('address not allowed'), { code: 'EADDRNOTALLOWED' }), [])
      if (options.all === true) callback(null, allowed)
      else callback(null, first.address, first.family)
    })
  }
}

function bareHost(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '')
}

function isLoopbackHost(host: string): boolean {
  if (host === 'localhost') return true
  const family = isIP(host)
  return family !== 0 && LOOPBACK.check(host, family === 6 ? 'ipv6' : 'ipv4')
}

function refused(rule: string, message: string, messageZh: string): HubError {
  return new HubError('HUB_RULE_VIOLATED', message, { faults: [{ pointer: '/url', rule, message, messageZh }] })
}
